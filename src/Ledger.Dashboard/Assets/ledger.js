// What pages can do beyond links and forms. Everything works without it.
const offline = document.getElementById('offline');
const show = () => { if (offline) offline.hidden = navigator.onLine; };
addEventListener('online', show);
addEventListener('offline', show);
show();

// After a refused form the summary of errors is what a reader needs first.
document.querySelector('[data-focus]')?.focus();
