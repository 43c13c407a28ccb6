// C2SP signed notes, checkpoints and proofs, read as strictly as they are written. Null means: not one.
import { join, sha256, same } from './tree.js';

const utf8 = new TextEncoder();
export const bytesOf = text => utf8.encode(text);
export const toBase64 = bytes => btoa(String.fromCharCode(...bytes));

// Only what would be printed again just so: other base64 says the same bytes in a second way.
export function fromBase64(text) {
  try {
    const bytes = Uint8Array.from(atob(text), c => c.charCodeAt(0));
    return toBase64(bytes) === text ? bytes : null;
  } catch { return null; }
}

export const hex = bytes => [...bytes].map(b => b.toString(16).padStart(2, '0')).join('');

// name+8 hex digits+base64(type || key): type 1 signs as a log, type 4 as a witness.
export async function readVkey(text, type = 1) {
  const parts = /^([^\s+]+)\+([0-9a-f]{8})\+(\S+)$/.exec(text.trim());
  const key = parts && fromBase64(parts[3]);
  if (!key || key.length !== 33 || key[0] !== type) return null;
  const id = (await sha256(bytesOf(parts[1] + '\n'), key)).slice(0, 4);
  return hex(id) === parts[2] ? { name: parts[1], id, key: key.slice(1), text: text.trim() } : null;
}

export function readNote(note) {
  const cut = note.lastIndexOf('\n\n');
  if (cut < 0 || !note.endsWith('\n') || /[\x00-\x09\x0b-\x1f\x7f\ufffd]/.test(note)) return null;
  const lines = note.slice(cut + 2, -1).split('\n').map(line => {
    const parts = /^\u2014 ([^\s+]+) (\S+)$/.exec(line);
    const bytes = parts && fromBase64(parts[2]);
    return bytes && bytes.length > 4 ? { name: parts[1], id: bytes.slice(0, 4), signature: bytes.slice(4) } : null;
  });
  return lines.length && lines.every(Boolean) ? { text: note.slice(0, cut + 1), lines } : null;
}

export function readCheckpoint(text) {
  const lines = text.split('\n');
  if (lines.length !== 4 || lines[3] !== '' || !lines[0] || !/^(0|[1-9]\d{0,15})$/.test(lines[1])) return null;
  const root = fromBase64(lines[2]);
  return root && root.length === 32 ? { origin: lines[0], size: Number(lines[1]), root } : null;
}

// c2sp.org/tlog-proof@v1: index, hashes with the leaf's sibling first, an empty line, the checkpoint.
export function readProof(text) {
  const cut = text.indexOf('\n\n');
  const [first, second, ...hashes] = text.slice(0, Math.max(cut, 0)).split('\n');
  const index = /^index (0|[1-9]\d{0,15})$/.exec(second ?? '');
  const proof = hashes.map(fromBase64);
  if (first !== 'c2sp.org/tlog-proof@v1' || !index || !proof.every(h => h?.length === 32)) return null;
  return { index: Number(index[1]), hashes: proof, checkpoint: text.slice(cut + 2) };
}

async function signed(key, signature, text) {
  try {
    return await crypto.subtle.verify('Ed25519', await crypto.subtle.importKey('raw', key.key, 'Ed25519', false, ['verify']), signature, bytesOf(text));
  } catch (e) { return e.name === 'NotSupportedError' ? 'unknown' : false; }
}

// true where at least one of these keys has signed, and none of their lines is false; 'unknown' where this browser has no Ed25519.
export async function verifies(note, keys) {
  const answers = [];
  for (const key of [keys].flat())
    for (const line of note.lines) if (line.name === key.name && same(line.id, key.id)) answers.push(await signed(key, line.signature, note.text));
  return answers.includes(false) || !answers.length ? false : answers.includes('unknown') ? 'unknown' : true;
}

// C2SP tlog-cosignature: a moment in front of the signature, and both are signed with the note's text.
// Of each witness that somebody named: when it cosigned, null where it didn't, and false where a line says that it did and it didn't.
export async function cosigned(note, witness) {
  const line = note.lines.find(one => one.name === witness.name && same(one.id, witness.id));
  if (!line) return null;
  if (line.signature.length !== 72) return false;
  const time = new DataView(line.signature.buffer, line.signature.byteOffset).getBigUint64(0);
  const answer = await signed(witness, line.signature.slice(8), `cosignature/v1\ntime ${time}\n${note.text}`);
  return answer === true ? Number(time) : answer === 'unknown' ? null : false;
}

// What the log commits to beside the stored bytes; src/Ledger.Transparency/Events says the same in C#.
export async function entryOf(origin, item, raw) {
  const header = ['ceasefire-ledger-event/v1', origin, item.sequence, item.eventId, item.stream, item.revision, item.type, micros(item.recordedAt), ''].join('\n');
  const commitment = await sha256(bytesOf(header), await sha256(raw.data), await sha256(raw.metadata));
  return { commitment, entry: bytesOf(`ceasefire-ledger-leaf/v1\n${item.sequence}\n${toBase64(commitment)}\n`) };
}

// Microseconds since 1970: more digits than a Date holds.
export function micros(time) {
  const parts = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,6}))?Z$/.exec(time);
  return parts ? String(BigInt(Date.parse(parts[1] + 'Z')) * 1000n + BigInt((parts[2] ?? '').padEnd(6, '0'))) : 'unreadable';
}

export { join };
