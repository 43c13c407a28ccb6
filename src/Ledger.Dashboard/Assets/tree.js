// RFC 6962 / RFC 9162 trees with WebCrypto: leaves, inclusion, consistency. Sizes stay below 2^53.
const sha = async (...parts) => new Uint8Array(await crypto.subtle.digest('SHA-256', join(parts)));

export function join(parts) {
  const all = new Uint8Array(parts.reduce((n, p) => n + p.length, 0));
  let at = 0;
  for (const p of parts) { all.set(p, at); at += p.length; }
  return all;
}

export const sha256 = sha;
export const leafHash = entry => sha(Uint8Array.of(0), entry);
export const nodeHash = (left, right) => sha(Uint8Array.of(1), left, right);
export const same = (a, b) => a.length === b.length && a.every((x, i) => x === b[i]);

const half = n => Math.floor(n / 2), odd = n => n % 2 === 1;

// RFC 9162 §2.1.3.2. Null where the proof isn't one of exactly this leaf in a tree of this size.
export async function rootFromInclusion(index, size, leaf, proof) {
  if (!(index >= 0 && index < size) || [leaf, ...proof].some(h => h.length !== 32)) return null;
  let fn = index, sn = size - 1, r = leaf;
  for (const p of proof) {
    if (sn === 0) return null;
    if (odd(fn) || fn === sn) {
      r = await nodeHash(p, r);
      while (!odd(fn) && fn !== 0) { fn = half(fn); sn = half(sn); }
    } else r = await nodeHash(r, p);
    fn = half(fn); sn = half(sn);
  }
  return sn === 0 ? r : null;
}

// RFC 9162 §2.1.4.2: true where the tree of size2 begins with the tree of size1.
export async function isConsistent(size1, root1, size2, root2, proof) {
  if (size1 < 1 || size1 > size2) return false;
  if (size1 === size2) return proof.length === 0 && same(root1, root2);
  const path = Number.isInteger(Math.log2(size1)) ? [root1, ...proof] : [...proof];
  if (!proof.length || !path.length) return false;
  let fn = size1 - 1, sn = size2 - 1;
  while (odd(fn)) { fn = half(fn); sn = half(sn); }
  let fr = path[0], sr = path[0];
  for (const c of path.slice(1)) {
    if (sn === 0) return false;
    if (odd(fn) || fn === sn) {
      fr = await nodeHash(c, fr); sr = await nodeHash(c, sr);
      while (!odd(fn) && fn !== 0) { fn = half(fn); sn = half(sn); }
    } else sr = await nodeHash(sr, c);
    fn = half(fn); sn = half(sn);
  }
  return sn === 0 && same(fr, root1) && same(sr, root2);
}

const below = n => { let k = 1; while (k * 2 < n) k *= 2; return k; };

// RFC 9162 §2.1.4.1, out of the hashes that a log serves as tiles. `range(lo, hi)` is the hash of leaves lo to hi - 1.
export async function consistencyProof(m, n, range) {
  const sub = async (size, lo, hi, whole) => {
    if (size === hi - lo) return whole ? [] : [await range(lo, hi)];
    const k = below(hi - lo);
    return size <= k
      ? [...await sub(size, lo, lo + k, whole), await range(lo + k, hi)]
      : [...await sub(size - k, lo + k, hi, false), await range(lo, lo + k)];
  };
  return m === n ? [] : sub(m, 0, n, true);
}

// Hashes of ranges from C2SP tiles: `tile(level, index, width)` gives the bytes. A perfect subtree lies on a tile's level or is hashed up from it.
export function ranges(size, tile) {
  const kept = new Map();
  const load = (level, index) => {
    const key = level + '/' + index;
    if (!kept.has(key)) kept.set(key, tile(level, index, Math.min(256, Math.floor(size / 256 ** level) - index * 256)));
    return kept.get(key);
  };
  const perfect = async (height, index) => {
    const level = Math.floor(height / 8), span = 2 ** (height % 8), first = index * span;
    const bytes = await load(level, Math.floor(first / 256));
    let row = Array.from({ length: span }, (_, i) => bytes.slice((first % 256 + i) * 32, (first % 256 + i + 1) * 32));
    if (row.some(h => h.length !== 32)) throw new Error('tile');
    while (row.length > 1) row = await Promise.all(Array.from({ length: row.length / 2 }, (_, i) => nodeHash(row[2 * i], row[2 * i + 1])));
    return row[0];
  };
  const range = async (lo, hi) => {
    const n = hi - lo, height = Math.log2(n);
    if (Number.isInteger(height)) return perfect(height, lo / n);
    const k = below(n);
    return nodeHash(await range(lo, lo + k), await range(lo + k, hi));
  };
  return range;
}

// x001/x234/067, as C2SP tlog-tiles writes numbers.
export function tilePath(level, index, width) {
  let path = String(index % 1000).padStart(3, '0');
  for (let n = Math.floor(index / 1000); n > 0; n = Math.floor(n / 1000)) path = 'x' + String(n % 1000).padStart(3, '0') + '/' + path;
  return `/log/tile/${level}/${path}${width < 256 ? '.p/' + width : ''}`;
}
