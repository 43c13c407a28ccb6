// Moves and zooms the map under the hand, and asks the server for a new drawing when it rests.
// Without this module the same links load the same pages.
let frame, svg, base, view, asked;
const $ = id => document.getElementById(id);

function attach() {
  frame = $('map-view')?.querySelector('[data-map]');
  svg = frame?.querySelector('.map-sheet > svg');
  if (!svg) return;
  const number = name => Number(frame.dataset[name]);
  base = { west: number('west'), north: number('north'), kx: number('kx'), ky: number('ky') };
  view = { x: 0, y: 0, w: 960, h: 640 };
  svg.parentElement.classList.add('movable');
  svg.tabIndex = 0;
  for (const [name, act] of Object.entries(acts)) svg.addEventListener(name, act, { passive: false });
}

const draw = () => svg.setAttribute('viewBox', `${view.x} ${view.y} ${view.w} ${view.h}`);

// From pixels on the screen to units of the sheet. The sheet covers its frame, so the larger scale counts.
function unit() {
  const box = svg.getBoundingClientRect();
  return { box, per: 1 / Math.max(box.width / view.w, box.height / view.h) };
}

function zoomAt(clientX, clientY, by) {
  const { box, per } = unit();
  const x = view.x + view.w / 2 + (clientX - box.left - box.width / 2) * per;
  const y = view.y + view.h / 2 + (clientY - box.top - box.height / 2) * per;
  const w = Math.min(960 * 64, Math.max(960 / 64, view.w / by)), scale = w / view.w;
  view = { x: x - (x - view.x) * scale, y: y - (y - view.y) * scale, w, h: view.h * scale };
  draw();
}

// Where the sheet rests now, as the box of an address.
function settle(wait) {
  clearTimeout(settle.timer);
  settle.timer = setTimeout(() => {
    const west = base.west + view.x / base.kx, north = base.north - view.y / base.ky;
    const box = [west, north - view.h / base.ky, west + view.w / base.kx, north];
    const limits = [-180, -90, 180, 90];
    const url = new URL(location);
    url.searchParams.set('bbox', box.map((n, i) => (i < 2 ? Math.max(n, limits[i]) : Math.min(n, limits[i])).toFixed(5)).join());
    go(url, 'replace');
  }, wait);
}

async function go(url, how = 'push') {
  asked?.abort();
  asked = new AbortController();
  const focus = document.activeElement?.closest?.('[data-go]')?.className, onMap = document.activeElement === svg;
  try {
    const answer = await fetch(url, { headers: { Accept: 'text/html' }, signal: asked.signal });
    if (!answer.ok || answer.redirected) return void location.assign(url);
    const fresh = new DOMParser().parseFromString(await answer.text(), 'text/html').getElementById('map-view');
    if (!fresh) return void location.assign(url);
    $('map-view').replaceWith(document.adoptNode(fresh));
    if (how) history[how + 'State'](null, '', url);
    attach();
    if (onMap) svg.focus({ preventScroll: true });
    else if (focus) [...document.querySelectorAll('[data-go]')].find(a => a.className === focus)?.focus({ preventScroll: true });
    tell();
  } catch (e) {
    if (e.name !== 'AbortError') { view = { x: 0, y: 0, w: 960, h: 640 }; draw(); }
  }
}

// How many cases are shown now, to those who hear the page.
function tell() {
  let region = $('map-said');
  if (!region) {
    region = Object.assign(document.createElement('p'), { id: 'map-said', className: 'unseen' });
    region.setAttribute('role', 'status');
    $('main').append(region);
  }
  region.textContent = document.querySelector('[data-map-status]').textContent.trim();
}

const fingers = new Map();
let moved = 0;
const acts = {
  pointerdown(e) {
    if (e.button) return;
    fingers.set(e.pointerId, { x: e.clientX, y: e.clientY });
    if (fingers.size === 1) moved = 0;
  },
  pointermove(e) {
    const was = fingers.get(e.pointerId);
    if (!was) return;
    const now = { x: e.clientX, y: e.clientY };
    const other = [...fingers].find(([id]) => id !== e.pointerId)?.[1];
    if (other) {
      const far = (a, b) => Math.hypot(a.x - b.x, a.y - b.y) || 1;
      zoomAt((now.x + other.x) / 2, (now.y + other.y) / 2, far(now, other) / far(was, other));
      moved = 99;
    } else {
      const { per } = unit();
      moved += Math.abs(now.x - was.x) + Math.abs(now.y - was.y);
      if (moved > 6) {
        if (!svg.hasPointerCapture(e.pointerId)) svg.setPointerCapture(e.pointerId);
        svg.parentElement.classList.add('dragging');
        view.x -= (now.x - was.x) * per;
        view.y -= (now.y - was.y) * per;
        draw();
      }
    }
    fingers.set(e.pointerId, now);
  },
  pointerup: lift,
  pointercancel: lift,
  // The end of a drag isn't a click on the mark under it.
  click(e) { if (moved > 6) { e.preventDefault(); e.stopPropagation(); } },
  wheel(e) {
    if (!e.ctrlKey && !e.metaKey && document.activeElement !== svg) return;
    e.preventDefault();
    zoomAt(e.clientX, e.clientY, Math.exp(-e.deltaY / 300));
    settle(250);
  },
  dragstart(e) { e.preventDefault(); },
  keydown(e) {
    if (e.target !== svg || e.ctrlKey || e.metaKey || e.altKey) return;
    const link = { '+': 0, '=': 0, '-': 1, ArrowUp: 2, ArrowLeft: 3, ArrowRight: 4, ArrowDown: 5, '0': 6 }[e.key];
    if (link === undefined) return;
    e.preventDefault();
    go(frame.querySelectorAll('.map-tools a')[link].href);
  },
};

function lift(e) {
  if (!fingers.delete(e.pointerId)) return;
  svg.parentElement.classList.remove('dragging');
  if (!fingers.size && moved > 6) settle(60);
}

document.addEventListener('click', e => {
  const link = e.target.closest?.('[data-go]');
  if (!link || e.defaultPrevented || e.ctrlKey || e.metaKey || e.shiftKey) return;
  e.preventDefault();
  go(new URL(link.getAttribute('href'), location));
});
addEventListener('popstate', () => go(location.href, null));
// What is looked at stays where it is when the filters change.
document.querySelector('[data-map-filters]')?.addEventListener('submit', e => {
  e.preventDefault();
  const url = new URL(e.target.action);
  for (const [name, value] of new FormData(e.target)) if (value) url.searchParams.append(name, value);
  const box = new URL(location).searchParams.get('bbox');
  if (box) url.searchParams.set('bbox', box);
  go(url);
});
attach();
