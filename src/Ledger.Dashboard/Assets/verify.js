// Checks an event against the signed log, step by step, from what the server publishes.
import * as note from './note.js';
import { leafHash, rootFromInclusion, same, tilePath } from './tree.js';

const Kept = 'ledger-vkey';

async function text(path, headers) {
  const answer = await fetch(path, { headers, cache: 'no-store' });
  return answer.status === 200 ? answer.text() : null;
}

// Yields [step, 'good' | 'bad' | 'unknown', word, ...values]. Stops at the first step without which the next mean nothing.
export async function* check(eventId, server = '') {
  const vkey = await note.readVkey(await text(server + '/log/vkey') ?? '');
  if (!vkey) { yield ['key', 'bad', 'VerifyKeyUnreadable']; return; }
  const known = kept(vkey.name);
  yield ['key', known && known !== vkey.text ? 'bad' : 'good', known ? (known === vkey.text ? 'VerifyKeySame' : 'VerifyKeyOther') : 'VerifyKeyNew', vkey.text];

  const proofText = await text(`${server}/log/proof/${eventId}`);
  if (proofText === null) { yield ['head', 'unknown', 'VerifyNotYet']; return; }
  const proof = note.readProof(proofText), head = proof && note.readNote(proof.checkpoint), tree = head && note.readCheckpoint(head.text);
  if (!tree) { yield ['head', 'bad', 'VerifyHeadUnreadable']; return; }
  const signed = await note.verifies(head, vkey);
  yield ['head', signed === true ? 'good' : signed === false ? 'bad' : 'unknown', signed === true ? 'VerifyHeadGood' : signed === false ? 'VerifyHeadBad' : 'VerifyNoEd25519', tree.size, note.toBase64(tree.root)];

  let entry;
  const item = await event(eventId, proof.index, server);
  if (item) {
    const raw = { data: note.fromBase64(item.raw.data), metadata: note.fromBase64(item.raw.metadata) };
    const fits = item.eventId === eventId && item.sequence === proof.index && raw.data && raw.metadata;
    if (!fits) { yield ['event', 'bad', 'VerifyEventOther']; return; }
    const own = await note.entryOf(tree.origin, item, raw);
    entry = own.entry;
    yield ['event', 'good', 'VerifyEventGood', raw.data.length, note.toBase64(own.commitment)];
  } else {
    yield ['event', 'unknown', 'VerifyEventHidden'];
  }

  const published = await entryAt(proof.index, tree.size, server);
  entry ??= published;
  const leaf = entry && await leafHash(entry);
  const fitsLog = leaf && published && same(entry, published);
  yield ['leaf', fitsLog ? 'good' : 'bad', fitsLog ? 'VerifyLeafGood' : 'VerifyLeafBad', proof.index, leaf ? note.toBase64(leaf) : ''];
  const root = leaf && await rootFromInclusion(proof.index, tree.size, leaf, proof.hashes);
  const fits = root && same(root, tree.root);
  yield ['root', fits ? 'good' : 'bad', fits ? 'VerifyRootGood' : 'VerifyRootBad', proof.hashes.length, root ? note.toBase64(root) : ''];

  const witnesses = note.witnessesOf(head, vkey);
  yield ['witnesses', witnesses.length ? 'good' : 'unknown', witnesses.length ? 'VerifyWitnesses' : 'VerifyNoWitnesses', witnesses.map(w => w.name).join(', ')];
  // A key is remembered once a head that it signed was good.
  if (signed === true && !known) keep(vkey);
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

const kept = name => { try { return JSON.parse(localStorage.getItem(Kept) ?? '{}')[name]; } catch { return undefined; } };
function keep(vkey) {
  try { localStorage.setItem(Kept, JSON.stringify({ ...JSON.parse(localStorage.getItem(Kept) ?? '{}'), [vkey.name]: vkey.text })); } catch { /* a browser that keeps nothing */ }
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
      for await (const [step, state, word, ...values] of check(box.dataset.verify)) {
        const li = box.querySelector(`[data-step="${step}"]`);
        li.dataset.state = state;
        li.querySelector('[data-say]').textContent = fill(words[word], values);
        states.push(state);
      }
      const all = states.includes('bad') ? 'bad' : states.length < 5 || states.slice(0, 5).includes('unknown') ? 'unknown' : 'good';
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
