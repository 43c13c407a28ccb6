// Is the log that is served now a continuation of the one that this browser saw last? The proof is built here, from the log's own tiles.
import * as keys from './keys.js';
import * as note from './note.js';
import { consistencyProof, isConsistent, ranges, tilePath } from './tree.js';

const Kept = 'ledger-head';

const get = async path => {
  const answer = await fetch(path, { cache: 'no-store' });
  if (!answer.ok) throw new Error(path);
  return answer.text();
};

// [word, old head or null, new head, length of the proof]. Only a head that held is remembered.
export async function compare() {
  const vkey = await note.readVkey(await get('/log/vkey'));
  const text = await get('/log/checkpoint'), signed = note.readNote(text), head = signed && note.readCheckpoint(signed.text);
  if (!vkey || !head) return ['AuditUnsigned', null, head];
  const kept = read()[head.origin], known = kept && await note.readVkey(kept.vkey);
  const history = await keys.follow(known ?? null, await get('/log/keys')) ?? { first: vkey, changes: [], newest: vkey };
  const leads = history.newest.text === vkey.text && head.origin === vkey.name;
  const ok = await note.verifies(signed, leads ? keys.at(history, head.size) : vkey);
  if (ok === false) return ['AuditUnsigned', null, head];
  if (ok === 'unknown') return ['AuditNoSignature', null, head];
  if (!kept) { keep(head, vkey, text); return ['AuditFirst', null, head]; }
  const old = note.readCheckpoint(note.readNote(kept.text)?.text ?? '');
  if (!old) { keep(head, vkey, text); return ['AuditFirst', null, head]; }
  if (head.size < old.size) return ['AuditShrunk', old, head];
  const tiles = ranges(head.size, async (level, index, width) => {
    const answer = await fetch(tilePath(level, index, width));
    if (!answer.ok) throw new Error('tile');
    return new Uint8Array(await answer.arrayBuffer());
  });
  const proof = await consistencyProof(old.size, head.size, tiles);
  if (!await isConsistent(old.size, old.root, head.size, head.root, proof)) return ['AuditFork', old, head, proof.length];
  if (!leads || (kept.vkey !== vkey.text && history.first.text !== kept.vkey)) return ['AuditOtherKey', old, head, proof.length];
  keep(head, vkey, text);
  if (kept.vkey !== vkey.text) return ['AuditKeyFollowed', old, head, proof.length];
  return [old.size === head.size ? 'AuditUnchanged' : 'AuditGood', old, head, proof.length];
}

function read() { try { return JSON.parse(localStorage.getItem(Kept) ?? '{}'); } catch { return {}; } }
function keep(head, vkey, text) {
  try { localStorage.setItem(Kept, JSON.stringify({ ...read(), [head.origin]: { text, vkey: vkey.text, at: new Date().toISOString() } })); } catch { /* a browser that keeps nothing */ }
}

const fill = (template, ...values) => template.replace(/\{(\d)\}/g, (_, i) => values[i] ?? '');

function attach(box) {
  const words = JSON.parse(box.dataset.words), verdict = box.querySelector('[data-verdict]'), button = box.querySelector('[data-audit-run]');
  if (!isSecureContext || !crypto.subtle) { verdict.textContent = words.VerifyNoContext; return; }
  verdict.textContent = '';
  button.hidden = false;
  const line = head => head ? fill(words.AuditHeadLine, head.size, note.toBase64(head.root)) : '–';
  const run = async () => {
    button.disabled = true;
    verdict.textContent = words.VerifyRuns;
    try {
      const [word, old, head, length] = await compare();
      verdict.dataset.state = ['AuditGood', 'AuditFirst', 'AuditUnchanged', 'AuditKeyFollowed'].includes(word) ? 'good' : word === 'AuditNoSignature' ? 'unknown' : 'bad';
      verdict.textContent = words[word];
      box.querySelector('[data-audit-facts]').hidden = false;
      box.querySelector('[data-seen]').textContent = line(old);
      box.querySelector('[data-now]').textContent = line(head);
      box.querySelector('[data-proof]').textContent = length === undefined ? '–' : fill(words.AuditProofLine, length);
    } catch {
      verdict.dataset.state = 'unknown';
      verdict.textContent = words.AuditFailed;
    }
    button.disabled = false;
  };
  button.addEventListener('click', run);
  run();
}

for (const box of document.querySelectorAll('[data-audit]')) attach(box);
