// The audit workspace, with or without network: the pack that was taken along, over it what this device keeps.
// Without this file every element has its plain page.
import { figures } from './figures.js';
import { sha256, shrink } from './photo.js';
import { add, all, alter, drop, rate } from './queue.js';
import { complete, send } from './sync.js';
import { paintElement, paintSides, today } from './paint.js';

const root = document.querySelector('[data-work]');
const form = root.querySelector('[data-form]');
const { reader, audit, site, pack: packUrl, send: url, worker } = root.dataset;
const place = (element) => ({ reader, audit, site, element });
const ours = (one) => one.reader === reader && one.site === site;
const SOON = 500, TO_SEND = 2000, AGAIN = 20000, PACK_SOON = 15000;

let pack = null, mine = [], others = false, code = '', last = '', unkept = false, full = false, keeping = Promise.resolve();
let basis = 0;  // revision of the rating that the fields show: what the next save goes on from

// The pack: fresh where there is network, else as it was taken along.
const fetchPack = async () => {
  try {
    const answer = await fetch(packUrl, { cache: 'no-store', credentials: 'same-origin' });
    if (answer.redirected || answer.status === 401) last = 'signin';
    else if (answer.status === 403 || answer.status === 404) last = 'closed';
    else if (answer.ok) {
      const fresh = await answer.json();
      if (fresh.reader === reader) { pack = fresh; return; }
      last = 'other';
    }
  } catch { last = 'offline'; }
  const kept = pack ? null : await caches.match(packUrl, { ignoreVary: true });
  if (kept) pack = await kept.json();
};

// What this device keeps of the site; what the pack knows by now is let go.
const readMine = async () => {
  const stale = (one) => ours(one) && ['sent', 'conflict'].includes(one.state) && pack && one.sent_at < pack.at;
  await alter((one) => (stale(one) ? null : undefined));
  const everything = await all();
  mine = everything.filter(ours);
  others = everything.some((one) => one.site === site && one.reader !== reader && one.state === 'waiting');
  const own = (one) => one.what === 'rating' && one.element === code && one.state === 'sent' && one.standing?.value === one.value && one.standing.justification === one.justification.trim();
  basis = Math.max(basis, ...mine.filter(own).map((one) => one.standing.revision));
};

const justify = () => pack?.rules.justify || [];
const waiting = () => mine.filter((one) => one.state === 'waiting' && complete(one, justify()));

// An element as it is on this device: {value, justification, revision, pieces, clash, refused, draft}.
const view = (element) => {
  const held = pack.ratings[element];
  const seen = { value: held?.value || '', justification: held?.justification || '', revision: held?.revision || 0, approved: held?.approved, clash: pack.conflicts.includes(element), refused: '' };
  let pieces = (pack.evidence[element] || []).map((piece) => ({ ...piece }));
  for (const one of mine.filter((each) => each.element === element)) {
    if (one.what === 'rating') {
      const stands = one.state === 'waiting' || one.state === 'refused' ? one : one.standing;
      if (stands) Object.assign(seen, { value: stands.value, justification: stands.justification, approved: undefined });
      if (one.standing) seen.revision = one.standing.revision;
      if (one.state === 'conflict') seen.clash = true;
      seen.refused = one.state === 'refused' ? one.detail : '';
    } else if (one.what === 'back') {
      pieces = pieces.filter((piece) => piece.id !== one.piece);
    } else if (one.state === 'sent') {
      if (one.kept && !pieces.some((piece) => piece.id === one.kept.id)) pieces.push({ ...one.kept, blob: null });
    } else {
      pieces.push({ ...one, n: one.many, unsent: one.state === 'waiting', refused: one.state === 'refused' ? one.detail : '', mine: true, blob: one.file, local: one.n, picture: one.file?.type.startsWith('image/'), size: one.file?.size });
    }
  }
  const gone = new Set(mine.filter((one) => one.what === 'back' && one.state !== 'refused').map((one) => one.piece));
  return { ...seen, pieces: pieces.filter((piece) => !gone.has(piece.id)) };
};

const show = (name, on) => { document.querySelector(`[data-sync="${name}"]`).hidden = !on; };
const fill = (where, selector, text) => { for (const one of where.querySelectorAll(selector)) one.textContent = text; };

const paintStatus = () => {
  const left = waiting(), refused = mine.filter((one) => one.state === 'refused');
  const off = last === 'offline', drafts = mine.filter((one) => one.state === 'waiting' && !complete(one, justify()));
  const box = document.querySelector('.work-sync');
  show('idle', off && !left.length && !drafts.length);
  show('offline', off && left.length > 0);
  show('waiting', left.length > 0 && !off && last !== 'sending');
  show('sending', last === 'sending');
  show('sent', last === 'sent' && !left.length && !drafts.length && !unkept);
  show('draft', drafts.length > 0);
  fill(box, '[data-drafts]', drafts.map((one) => one.element).join(', '));
  show('ready', last === '' && !left.length && root.dataset.kept === '1');
  show('signin', last === 'signin');
  show('closed', last === 'closed');
  show('other', last === 'other' || others);
  show('conflict', pack?.conflicts.length > 0 || mine.some((one) => one.state === 'conflict'));
  show('full', full);
  show('refused', refused.length > 0);
  fill(box, '[data-refusals]', [...new Set(refused.map((one) => `${one.element}: ${one.detail}`))].join(' '));
  fill(box, '[data-n]', left.length);
  fill(box, '[data-of]', pack ? pack.elements.length : '');
  const made = mine.filter((one) => one.state === 'waiting').map((one) => one.made_at).sort().pop();
  for (const chip of ['waiting', 'offline']) fill(document.querySelector(`[data-sync="${chip}"]`), '[data-time]', made ? new Date(made).toTimeString().slice(0, 5) : '');
  root.dataset.left = String(left.length);
};

const paint = (whole = true) => {
  paintStatus();
  if (!pack) return;
  const views = Object.fromEntries(pack.elements.map((e) => [e.code, view(e.code)]));
  const values = Object.fromEntries(Object.entries(views).map(([each, seen]) => [each, seen.value]));
  paintSides({ root, pack, views, code, so_far: figures(pack, values), left: waiting() });
  if (whole) showElement();
};
// `keep`: what stands in the fields is the person's own, and stays.
const showElement = (keep = false) => {
  const seen = view(code);
  paintElement({ root, form, pack, seen, code, keep });
  if (!keep) basis = seen.revision;
};

const refresh = async (whole = true) => { await readMine(); paint(whole); };

// A device that is full, or lets nothing be kept, says so at once.
const onDevice = async (act) => {
  try { await act(); full = false; } catch (error) { full = true; paintStatus(); throw error; }
};

// Writing: to the device half a second after the last key, to the portal two seconds after.
const typed = () => {
  const chosen = form.querySelector('input[name=value]:checked');
  return { value: chosen ? chosen.value : '', justification: form.elements.justification.value };
};
let soon = 0, later = 0;
const save = (element = code) => {
  clearTimeout(soon);
  if (!unkept) return keeping;
  unkept = false;
  const { value, justification } = typed(), revision = basis;
  keeping = keeping.then(async () => {
    await onDevice(() => rate(place(element), value, justification, revision));
    await refresh(false);
    showElement(true);
  }).catch(() => { unkept = true; });
  return keeping;
};
const changed = (delay) => {
  unkept = true;
  clearTimeout(soon);
  soon = setTimeout(save, delay);
  clearTimeout(later);
  later = setTimeout(sync, TO_SEND);
};

// What is being typed is kept first, and never painted over.
const refreshAround = async () => {
  await save();
  await refresh(false);
  showElement(unkept || writing());
};

const keepEvidence = async (what) => {
  await onDevice(() => add([{ ...place(code), client_ref: crypto.randomUUID(), what: 'evidence', made_at: new Date().toISOString(), state: 'waiting', tried: false, note: '', many: null, collected_on: today(), file: null, ...what }]));
  await refreshAround();
  clearTimeout(later);
  later = setTimeout(sync, 300);
};

const keepFile = async (input, isPhoto) => {
  const [chosen] = input.files;
  input.value = '';
  if (!chosen) return;
  form.querySelector('[data-too-large]').hidden = form.querySelector('[data-no-picture]').hidden = true;
  let file = chosen, name = chosen.name;
  if (isPhoto) {
    try { file = await shrink(chosen); } catch { form.querySelector('[data-no-picture]').hidden = false; return; }
    name = `${name.replace(/\.[^.]*$/, '')}.jpg`;
  }
  if (file.size > Number(root.dataset.most)) { form.querySelector('[data-too-large]').hidden = false; return; }
  // The bytes themselves: what the picker gave may be gone after a restart.
  const bytes = new Blob([await file.arrayBuffer()], { type: file.type });
  const { shows } = form.elements;
  await keepEvidence({ kind: isPhoto ? 'photo' : 'file', note: shows.value.trim(), file: bytes, name, sha256: await sha256(bytes) });
  shows.value = '';
};

const keepNote = async () => {
  const { kind, note, many, collected_on: day, covers_from: from, covers_to: to } = form.elements;
  if (!note.value.trim()) { note.focus(); return; }
  await keepEvidence({ kind: kind.value, note: note.value.trim(), many: Number(many.value) || null, collected_on: day.value || today(), covers_from: from.value, covers_to: to.value });
  for (const field of [note, many, from, to]) field.value = '';
  openNote(false);
};
const openNote = (on) => {
  form.querySelector('[data-note]').hidden = !on;
  form.querySelector('[data-note-open]').setAttribute('aria-expanded', String(on));
  if (on) { form.elements.collected_on.value = today(); form.elements.collected_on.max = today(); form.elements.note.focus(); }
};

const remove = async (piece) => {
  if (piece.local) await drop([{ n: piece.local }]);
  else await add([{ ...place(code), client_ref: crypto.randomUUID(), what: 'back', piece: piece.id, made_at: new Date().toISOString(), state: 'waiting', tried: false }]);
  await refreshAround();
  changedSoon();
};
const changedSoon = () => { clearTimeout(later); later = setTimeout(sync, 300); };

const writing = () => document.activeElement === form.elements.justification;

// Sending.
let again = 0;
const sync = async () => {
  clearTimeout(later);
  clearTimeout(again);
  await save();
  if (!pack) { await fetchPack(); if (!pack) return paintStatus(); }
  if (!waiting().length) { if (!navigator.onLine) last = 'offline'; else if (last === 'offline') last = ''; return paintStatus(); }
  if (!navigator.onLine) { last = 'offline'; return paintStatus(); }
  last = 'sending';
  paintStatus();
  const { state, said } = await send({ url, reader, site }, justify());
  last = state;
  if (said) Object.assign(pack, { findings: said.findings, figures: said.figures, conflicts: said.conflicts });
  await refresh(false);
  if (!unkept) showElement(writing() && !view(code).clash);
  if (state === 'sent') { fill(document.querySelector('[data-sync="sent"]'), '[data-time]', new Date().toTimeString().slice(0, 5)); clearTimeout(packing); packing = setTimeout(lookAgain, PACK_SOON); }
  else if (state === 'offline') again = setTimeout(sync, AGAIN);
};

// Asks the worker to keep this page and its pack as they are now.
let packing = 0;
const takeAlong = async () => {
  const files = performance.getEntriesByType('resource').map((one) => one.name).filter((name) => new URL(name).pathname.startsWith('/static/'));
  const active = (await navigator.serviceWorker?.ready)?.active;
  active?.postMessage({ keep: location.pathname, files });
  active?.postMessage({ keep: packUrl });
};

// What colleagues did meanwhile.
const lookAgain = async () => {
  if (!navigator.onLine || unkept) return;
  const before = last;
  await fetchPack();
  if (last === 'offline') last = before;
  await refresh(false);
  showElement(writing());
  takeAlong();
};

const open = async (wanted) => {
  await save();
  code = pack.elements.some((e) => e.code === wanted) ? wanted : (pack.elements.find((e) => !view(e.code).value) || pack.elements[0]).code;
  openNote(false);
  paint();
};
const go = (wanted) => { if (location.hash === `#${wanted}`) open(wanted); else location.hash = wanted; };

const listen = () => {
  form.addEventListener('input', (event) => { if (event.target.name === 'justification') changed(SOON); });
  form.addEventListener('change', (event) => { if (event.target.name === 'value') changed(0); });
  form.addEventListener('submit', async (event) => { event.preventDefault(); await save(); if (event.submitter?.dataset.code) go(event.submitter.dataset.code); sync(); });
  form.addEventListener('click', (event) => {
    const removed = event.target.closest('[data-remove]');
    if (removed) remove(removed.piece);
    else if (event.target.closest('[data-note-open]')) openNote(form.querySelector('[data-note]').hidden);
    else if (event.target.closest('[data-note-add]')) keepNote();
  });
  form.querySelector('[data-photo]').addEventListener('change', (event) => keepFile(event.target, true));
  form.querySelector('[data-file]').addEventListener('change', (event) => keepFile(event.target, false));
  root.querySelector('[data-pick]').addEventListener('change', (event) => go(event.target.value));
  root.querySelector('.rail').addEventListener('click', (event) => {
    const row = event.target.closest('[data-element]');
    if (!row || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    go(row.dataset.element);
  });
  document.querySelector('[data-forget]').addEventListener('click', async () => { await drop(mine.filter((one) => one.state === 'refused')); await refresh(); });
  document.querySelector('[data-again]').addEventListener('click', async () => {
    await alter((one) => (ours(one) && one.state === 'refused' ? { ...one, state: 'waiting', detail: '' } : undefined));
    await refresh();
    await sync();
  });
  addEventListener('hashchange', async () => {
    const picked = document.activeElement?.matches('[data-pick]');
    await open(location.hash.slice(1));
    if (!picked) form.querySelector('h2').focus();
  });
  addEventListener('online', () => { last = ''; sync(); });
  addEventListener('offline', () => { last = 'offline'; paintStatus(); });
  addEventListener('pagehide', () => { save(); });
  document.addEventListener('visibilitychange', () => { if (document.visibilityState === 'hidden') save(); else lookAgain(); });
};

const start = async () => {
  const wants = new Set([location.pathname, packUrl]);
  navigator.serviceWorker?.addEventListener('message', (event) => {
    if (wants.delete(event.data?.kept) && !wants.size) { root.dataset.kept = '1'; paintStatus(); }
  });
  if (navigator.serviceWorker) navigator.serviceWorker.register(worker, { scope: '/' }).then(takeAlong).catch(() => {});
  navigator.storage?.persist?.();
  if (!navigator.onLine) last = 'offline';
  await fetchPack();
  await readMine();
  root.querySelector('[data-loading]').hidden = true;
  if (!pack) { plain(); paintStatus(); return; }
  listen();
  form.hidden = false;
  await open(location.hash.slice(1));
  root.dataset.ready = '1';
  await sync();
};

// Without a sheet on the device: what leads on instead.
const plain = () => { root.querySelector('[data-loading]').hidden = true; root.querySelector('[data-plain]').hidden = false; };

root.querySelector('[data-loading]').hidden = false;
if (window.isSecureContext) start().catch((error) => { console.warn(error); if (form.hidden) plain(); });
else plain();
