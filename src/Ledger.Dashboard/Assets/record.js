// The record form on a device: steps, a draft that survives, and an outbox for when there is no network.
import * as outbox from './outbox.js';

const page = document.querySelector('[data-record]'), form = page.querySelector('[data-form]');
const words = JSON.parse(page.dataset.words), codes = JSON.parse(page.dataset.codes);
const { agreement, zone, subject } = page.dataset;
const $ = name => page.querySelector(`[data-${name}]`);
const fill = (template, ...values) => template.replace(/\{(\d)\}/g, (_, i) => values[i] ?? '');

// The clock of the agreement's zone, with its offset at that moment.
function moment(local) {
  if (!local) return undefined;
  const wall = Date.parse(local + (local.length === 16 ? ':00Z' : 'Z'));
  if (Number.isNaN(wall)) return local;
  const clock = new Intl.DateTimeFormat('en-US', { timeZone: zone, hourCycle: 'h23', year: 'numeric', month: 'numeric', day: 'numeric', hour: 'numeric', minute: 'numeric', second: 'numeric' });
  const ahead = at => {
    const p = Object.fromEntries(clock.formatToParts(at).map(part => [part.type, Number(part.value)]));
    return Date.UTC(p.year, p.month - 1, p.day, p.hour, p.minute, p.second) - at;
  };
  const minutes = ahead(wall - ahead(wall)) / 60000, two = n => String(Math.floor(n)).padStart(2, '0'), size = Math.abs(minutes);
  return `${local}${local.length === 16 ? ':00' : ''}${minutes < 0 ? '-' : '+'}${two(size / 60)}:${two(size % 60)}`;
}

// The API's body out of the fields; Record/RecordForm.cs says the same.
function body(fields, id) {
  const text = name => fields[name]?.trim().replace(/\r\n?/g, '\n') || undefined;
  const number = name => { const t = text(name); return t === undefined ? undefined : Number.isFinite(Number(t)) ? Number(t) : t; };
  const range = (a, b) => { const [from, to] = [number(a), number(b)]; return from === undefined && to === undefined ? undefined : { from: from ?? to, to: to ?? from }; };
  const location = { place: text('place'), zone: text('zone') };
  if (fields.where === 'point') Object.assign(location, { latitude: number('latitude'), longitude: number('longitude'), uncertaintyMetres: number('uncertainty') });
  if (fields.where === 'observer')
    Object.assign(location, {
      observer: { latitude: number('observerLatitude'), longitude: number('observerLongitude'), name: text('observerName') },
      bearingDegrees: range('bearingFrom', 'bearingTo'), distanceMetres: range('distanceFrom', 'distanceTo'),
    });
  const isEmpty = Object.values(location).every(value => value === undefined);
  return {
    violationId: id, category: text('category'), provision: text('provision'), weapon: text('weapon'),
    occurred: { from: moment(text('from')), to: moment(text('to')), precision: text('precision') },
    location: isEmpty ? undefined : location,
    allegedParty: text('allegedParty') ?? null, affectedParty: text('affectedParty'),
    count: number('countMin') === undefined ? undefined : { min: number('countMin'), max: number('countMax'), unit: text('unit') },
    observation: text('means') && { means: text('means'), description: text('observationText') },
    origin: text('origin'), narrative: text('narrative'), confidential: text('witness') && { witness: text('witness') },
  };
}

/* ---- the form ---- */

const draftKey = `${subject} ${agreement}`;
let id = outbox.newId(), editing, step = 0;
const fieldsOf = () => Object.fromEntries([...new FormData(form)].filter(([name]) => !['_token', '_handler', 'violationId', 'formKey'].includes(name)));

function set(fields) {
  form.reset();
  for (const [name, value] of Object.entries(fields)) {
    const field = form.elements[name];
    if (!field) continue;
    if (field instanceof RadioNodeList || field.type === 'radio') for (const one of form.querySelectorAll(`[name="${name}"]`)) one.checked = one.value === value;
    else field.value = value;
  }
  where();
}

function where() {
  const chosen = form.elements.where.value;
  for (const part of form.querySelectorAll('[data-where]')) part.hidden = part.dataset.where !== chosen;
}

const parts = form ? [...form.querySelectorAll('[data-step-part]')] : [];
function show(next, focus = true) {
  step = Math.min(Math.max(next, 0), parts.length - 1);
  parts.forEach((part, i) => { part.hidden = i !== step; });
  [...$('stepper').querySelectorAll('button')].forEach((button, i) => i === step ? button.setAttribute('aria-current', 'step') : button.removeAttribute('aria-current'));
  $('back').hidden = step === 0;
  $('next').hidden = step === parts.length - 1;
  if (step === parts.length - 1) review();
  if (focus) { const legend = parts[step].querySelector('legend'); legend.tabIndex = -1; legend.focus(); }
}

// A step that lacks what must be there isn't left without saying so.
function isWhole(part) {
  const missing = [...part.querySelectorAll('input, select, textarea')].find(field => !field.checkValidity());
  missing?.reportValidity();
  return !missing;
}

function review() {
  const list = $('review');
  list.replaceChildren();
  for (const field of form.querySelectorAll('input:not([type=hidden]), select, textarea')) {
    if (!field.value || field.closest('[data-where][hidden]') || (field.type === 'radio' && !field.checked) || field.name === 'unit' && !form.elements.countMin.value) continue;
    const label = field.type === 'radio' ? field.closest('fieldset').querySelector('legend') : form.querySelector(`label[for="${field.id}"]`);
    const value = field.type === 'radio' ? field.parentElement.textContent.trim() : field.tagName === 'SELECT' ? field.selectedOptions[0].textContent : field.value.replace('T', ' ');
    add(list, 'dt', label.textContent);
    add(list, 'dd', value);
  }
  if (!form.elements.allegedParty.value) {
    const none = form.querySelector('[name=allegedParty]');
    add(list, 'dt', none.closest('fieldset').querySelector('legend').textContent);
    add(list, 'dd', none.parentElement.textContent.trim());
  }
}

function add(to, tag, text, name) {
  const element = document.createElement(tag);
  element.textContent = text;
  if (name) element.className = name;
  to.append(element);
  return element;
}

let saving;
function saveSoon() {
  clearTimeout(saving);
  saving = setTimeout(async () => {
    await outbox.keepDraft(draftKey, { id, editing, fields: fieldsOf() });
    $('draft-state').textContent = words.DraftKept;
  }, 150);
}

async function submit(event) {
  event.preventDefault();
  const bad = parts.findIndex(part => [...part.querySelectorAll('input, select, textarea')].some(field => !field.closest('[hidden]') || part.hidden ? !field.checkValidity() : false));
  if (bad >= 0) { show(bad, false); isWhole(parts[bad]); return; }
  const fields = fieldsOf();
  const item = { id, agreement, subject, state: 'waiting', at: new Date().toISOString(), title: codes[fields.category] ?? fields.category, fields, body: body(fields, id) };
  if (editing !== undefined) item.order = editing;
  try {
    await outbox.put(item);
  } catch {
    // Without a store on the device the form goes the plain way.
    alert(words.OutboxNoKeep);
    form.removeEventListener('submit', submit);
    form.requestSubmit();
    return;
  }
  navigator.storage?.persist?.();
  clearTimeout(saving);
  await outbox.dropDraft(draftKey);
  [id, editing] = [outbox.newId(), undefined];
  form.reset();
  where();
  $('draft-state').textContent = words.OutboxQueued;
  show(0, false);
  await list();
  page.querySelector('[data-outbox]').scrollIntoView({ block: 'start' });
  await sendNow();
}

function locate(button) {
  const said = $('located');
  said.textContent = words.Locating;
  navigator.geolocation.getCurrentPosition(at => {
    const [lat, lon, around] = button.dataset.locate.split(' ');
    form.elements[lat].value = at.coords.latitude.toFixed(6);
    form.elements[lon].value = at.coords.longitude.toFixed(6);
    if (around) form.elements[around].value = Math.ceil(at.coords.accuracy);
    said.textContent = fill(words.Located, Math.ceil(at.coords.accuracy));
    saveSoon();
  }, () => { said.textContent = words.LocateFailed; }, { enableHighAccuracy: true, timeout: 30000 });
}

/* ---- the outbox ---- */

async function list() {
  const items = await outbox.all(), box = $('outbox'), ol = $('outbox-list');
  box.hidden = !items.length;
  ol.replaceChildren(...items.reverse().map(item => {
    const li = document.createElement('li');
    li.dataset.state = item.state;
    add(li, 'strong', item.title);
    add(li, 'span', fill(words['State_' + item.state], item.sequence ?? ''), 'state');
    add(li, 'span', `${new Date(item.at).toLocaleString(document.documentElement.lang, { day: 'numeric', month: 'short', year: 'numeric', hour: '2-digit', minute: '2-digit' })} · ${item.agreement} · ${item.subject}`, 'small quiet');
    if (item.state === 'sent') Object.assign(add(li, 'a', words.RecordSee), { href: `/violations/${item.id}` });
    if (item.state === 'refused') {
      add(li, 'p', words['Code_' + item.code] ?? item.detail ?? item.code, 'error');
      for (const [place, message] of Object.entries(item.errors ?? {})) add(li, 'p', `${place}: ${message}`, 'small');
    }
    if (item.state !== 'sent' && item.subject === subject && item.agreement === agreement)
      add(li, 'button', words.OutboxEdit, 'button').onclick = () => edit(item);
    if (item.state !== 'waiting' || item.subject === subject)
      add(li, 'button', words.OutboxRemove, 'button').onclick = async () => { if (item.state === 'sent' || confirm(words.OutboxSure)) { await outbox.remove(item.order); await list(); } };
    for (const button of li.querySelectorAll('button')) button.type = 'button';
    return li;
  }));
  const waiting = items.filter(item => item.state === 'waiting').length;
  $('send').hidden = !waiting;
  $('export').hidden = !items.some(item => item.state !== 'sent');
  say(waiting ? fill(words.OutboxWaits, waiting) : words.OutboxEmpty);
  return waiting;
}

const say = text => { $('outbox-status').textContent = text; };

function edit(item) {
  set(item.fields);
  // A case of this id is there already with other content: the corrected one is another.
  id = item.code === 'violation-exists' ? outbox.newId() : item.id;
  editing = item.order;
  saveSoon();
  show(0);
  form.scrollIntoView();
}

let later;
async function sendNow() {
  clearTimeout(later);
  if (!await list()) return;
  say(words.OutboxSending);
  const outcome = await outbox.send(list);
  const left = await list();
  if (outcome === 'sign-in') {
    say(words.OutboxSignIn + ' ');
    Object.assign(add($('outbox-status'), 'a', words.SignInAgain), { href: '/login?return=' + encodeURIComponent(location.pathname + location.search) });
  } else if (outcome !== 'done') say(words[{ offline: 'OutboxOffline', other: 'OutboxOther', again: 'OutboxAgain' }[outcome]]);
  if (left && outcome !== 'sign-in' && outcome !== 'other') later = setTimeout(sendNow, 30000);
}

async function exportItems() {
  const items = (await outbox.all()).filter(item => item.state !== 'sent');
  const url = URL.createObjectURL(new Blob(items.map(item => JSON.stringify(item.body) + '\n'), { type: 'application/x-ndjson' }));
  Object.assign(document.createElement('a'), { href: url, download: `records-${subject}.ndjson` }).click();
  setTimeout(() => URL.revokeObjectURL(url), 10000);
}

async function wipe() {
  if (!confirm(words.OutboxSure)) return;
  await outbox.wipe();
  for (const name of await caches?.keys?.() ?? []) await caches.delete(name);
  for (const worker of await navigator.serviceWorker?.getRegistrations?.() ?? []) await worker.unregister();
  form.reset();
  await list();
}

async function begin() {
  form.addEventListener('submit', submit);
  form.addEventListener('input', () => { where(); saveSoon(); });
  $('stepper').hidden = $('step-buttons').hidden = false;
  form.noValidate = true;
  [...$('stepper').querySelectorAll('button')].forEach((button, i) => { button.onclick = () => show(i); });
  $('next').onclick = () => { if (isWhole(parts[step])) show(step + 1); };
  $('back').onclick = () => show(step - 1);
  if (navigator.geolocation && isSecureContext)
    for (const button of form.querySelectorAll('[data-locate]')) { button.hidden = false; button.onclick = () => locate(button); }
  $('send').onclick = sendNow;
  $('export').onclick = exportItems;
  $('wipe').onclick = wipe;
  const kept = page.querySelector('.errors') ? null : await outbox.draft(draftKey);
  if (kept) {
    set(kept.fields);
    [id, editing] = [kept.id, kept.editing];
    $('draft-state').textContent = words.DraftBackAgain;
  }
  where();
  show(Math.max(0, parts.findIndex(part => part.querySelector('.wrong'))), false);
  addEventListener('online', sendNow);
  document.addEventListener('visibilitychange', () => { if (!document.hidden) sendNow(); });
  await sendNow();
  page.dataset.ready = 'true';
}

if (form) await begin();

// The form itself is there without a network; cases never are.
if (isSecureContext && 'serviceWorker' in navigator) {
  await navigator.serviceWorker.register('/sw.js', { scope: '/record' });
  const cache = await caches.open('ledger-record');
  const used = performance.getEntriesByType('resource').map(entry => new URL(entry.name)).filter(url => url.origin === location.origin && url.pathname.startsWith('/assets/')).map(String);
  for (const url of new Set([location.href.split('#')[0], ...used]))
    if (!await cache.match(url)) await cache.add(url).catch(() => {});
  page.dataset.offline = 'true';
}
