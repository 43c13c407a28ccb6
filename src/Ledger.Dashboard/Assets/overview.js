// The as-of bar: moving it shows the picture of that moment at once, Play runs through the history, and what is new says so without moving anything.
const bar = document.querySelector('.asof');
const range = document.getElementById('asof-range');
const picture = document.getElementById('picture');
const play = document.getElementById('asof-play');
const least = Number(range.min);

let wanted = null;
let busy = false;

async function show(count) {
  wanted = count;
  if (busy) return;
  busy = true;
  try {
    while (wanted !== null) {
      const now = wanted;
      wanted = null;
      const url = new URL(location.href);
      url.searchParams.set('asOf', now);
      url.searchParams.delete('asOfZone');
      const answer = await fetch(url, { headers: { accept: 'text/html' } });
      if (!answer.ok) continue;
      const page = new DOMParser().parseFromString(await answer.text(), 'text/html');
      const fresh = page.getElementById('picture');
      if (!fresh) continue;
      const opened = [...picture.querySelectorAll('details[open]')].map(d => d.closest('figure')?.getAttribute('aria-labelledby'));
      picture.replaceChildren(...fresh.childNodes);
      for (const id of opened) picture.querySelector(`[aria-labelledby="${id}"] details`)?.setAttribute('open', '');
      document.getElementById('asof-said').textContent = page.getElementById('asof-said').textContent;
      history.replaceState(null, '', url);
      document.documentElement.dataset.shown = now;
    }
  } finally {
    busy = false;
  }
}

range.addEventListener('input', () => { stop(); show(range.value); });

let timer = null;
const playWord = play.textContent;
function stop() {
  clearInterval(timer);
  timer = null;
  play.textContent = playWord;
}
play.hidden = false;
play.addEventListener('click', () => {
  if (timer) return stop();
  const most = Number(range.max);
  if (Number(range.value) >= most) range.value = least;
  const step = Math.max(1, Math.round((most - least) / 60));
  play.textContent = bar.dataset.playing;
  timer = setInterval(() => {
    if (busy) return;
    range.value = Number(range.value) + step;
    show(range.value);
    if (Number(range.value) >= most) stop();
  }, matchMedia('(prefers-reduced-motion: reduce)').matches ? 1000 : 250);
});

if (bar.dataset.live === 'true') {
  const news = document.getElementById('news');
  const seen = new Set();
  const feed = new EventSource(`/api/v1/events?after=${Number(bar.dataset.count) - 1}`);
  feed.onmessage = message => {
    const event = JSON.parse(message.data);
    if (event.agreementId !== bar.dataset.agreement) return;
    seen.add(event.sequence);
    news.firstElementChild.textContent = bar.dataset.new.replace('{0}', seen.size);
    news.hidden = false;
  };
  // A browser tries again by itself; the reader is told meanwhile.
  const live = document.getElementById('live').lastChild;
  const liveWord = live.textContent;
  feed.onerror = () => { live.textContent = bar.dataset.again; };
  feed.onopen = () => { live.textContent = liveWord; };
  addEventListener('pagehide', () => feed.close());
}
