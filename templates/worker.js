// Pages that open without network. Version {{ version }}.
'use strict';
const VERSION = '{{ version }}', PAGES = `pages-${VERSION}`, FILES = `files-${VERSION}`;
const WEEK = 7 * 24 * 3600 * 1000;

// What may be kept: one line each. A page is kept when it asks for it (postMessage {keep, files}).
const KEPT = [
  /^\/cohorts\/[^/]+\/sessions\/\d+\/$/,
];
// Whoever signs in or out, or changes hats, leaves no page to the next.
const LEAVING = /^\/(accounts|account)\//;
const HASHED = /\.[0-9a-f]{12}\.[a-z0-9]+$/;

const keeps = (path) => KEPT.some((one) => one.test(path));
const whole = (response) => response && response.ok && !response.redirected && response.type === 'basic';

self.addEventListener('install', () => self.skipWaiting());
self.addEventListener('activate', (event) => event.waitUntil((async () => {
  for (const name of await caches.keys()) if (name !== PAGES && name !== FILES) await caches.delete(name);
  await self.clients.claim();
})()));

const keepPage = async (path) => {
  const response = await fetch(path, { credentials: 'same-origin', cache: 'no-store' });
  if (whole(response)) await (await caches.open(PAGES)).put(path, response);
};
const keepFile = async (url) => {
  const cache = await caches.open(FILES);
  if (HASHED.test(new URL(url).pathname) && await cache.match(url)) return;
  const response = await fetch(url);
  if (whole(response)) await cache.put(url, response);
};

self.addEventListener('message', (event) => {
  const { keep, files = [] } = event.data || {};
  if (!keep || !keeps(keep)) return;
  const ours = files.filter((url) => url.startsWith(`${location.origin}/static/`));
  event.waitUntil(Promise.allSettled([keepPage(keep), ...ours.map(keepFile)]));
});

const page = async (request, path) => {
  try {
    const response = await fetch(request);
    if (whole(response)) await (await caches.open(PAGES)).put(path, response.clone());
    return response;
  } catch (error) {
    const kept = await (await caches.open(PAGES)).match(path);
    if (kept && Date.now() - Date.parse(kept.headers.get('date') || 0) < WEEK) return kept;
    throw error;
  }
};
const file = async (request) => {
  const cache = await caches.open(FILES), kept = await cache.match(request);
  if (kept && HASHED.test(new URL(request.url).pathname)) return kept;
  try { return await fetch(request); } catch (error) {
    if (kept) return kept;
    throw error;
  }
};

self.addEventListener('fetch', (event) => {
  const { request } = event, url = new URL(request.url);
  if (url.origin !== location.origin) return;
  if (request.method === 'POST' && LEAVING.test(url.pathname)) event.waitUntil(caches.delete(PAGES));
  if (request.method !== 'GET') return;
  if (request.mode === 'navigate' && keeps(url.pathname)) event.respondWith(page(request, url.pathname));
  else if (url.pathname.startsWith('/static/')) event.respondWith(file(request));
});
