// What is shown of an event against its stored bytes: its fields, and each text that lies outside it against the digest that the event committed to (RFC 9901).
// src/Ledger.Auditor/Checking/ShownEvent.cs says the same in C#.
import { bytesOf, toBase64 } from './note.js';
import { sha256 } from './tree.js';

const url = bytes => toBase64(bytes).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
const utf8 = new TextDecoder('utf-8', { fatal: true });

function read(encoded) {
  try {
    const text = utf8.decode(Uint8Array.from(atob(encoded.replaceAll('-', '+').replaceAll('_', '/')), c => c.charCodeAt(0)));
    const [salt, name, value, ...rest] = JSON.parse(text);
    return typeof salt === 'string' && typeof name === 'string' && value !== undefined && !rest.length ? { name, value } : null;
  } catch { return null; }
}

const isObject = value => value !== null && typeof value === 'object' && !Array.isArray(value);

function equal(a, b) {
  if (Array.isArray(a)) return Array.isArray(b) && a.length === b.length && a.every((one, i) => equal(one, b[i]));
  if (!isObject(a)) return a === b;
  return isObject(b) && Object.keys(a).length === Object.keys(b).length && Object.keys(a).every(name => Object.hasOwn(b, name) && equal(a[name], b[name]));
}

// Short texts lie in the event itself.
const Prose = ['narrative', 'statement', 'rationale', 'basis', 'description', 'acquiredFrom', 'legalBasis'];

// { wrong: path or null, texts: [[path, value]] that the event committed to, missing: how many aren't shown }
export async function compare(item, data, metadata) {
  const found = { wrong: null, texts: [], missing: 0 }, disclosures = new Map(), used = new Set();
  for (const encoded of item.raw.disclosures ?? []) disclosures.set(url(await sha256(bytesOf(encoded))), read(encoded));
  const differs = path => { found.wrong ??= path; };

  const texts = (stored, shown, path) => {
    const names = stored._sdOf ?? [], digests = stored._sd ?? [];
    names.forEach((name, i) => {
      if (!Object.hasOwn(shown, name)) { found.missing++; return; }
      const said = disclosures.get(digests[i]);
      used.add(digests[i]);
      if (!said || said.name !== name || !equal(said.value, shown[name])) differs(`${path}.${name}`);
      else found.texts.push([`${path}.${name}`, said.value]);
    });
    return new Set(names);
  };
  const walk = (stored, shown, path) => {
    if (Array.isArray(stored) && Array.isArray(shown) && stored.length === shown.length) { stored.forEach((one, i) => walk(one, shown[i], `${path}[${i}]`)); return; }
    if (!isObject(stored) || !isObject(shown)) { if (!equal(stored, shown)) differs(path); return; }
    const hidden = texts(stored, shown, path);
    const fields = json => Object.keys(json).filter(name => name !== '_sd' && name !== '_sdOf');
    for (const name of fields(stored)) if (Prose.includes(name) && typeof stored[name] === 'string') found.texts.push([`${path}.${name}`, stored[name]]);
    for (const name of fields(stored)) Object.hasOwn(shown, name) ? walk(stored[name], shown[name], `${path}.${name}`) : differs(`${path}.${name}`);
    for (const name of fields(shown)) if (!Object.hasOwn(stored, name) && !hidden.has(name)) differs(`${path}.${name}`);
  };

  try {
    walk(JSON.parse(utf8.decode(data)), item.data, 'data');
    if (!equal(JSON.parse(utf8.decode(metadata)).actor, item.actor)) differs('actor');
  } catch { differs('data'); }
  if (disclosures.size > used.size) differs('disclosures');
  return found;
}
