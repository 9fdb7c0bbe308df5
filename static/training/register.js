// The register of one session, with or without network. Without this file the page is a plain form that does the same.
import { add, all, drop } from './queue.js';
import { send } from './sync.js';

const form = document.querySelector('[data-register]');
const { session, reader, at, send: url, worker } = form.dataset;
const late = 'late' in form.dataset;  // a day after the session the plain form asks why; what the phone kept is still sent
const seats = [...form.querySelectorAll('[data-seat]')];
const radios = (seat) => [...seat.querySelectorAll('input[type=radio]')];
const base = (seat) => seat.querySelector('input[name^="base-"]');
const show = (name, on) => { form.querySelector(`[data-sync="${name}"]`).hidden = !on; };
let last = '';
const fresh = new Set();  // client ids of marks made on this page

const keep = async (pairs) => {
  const now = new Date().toISOString();
  const made = pairs.map(([seat, mark]) => ({
    client_id: crypto.randomUUID(), reader, session, enrolment: Number(seat.dataset.seat), mark, base: base(seat).value || null, marked_at: now, state: 'waiting',
  }));
  made.forEach((mark, i) => { base(pairs[i][0]).value = mark.client_id; fresh.add(mark.client_id); });
  await add(made);
};

const mine = async () => (await all()).filter((mark) => mark.session === session && mark.reader === reader);

// What the phone holds over what the page says; marks the page knows already are let go.
const overlay = async () => {
  if (late) return;
  const kept = await mine();
  await drop(kept.filter((mark) => ['sent', 'conflict'].includes(mark.state) && mark.sent_at < at));
  const left = await mine(), written = new Set(left.map((mark) => mark.client_id));
  const newer = seats.filter((seat) => fresh.has(base(seat).value) && !written.has(base(seat).value));  // marked while this was read
  for (const mark of left) {
    const seat = seats.find((one) => one.dataset.seat === String(mark.enrolment));
    if (!seat || newer.includes(seat) || mark.state === 'refused') continue;
    const stands = mark.state === 'waiting' ? mark : mark.standing;
    if (mark.state === 'conflict') seat.querySelector('[data-clash]').hidden = false;
    if (!stands) continue;
    for (const radio of radios(seat)) radio.checked = radio.value === stands.mark;
    base(seat).value = stands.client_id || '';
  }
};

const paint = async (state) => {
  last = state || last;
  const everything = await all();
  const kept = everything.filter((mark) => mark.session === session && mark.reader === reader);
  const waiting = everything.filter((mark) => mark.state === 'waiting' && mark.reader === reader);
  const refused = kept.filter((mark) => mark.state === 'refused');
  const clash = kept.some((mark) => mark.state === 'conflict') || seats.some((seat) => !seat.querySelector('[data-clash]').hidden);
  const off = last === 'offline' && !navigator.onLine;
  show('offline', off);
  show('waiting', last === 'offline' && !off && waiting.length > 0);
  show('signin', last === 'signin');
  show('other', last === 'other' || everything.some((mark) => mark.state === 'waiting' && mark.reader !== reader));
  show('conflict', clash);
  show('refused', refused.length > 0);
  form.querySelector('[data-refusals]').textContent = [...new Set(refused.map((mark) => mark.detail))].join(' ');
  for (const chip of form.querySelectorAll('[data-chip]')) chip.hidden = true;
  const chip = (name) => form.querySelector(`[data-chip="${name}"]`);
  if (last === 'sending') chip('sending').hidden = false;
  else if (waiting.length) { chip('offline').hidden = false; chip('offline').querySelector('[data-n]').textContent = waiting.length; }
  else if (last === 'sent') chip('sent').hidden = false;
  const ticked = seats.map((seat) => radios(seat).find((radio) => radio.checked)?.value).filter(Boolean);
  form.querySelector('[data-marked]').textContent = ticked.length;
  for (const count of form.querySelectorAll('[data-count]')) {
    const n = ticked.filter((mark) => mark === count.dataset.count).length;
    count.hidden = !n;
    count.firstElementChild.textContent = n;
  }
};

const sync = async () => {
  if (!navigator.onLine) return paint('offline');
  await paint('sending');
  const state = await send(url, reader);
  await overlay();
  if (state === 'sent') form.querySelector('[data-time]').textContent = new Date().toTimeString().slice(0, 5);
  await paint(state);
  if (state === 'sent') remember();
};

// Asks the worker to keep this page as it is now, so that it opens without network.
const remember = async () => {
  if (late) return;
  const files = performance.getEntriesByType('resource').map((one) => one.name).filter((name) => new URL(name).pathname.startsWith('/static/'));
  (await navigator.serviceWorker?.ready)?.active?.postMessage({ keep: location.pathname, files });
};

let soon = 0;
const later = () => { clearTimeout(soon); soon = setTimeout(sync, 700); };

const start = async () => {
  if (!window.isSecureContext) return;  // no identities, no worker: the plain form stays, as it does without a store
  await all();
  await overlay();
  if (!late) listen();
  form.querySelector('[data-forget]').addEventListener('click', async () => {
    await drop((await mine()).filter((mark) => mark.state === 'refused'));
    await paint();
  });
  window.addEventListener('online', sync);
  window.addEventListener('offline', () => paint('offline'));
  form.dataset.ready = '1';
  if ((await all()).some((mark) => mark.state === 'waiting' && mark.reader === reader) || !navigator.onLine) await sync();
  else await paint();
};

const listen = () => {
  form.addEventListener('change', async (event) => {
    const seat = event.target.closest('[data-seat]');
    if (!seat) return;
    await keep([[seat, event.target.value]]);
    await paint(navigator.onLine ? 'sending' : 'offline');
    later();
  });
  form.addEventListener('submit', async (event) => {
    event.preventDefault();
    if (event.submitter?.name === 'all') {
      const left = seats.filter((seat) => !radios(seat).some((radio) => radio.checked));
      for (const seat of left) radios(seat).find((radio) => radio.value === 'present').checked = true;
      await keep(left.map((seat) => [seat, 'present']));
    }
    clearTimeout(soon);
    await sync();
  });
  if ('serviceWorker' in navigator) {
    navigator.serviceWorker.addEventListener('message', (event) => { if (event.data?.kept === location.pathname) form.dataset.kept = '1'; });
    navigator.serviceWorker.register(worker, { scope: '/' }).then(remember).catch(() => {});
  }
};

start().catch((error) => console.warn(error));
