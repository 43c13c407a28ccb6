// Questions that another answer makes superfluous step back. Without a script all stand there, and only those that matter are sent.
const form = document.querySelector('main form');
const parts = [...form.querySelectorAll('[data-when]')];
function answer(name) {
  const fields = form.querySelectorAll(`[name="${name}"]`);
  if (/radio|checkbox/.test(fields[0].type)) return [...fields].find(field => field.checked)?.value;
  return fields[0].value;
}
function fit() {
  for (const part of parts) {
    const [name, values] = part.dataset.when.split('=');
    const parent = form.querySelector(`[name="${name}"]`)?.closest('[data-when]');
    part.hidden = !values.split('|').includes(answer(name)) || (parent && parent !== part && parent.hidden);
  }
}
form.addEventListener('change', fit);
fit();

// A second click while the first is on its way stores nothing more; it needn't be sent either.
form.addEventListener('submit', () => {
  const button = form.querySelector('button[type=submit]');
  setTimeout(() => { button.disabled = true; });
  addEventListener('pageshow', () => { button.disabled = false; });
});
