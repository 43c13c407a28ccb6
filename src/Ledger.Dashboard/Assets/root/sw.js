// Keeps the record form, its codes and its assets for when there is no network. It never sees or keeps a case.
const Kept = 'ledger-record';

self.addEventListener('install', () => self.skipWaiting());
self.addEventListener('activate', event => event.waitUntil(self.clients.claim()));
self.addEventListener('fetch', event => {
  const { method, url } = event.request, { origin, pathname, search } = new URL(url);
  if (method !== 'GET' || origin !== self.location.origin) return;
  if (pathname === '/record') event.respondWith(newest(event.request));
  else if (pathname.startsWith('/assets/')) event.respondWith(search.startsWith('?v=') ? kept(event.request) : newest(event.request));
});

// A network that hangs is none.
async function newest(request) {
  const cache = await caches.open(Kept);
  const old = () => cache.match(request).then(found => found ?? cache.match('/record', { ignoreSearch: true }));
  try {
    const answer = await Promise.race([fetch(request), new Promise((_, fail) => setTimeout(fail, 8000, new Error('slow')))]);
    if (answer.ok && answer.type === 'basic') await cache.put(request, answer.clone());
    return answer.status >= 502 && await old() || answer;
  } catch (e) {
    const found = request.mode === 'navigate' ? await old() : await cache.match(request);
    if (found) return found;
    throw e;
  }
}

async function kept(request) {
  const cache = await caches.open(Kept), found = await cache.match(request);
  if (found) return found;
  const answer = await fetch(request);
  if (answer.ok) await cache.put(request, answer.clone());
  return answer;
}
