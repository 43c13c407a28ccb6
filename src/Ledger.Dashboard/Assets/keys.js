// How a log's key became the one that signs now: notes signed by the old key and the new. src/Ledger.Transparency/Notes/KeyRotation.cs says the same in C#.
import { fromBase64, readNote, readVkey, verifies } from './note.js';

const First = 'ceasefire-ledger-key/v1\n';

// Notes stand one behind the other; only a note's first line can be this one.
function split(text) {
  const cuts = [];
  for (let at = text.indexOf(First); at >= 0; at = text.indexOf('\n' + First, at) < 0 ? -1 : text.indexOf('\n' + First, at) + 1) cuts.push(at);
  return cuts.map((from, i) => text.slice(from, cuts[i + 1] ?? text.length).replace(/\n*$/, '\n'));
}

async function read(text) {
  const note = readNote(text), lines = note?.text.split('\n');
  if (lines?.length !== 7 || lines[6] !== '' || lines[0] + '\n' !== First || !/^(0|[1-9]\d{0,15})$/.test(lines[4]) || fromBase64(lines[5])?.length !== 32) return null;
  const [before, after] = [await readVkey(lines[2]), await readVkey(lines[3])];
  if (!before || !after || before.text !== lines[2] || after.text !== lines[3] || before.name !== lines[1] || after.name !== lines[1] || before.text === after.text) return null;
  return { note, before, after, size: Number(lines[4]) };
}

// From a key that is trusted to the newest: each change signed by both its keys, at sizes that don't fall. Null where that isn't so.
export async function follow(trusted, text) {
  const notes = await Promise.all(split(text).map(read));
  if (notes.includes(null)) return null;
  const first = trusted ?? notes[0]?.before ?? null, start = notes.findIndex(one => one.before.text === first?.text), changes = [];
  for (const one of start < 0 ? [] : notes.slice(start)) {
    const last = changes.at(-1);
    if (last && (one.before.text !== last.after.text || one.size < last.size)) return null;
    for (const key of [one.before, one.after]) {
      const answer = await verifies(one.note, [key]);
      if (answer !== true) return null;
    }
    changes.push(one);
  }
  return first && { first, changes, newest: changes.at(-1)?.after ?? first };
}

// The keys that may have signed a head of this size: two at the very size of a change.
export function at(history, size) {
  const keys = [history.first, ...history.changes.map(one => one.after)];
  const begin = history.changes.filter(one => one.size < size).length, end = history.changes.filter(one => one.size <= size).length;
  return keys.slice(begin, end + 1);
}
