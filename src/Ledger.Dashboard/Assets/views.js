// Filters by name, kept in this browser: a view is nothing but an address.
const box = document.getElementById('views');
const list = box.querySelector('ul');
const name = document.getElementById('view-name');
const place = `ledger-views:${location.pathname}`;
const read = () => { try { return JSON.parse(localStorage.getItem(place)) ?? []; } catch { return []; } };
const write = views => { localStorage.setItem(place, JSON.stringify(views)); draw(); };

function draw() {
  const views = read();
  list.replaceChildren(...views.map((view, i) => {
    const item = document.createElement('li');
    const link = document.createElement('a');
    link.href = location.pathname + view.query;
    link.textContent = view.name;
    const remove = document.createElement('button');
    remove.type = 'button';
    remove.className = 'link';
    remove.textContent = box.dataset.remove;
    remove.setAttribute('aria-label', `${box.dataset.remove}: ${view.name}`);
    remove.addEventListener('click', () => write(read().filter((_, j) => j !== i)));
    item.append(link, remove);
    return item;
  }));
  if (views.length === 0) {
    const none = document.createElement('li');
    none.className = 'quiet';
    none.textContent = box.dataset.empty;
    list.append(none);
  }
}

box.querySelector('.row button').addEventListener('click', () => {
  const said = name.value.trim();
  if (!said) return name.focus();
  const query = new URLSearchParams(location.search);
  query.delete('cursor');
  write([...read().filter(view => view.name !== said), { name: said, query: query.size ? `?${query}` : '' }]);
  name.value = '';
});
// Enter in this field saves the view and doesn't send the filters.
name.addEventListener('keydown', event => { if (event.key === 'Enter') { event.preventDefault(); box.querySelector('.row button').click(); } });
box.hidden = false;
draw();
