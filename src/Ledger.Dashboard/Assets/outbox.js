// Records on their way, kept on the device in the order in which they were made. One leaves only after the ledger has said 200 or 201.
let opened;

function open() {
  opened ??= new Promise((done, fail) => {
    const asked = indexedDB.open('ledger-record', 1);
    asked.onupgradeneeded = () => {
      asked.result.createObjectStore('items', { keyPath: 'order', autoIncrement: true });
      asked.result.createObjectStore('drafts');
    };
    asked.onsuccess = () => done(asked.result);
    asked.onerror = () => fail(asked.error);
  });
  return opened;
}

async function use(store, mode, act) {
  const db = await open();
  return new Promise((done, fail) => {
    const change = db.transaction(store, mode, { durability: 'strict' }), asked = act(change.objectStore(store));
    // Only a whole transaction is on the disk.
    change.oncomplete = () => done(asked?.result);
    change.onerror = change.onabort = () => fail(change.error);
  });
}

export const all = () => use('items', 'readonly', s => s.getAll());
export const put = item => use('items', 'readwrite', s => s.put(item));
export const remove = order => use('items', 'readwrite', s => s.delete(order));
export const draft = key => use('drafts', 'readonly', s => s.get(key));
export const keepDraft = (key, fields) => use('drafts', 'readwrite', s => s.put(fields, key));
export const dropDraft = key => use('drafts', 'readwrite', s => s.delete(key));
export async function wipe() {
  await use('items', 'readwrite', s => s.clear());
  await use('drafts', 'readwrite', s => s.clear());
}

// Version 7, as the server makes them: of about the same time, close together.
export function newId() {
  const bytes = crypto.getRandomValues(new Uint8Array(16)), now = Date.now();
  for (let i = 0; i < 6; i++) bytes[i] = Math.floor(now / 256 ** (5 - i)) % 256;
  bytes[6] = (bytes[6] & 0x0f) | 0x70;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = [...bytes].map(b => b.toString(16).padStart(2, '0')).join('');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}

// What came of it: 'done', 'offline', 'sign-in', 'other' (items of somebody else wait), 'again' (the ledger takes none now).
export async function send(changed) {
  if (!navigator.locks) return sendAll(changed);
  return navigator.locks.request('ledger-outbox', { ifAvailable: true }, lock => lock ? sendAll(changed) : 'done');
}

async function sendAll(changed) {
  const waiting = (await all()).filter(item => item.state === 'waiting');
  if (!waiting.length) return 'done';
  let session;
  try {
    const answer = await fetch('/session', { cache: 'no-store' });
    if (answer.status === 401) return 'sign-in';
    if (!answer.ok) return 'again';
    session = await answer.json();
  } catch { return 'offline'; }
  const mine = waiting.filter(item => item.subject === session.subject);
  while (mine.length) {
    // Neighbours of one agreement go together; the order stays.
    const end = mine.findIndex((item, i) => item.agreement !== mine[0].agreement || i === 100);
    const part = mine.splice(0, end < 0 ? mine.length : end);
    const outcome = await sendPart(part, session.token, changed);
    if (outcome !== 'done') return outcome;
  }
  return waiting.some(item => item.subject !== session.subject) ? 'other' : 'done';
}

async function sendPart(items, token, changed) {
  let answer, text = '';
  try {
    answer = await fetch(`/api/v1/agreements/${items[0].agreement}/violations/batch`, {
      method: 'POST', headers: { 'Content-Type': 'application/x-ndjson', 'X-Antiforgery': token }, body: items.map(item => JSON.stringify(item.body) + '\n').join(''),
    });
    if (answer.status === 401) return 'sign-in';
    if (answer.status === 403 || answer.status === 404 || answer.status === 413) {
      const problem = await answer.json().catch(() => ({}));
      for (const item of items) await put({ ...item, state: 'refused', code: problem.code ?? 'not-allowed', errors: {} });
      changed();
      return 'done';
    }
    if (!answer.ok) return 'again';
    const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
    for (let piece = await reader.read(); !piece.done; piece = await reader.read()) {
      text += piece.value;
      let end;
      while ((end = text.indexOf('\n')) >= 0) {
        await note(items, JSON.parse(text.slice(0, end)));
        text = text.slice(end + 1);
        changed();
      }
    }
  } catch { return 'offline'; }
  return (await all()).some(item => item.state === 'waiting' && items.some(sent => sent.order === item.order)) ? 'again' : 'done';
}

async function note(items, line) {
  const item = items[line.line - 1];
  if (!item) return;
  // What has arrived isn't kept here any longer, only that it has.
  if (line.status === 200 || line.status === 201)
    await put({ order: item.order, state: 'sent', id: item.id, agreement: item.agreement, subject: item.subject, title: item.title, at: item.at, sequence: line.sequence });
  else if (line.status < 500 && line.status !== 429 && line.status !== 401)
    await put({ ...item, state: 'refused', code: line.code, errors: line.errors ?? {}, detail: line.detail });
}
