// Checks an event against the signed log, step by step, from what the server publishes.
import * as keys from './keys.js';
import * as note from './note.js';
import { compare } from './texts.js';
import { leafHash, rootFromInclusion, same, tilePath } from './tree.js';

const Kept = 'ledger-vkey', Witnesses = 'ledger-witnesses', MostOfCase = 200;

async function text(path, headers) {
  const answer = await fetch(path, { headers, cache: 'no-store' });
  return answer.status === 200 ? answer.text() : null;
}

// Yields [step, 'good' | 'bad' | 'unknown', word, ...values]. Stops at the first step without which the next mean nothing.
// `witnesses`: verifier keys of those whom the ledger's policy names; `caseId`: all events of this case are held against the log, too.
export async function* check(eventId, { server = '', witnesses = [], caseId = null } = {}) {
  const vkey = await note.readVkey(await text(server + '/log/vkey') ?? '');
  if (!vkey) { yield ['key', 'bad', 'VerifyKeyUnreadable']; return; }
  const known = kept(Kept, vkey.name), trusted = known ? await note.readVkey(known) : null;
  // Who has seen this log before follows its key from there; nobody else's word moves it.
  const history = known && !trusted ? null : await keys.follow(trusted, await text(server + '/log/keys') ?? '') ?? (trusted ? null : { first: vkey, changes: [], newest: vkey });
  const leads = history?.newest.text === vkey.text;
  yield !known && leads ? ['key', 'good', 'VerifyKeyNew', vkey.text]
    : known === vkey.text && leads ? ['key', 'good', 'VerifyKeySame', vkey.text]
    : leads ? ['key', 'good', 'VerifyKeyFollowed', history.changes.length, vkey.text]
    : ['key', 'bad', 'VerifyKeyOther', vkey.text];
  const signers = size => leads ? keys.at(history, size) : [vkey];

  const proofText = await text(`${server}/log/proof/${eventId}`);
  if (proofText === null) { yield ['head', 'unknown', 'VerifyNotYet']; return; }
  const proof = note.readProof(proofText), head = proof && note.readNote(proof.checkpoint), tree = head && note.readCheckpoint(head.text);
  if (!tree || tree.origin !== vkey.name) { yield ['head', 'bad', 'VerifyHeadUnreadable']; return; }
  const signed = await note.verifies(head, signers(tree.size));
  yield ['head', signed === true ? 'good' : signed === false ? 'bad' : 'unknown', signed === true ? 'VerifyHeadGood' : signed === false ? 'VerifyHeadBad' : 'VerifyNoEd25519', tree.size, note.toBase64(tree.root)];

  let entry;
  const item = await event(eventId, proof.index, server);
  if (item?.raw) {
    const raw = { data: note.fromBase64(item.raw.data), metadata: note.fromBase64(item.raw.metadata) };
    const fits = item.eventId === eventId && item.sequence === proof.index && raw.data && raw.metadata;
    if (!fits) { yield ['event', 'bad', 'VerifyEventOther']; return; }
    const own = await note.entryOf(tree.origin, item, raw);
    entry = own.entry;
    yield ['event', 'good', 'VerifyEventGood', raw.data.length, note.toBase64(own.commitment)];
    yield await textsOf(item, raw, caseId, { server, signers, origin: tree.origin });
  } else {
    yield ['event', 'unknown', 'VerifyEventHidden'];
    yield ['texts', 'unknown', 'VerifyTextsHidden'];
  }

  const published = await entryAt(proof.index, tree.size, server);
  entry ??= published;
  const leaf = entry && await leafHash(entry);
  const fitsLog = leaf && published && same(entry, published);
  yield ['leaf', fitsLog ? 'good' : 'bad', fitsLog ? 'VerifyLeafGood' : 'VerifyLeafBad', proof.index, leaf ? note.toBase64(leaf) : ''];
  const root = leaf && await rootFromInclusion(proof.index, tree.size, leaf, proof.hashes);
  const fits = root && same(root, tree.root);
  yield ['root', fits ? 'good' : 'bad', fits ? 'VerifyRootGood' : 'VerifyRootBad', proof.hashes.length, root ? note.toBase64(root) : ''];

  yield await witnessesOf(head, witnesses);
  // A key is remembered once a head that it signed was good.
  if (signed === true && leads) keep(Kept, vkey.name, vkey.text);
}

// Every text of this event has the digest that its bytes committed to, and the page shows it; of a case, of every event, each proven to be in the log.
async function textsOf(item, raw, caseId, log) {
  const items = caseId ? await history(caseId, log.server) : null, all = items ?? [item];
  if (!all.some(one => one.eventId === item.eventId)) return ['texts', 'bad', 'VerifyTextsCase'];
  if (!all.every(one => one.raw)) return ['texts', 'unknown', 'VerifyTextsHidden'];
  let texts = 0, missing = 0;
  for (const one of all) {
    const own = one.eventId === item.eventId ? raw : { data: note.fromBase64(one.raw.data), metadata: note.fromBase64(one.raw.metadata) };
    if (!own.data || !own.metadata) return ['texts', 'bad', 'VerifyTextsOther', one.sequence, 'raw'];
    if (one.eventId !== item.eventId && !await isInLog(one, own, log)) return ['texts', 'bad', 'VerifyTextsNotInLog', one.sequence];
    const found = await compare(one, own.data, own.metadata);
    const shown = document.getElementById(`e-${one.sequence}`)?.textContent;
    const unseen = found.texts.find(([, value]) => shown !== undefined && typeof value === 'string' && !flat(shown).includes(flat(value)));
    if (found.wrong || unseen) return ['texts', 'bad', unseen ? 'VerifyTextsPage' : 'VerifyTextsOther', one.sequence, found.wrong ?? unseen[0]];
    texts += found.texts.length;
    missing += found.missing;
  }
  return ['texts', 'good', missing ? 'VerifyTextsMissing' : 'VerifyTextsGood', texts, all.length, missing];
}

const flat = value => value.replace(/\s+/g, ' ').trim();

async function history(caseId, server) {
  const answer = await text(`${server}/api/v1/violations/${caseId}/history?raw=true&limit=${MostOfCase}`, { Accept: 'application/json' });
  return answer ? JSON.parse(answer).items : null;
}

async function isInLog(item, raw, { server, signers, origin }) {
  const proof = note.readProof(await text(`${server}/log/proof/${item.eventId}`) ?? ''), head = proof && note.readNote(proof.checkpoint), tree = head && note.readCheckpoint(head.text);
  if (!tree || tree.origin !== origin || proof.index !== item.sequence || await note.verifies(head, signers(tree.size)) === false) return false;
  const root = await rootFromInclusion(proof.index, tree.size, await leafHash((await note.entryOf(origin, item, raw)).entry), proof.hashes);
  return root !== null && same(root, tree.root);
}

// Whom the ledger names, and which of them has signed this head, and how long ago. A key that this browser saw with another name before is no witness's.
async function witnessesOf(head, named) {
  const said = [], now = Date.now() / 1000;
  for (const one of named) {
    const witness = await note.readVkey(one, 4);
    if (!witness) return ['witnesses', 'bad', 'VerifyWitnessBad', one];
    const known = kept(Witnesses, witness.name), at = await note.cosigned(head, witness);
    if (at === false || (known && known !== witness.text)) return ['witnesses', 'bad', 'VerifyWitnessBad', witness.name];
    if (at === null) continue;
    keep(Witnesses, witness.name, witness.text);
    said.push(`${witness.name} (${age(now - at)})`);
  }
  return said.length ? ['witnesses', 'good', 'VerifyWitnesses', said.length, named.length, said.join(', ')]
    : ['witnesses', 'unknown', named.length ? 'VerifyNoneOfWitnesses' : 'VerifyNoWitnesses', named.length];
}

function age(seconds) {
  const [value, unit] = seconds < 120 ? [seconds, 'second'] : seconds < 7200 ? [seconds / 60, 'minute'] : seconds < 172800 ? [seconds / 3600, 'hour'] : [seconds / 86400, 'day'];
  return new Intl.RelativeTimeFormat(document.documentElement.lang || 'en', { numeric: 'always' }).format(-Math.max(0, Math.round(value)), unit);
}

async function event(eventId, index, server) {
  const answer = await text(`${server}/api/v1/events?after=${index - 1}&limit=1&raw=true`, { Accept: 'application/json' });
  const item = answer && JSON.parse(answer).items[0];
  return item?.sequence === index ? item : item?.eventId === eventId ? item : null;
}

// Entries lie 256 to a file, each with its length in front.
async function entryAt(index, size, server) {
  const bundle = Math.floor(index / 256), width = Math.min(256, size - bundle * 256);
  const answer = await fetch(server + tilePath('entries', bundle, width));
  if (!answer.ok) return null;
  const bytes = new Uint8Array(await answer.arrayBuffer());
  for (let at = 0, i = 0; at + 2 <= bytes.length; i++) {
    const length = bytes[at] * 256 + bytes[at + 1];
    if (i === index % 256) return bytes.slice(at + 2, at + 2 + length);
    at += 2 + length;
  }
  return null;
}

function read(drawer) { try { return JSON.parse(localStorage.getItem(drawer) ?? '{}'); } catch { return {}; } }
const kept = (drawer, name) => read(drawer)[name];
function keep(drawer, name, key) {
  try { localStorage.setItem(drawer, JSON.stringify({ ...read(drawer), [name]: key })); } catch { /* a browser that keeps nothing */ }
}

const fill = (template, values) => template.replace(/\{(\d)\}/g, (_, i) => values[i] ?? '');

function attach(box) {
  const words = JSON.parse(box.dataset.words), button = box.querySelector('[data-verify-run]'), verdict = box.querySelector('[data-verdict]');
  // Hashing is for secure places only: elsewhere the command is what there is.
  if (!isSecureContext || !crypto.subtle) { verdict.textContent = words.VerifyNoContext; return; }
  box.querySelector('[data-verify-elsewhere]').open = false;
  button.hidden = false;
  button.addEventListener('click', async () => {
    button.disabled = true;
    box.querySelector('[data-verify-steps]').hidden = false;
    verdict.textContent = words.VerifyRuns;
    delete verdict.dataset.state;
    for (const li of box.querySelectorAll('[data-step]')) delete li.dataset.state;
    const states = [];
    try {
      for await (const [step, state, word, ...values] of check(box.dataset.verify, { witnesses: JSON.parse(box.dataset.witnesses), caseId: box.dataset.case ?? null })) {
        const li = box.querySelector(`[data-step="${step}"]`);
        li.dataset.state = state;
        li.querySelector('[data-say]').textContent = fill(words[word], values);
        states.push(state);
      }
      const all = states.includes('bad') ? 'bad' : states.length < 6 || states.slice(0, 6).includes('unknown') ? 'unknown' : 'good';
      verdict.dataset.state = all;
      verdict.textContent = words[all === 'bad' ? 'VerifyBad' : all === 'good' ? 'VerifyGood' : 'VerifyPart'];
    } catch {
      verdict.dataset.state = 'unknown';
      verdict.textContent = words.VerifyFailed;
    }
    button.disabled = false;
  });
}

for (const box of document.querySelectorAll('[data-verify]')) attach(box);
