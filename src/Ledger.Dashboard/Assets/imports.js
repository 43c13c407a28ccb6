// While an import runs, its rows count up by themselves.
async function again() {
  try {
    const answer = await fetch(location.pathname, { headers: { Accept: 'text/html' } });
    const fresh = answer.ok && new DOMParser().parseFromString(await answer.text(), 'text/html').getElementById('jobs');
    if (fresh) document.getElementById('jobs').replaceWith(document.adoptNode(fresh));
  } catch { /* the connection comes back */ }
  if (document.querySelector('[data-running]')) setTimeout(again, 1500);
}
setTimeout(again, 1000);
