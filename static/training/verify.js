// Checks the signed code of a certificate in the browser: with the record beside it, or alone where there is no network.
const STATED = 64;  // bytes of the signature at the end

// Bytes of unpadded base64url in its canonical spelling; throws otherwise.
export const decode = (text) => {
  if (!/^[A-Za-z0-9_-]+$/.test(text) || text.length % 4 === 1) throw new Error('not base64url');
  const bytes = Uint8Array.from(atob(text.replace(/-/g, '+').replace(/_/g, '/')), (c) => c.charCodeAt(0));
  const again = btoa(String.fromCharCode(...bytes)).replace(/\+/g, '-').replace(/\//g, '_').replace(/=+$/, '');
  if (again !== text) throw new Error('not canonical');
  return bytes;
};

// The part of CBOR that certificates use: whole numbers, bytes, text, lists, maps with text keys, null. Throws on the rest.
export const readCbor = (bytes) => {
  let at = 0;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const size = (low) => {
    if (low < 24) return low;
    const width = { 24: 1, 25: 2, 26: 4 }[low];
    if (!width || at + width > bytes.length) throw new Error('not CBOR of ours');
    const n = width === 1 ? view.getUint8(at) : width === 2 ? view.getUint16(at) : view.getUint32(at);
    at += width;
    return n;
  };
  const take = (n) => {
    if (at + n > bytes.length) throw new Error('cut short');
    at += n;
    return bytes.subarray(at - n, at);
  };
  const item = () => {
    const head = take(1)[0], major = head >> 5, low = head & 31;
    if (head === 0xf6) return null;
    const n = size(low);
    if (major === 0) return n;
    if (major === 1) return -1 - n;
    if (major === 2) return take(n);
    if (major === 3) return new TextDecoder('utf-8', { fatal: true }).decode(take(n));
    if (major === 4) return Array.from({ length: Math.min(n, bytes.length) }, item);
    if (major === 5) {
      const map = new Map();
      for (let i = 0; i < n; i += 1) { const key = item(); map.set(key, item()); }
      return Object.fromEntries(map);
    }
    throw new Error('not CBOR of ours');
  };
  const value = item();
  if (at !== bytes.length) throw new Error('more than one value');
  return value;
};

const hex = (bytes) => Array.from(bytes, (b) => b.toString(16).padStart(2, '0')).join('');

// The facts of a payload if one of these keys ({id: base64url}) signed it; null if not. Throws where the browser cannot tell.
export const check = async (payload, keys) => {
  let facts, body, signature, raw;
  try {
    const bytes = decode(payload);
    body = bytes.subarray(0, -STATED);
    signature = bytes.subarray(-STATED);
    facts = readCbor(body);
    raw = decode(keys[hex(facts.s)]);
  } catch (error) {
    return null;
  }
  const key = await crypto.subtle.importKey('raw', raw, { name: 'Ed25519' }, false, ['verify']);
  return await crypto.subtle.verify({ name: 'Ed25519' }, key, signature, body) ? facts : null;
};

// {code, payload} of what was scanned, or typed into the form while there is no network; null where nothing was signed.
export const asked = (place) => {
  const typed = new URLSearchParams(place.search).get('code') || '';
  const found = /\/verify\/([0-9A-Z-]{10,30})\/#([A-Za-z0-9_-]{80,})/.exec(typed ? typed : place.pathname + place.hash);
  return found && { code: found[1], payload: found[2] };
};

const day = (number) => new Date(Date.UTC(2020, 0, 1 + number));

const box = document.getElementById('signed');
const say = async () => {
  const words = asked(location);
  box.hidden = !words;
  if (!words) return;
  const language = { en: 'en-GB', sw: 'sw-KE' }[document.documentElement.lang];
  const keys = Object.fromEntries(box.dataset.keys.split(' ').map((pair) => pair.split(':')));
  let facts = null, verdict;
  try {
    facts = await check(words.payload, keys);
    if (facts && facts.c !== words.code) facts = null;
    verdict = !facts ? 'forged' : box.dataset.code === words.code ? 'good' : 'offline';
  } catch (error) {
    verdict = 'unable';
  }
  box.className = `result ${{ good: box.dataset.state === 'valid' ? '' : 'grey', offline: 'warn', forged: 'bad', unable: 'grey' }[verdict]}`;
  for (const part of box.querySelectorAll('[data-say]')) part.hidden = !part.dataset.say.split(' ').includes(verdict);
  const plain = new Intl.DateTimeFormat(language, { day: 'numeric', month: 'long', year: 'numeric', timeZone: 'UTC' });
  const shown = facts && { ...facts, i: plain.format(day(facts.i)), x: facts.x === null ? '–' : plain.format(day(facts.x - 1)) };
  for (const part of box.querySelectorAll('[data-fact]')) part.textContent = shown ? shown[part.dataset.fact] : '';
  const moment = new Intl.DateTimeFormat(language, { dateStyle: 'long', timeStyle: 'short', timeZone: 'Africa/Nairobi' });
  box.querySelector('[data-since]').textContent = moment.format(new Date(box.dataset.at));
  box.dataset.verdict = verdict;
};

if (box) {
  addEventListener('hashchange', say);
  say();
  navigator.serviceWorker?.register(box.dataset.worker, { scope: '/' }).then(async () => {
    const files = performance.getEntriesByType('resource').map((one) => one.name);
    (await navigator.serviceWorker.ready).active?.postMessage({ keep: '/verify/', files });
    box.dataset.kept = '1';
  }).catch(() => {});
}
