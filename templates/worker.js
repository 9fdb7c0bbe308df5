// Pages that open without network. Version {{ version }}.
'use strict';
const VERSION = '{{ version }}', PAGES = `pages-${VERSION}`, FILES = `files-${VERSION}`;
const WEEK = 7 * 24 * 3600 * 1000;

// What opens without network, one line each: [addresses, the page that stands in for all of them]. Without a page each address
// is kept as this reader saw it, once it asks for that (postMessage {keep, files}); with one, that page as the public sees it.
const KEPT = [
  [/^\/cohorts\/[^/]+\/sessions\/\d+\/$/],
  [/^\/audits\/[^/]+\/sites\/\d+\/(work|pack)\/$/],
  [/^\/verify\//, '/verify/'],
];
// Whoever signs in or out, or changes hats, leaves no page to the next.
const LEAVING = /^\/(accounts|account)\//;
const HASHED = /\.[0-9a-f]{12}\.[a-z0-9]+$/;

const rule = (path) => KEPT.find(([addresses]) => addresses.test(path));
const whole = (response) => response && response.ok && !response.redirected && response.type === 'basic';

const keepPage = async (path, credentials = 'same-origin') => {
  const response = await fetch(path, { credentials, cache: 'no-store', redirect: 'error' });  // signed out: not the sign-in page instead
  if (whole(response)) await (await caches.open(PAGES)).put(path, response);
};
const keepPublic = () => Promise.allSettled(KEPT.filter(([, page]) => page).map(([, page]) => keepPage(page, 'omit')));
const keepFile = async (url) => {
  const cache = await caches.open(FILES);
  if (HASHED.test(new URL(url).pathname) && await cache.match(url)) return;
  const response = await fetch(url);
  if (whole(response)) await cache.put(url, response);
};

self.addEventListener('install', (event) => { self.skipWaiting(); event.waitUntil(keepPublic()); });
self.addEventListener('activate', (event) => event.waitUntil((async () => {
  for (const name of await caches.keys()) if (name !== PAGES && name !== FILES) await caches.delete(name);
  await self.clients.claim();
})()));

self.addEventListener('message', (event) => {
  const { keep, files = [] } = event.data || {};
  const found = keep && rule(keep);
  if (!found) return;
  const ours = files.filter((url) => url.startsWith(`${location.origin}/static/`));
  event.waitUntil((async () => {
    const done = await Promise.allSettled([found[1] ? keepPublic() : keepPage(keep), ...ours.map(keepFile)]);
    if (done.every((one) => one.status === 'fulfilled')) event.source?.postMessage({ kept: keep });
  })());
});

const page = async (request, path, shared) => {
  try {
    const response = await fetch(request);
    if (!shared && whole(response)) await (await caches.open(PAGES)).put(path, response.clone());
    return response;
  } catch (error) {
    const kept = await (await caches.open(PAGES)).match(shared || path, { ignoreVary: true });
    if (kept && Date.now() - Date.parse(kept.headers.get('date') || 0) < WEEK) return kept;
    throw error;
  }
};
const file = async (request) => {
  const cache = await caches.open(FILES), kept = await cache.match(request);
  if (kept && HASHED.test(new URL(request.url).pathname)) return kept;
  try {
    const response = await fetch(request);
    if (whole(response)) await cache.put(request, response.clone());
    return response;
  } catch (error) {
    if (kept) return kept;
    throw error;
  }
};

self.addEventListener('fetch', (event) => {
  const { request } = event, url = new URL(request.url);
  if (url.origin !== location.origin) return;
  if (request.method === 'POST' && LEAVING.test(url.pathname)) event.waitUntil(caches.delete(PAGES).then(keepPublic));
  if (request.method !== 'GET') return;
  const found = request.mode === 'navigate' && rule(url.pathname);
  if (found) event.respondWith(page(request, url.pathname, found[1]));
  else if (url.pathname.startsWith('/static/')) event.respondWith(file(request));
});
