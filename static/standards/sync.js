// Sends what waits: ratings and notes together, each file by itself. Sending one again is harmless: the server knows its reference.
import { all, alter } from './queue.js';

const AT_ONCE = 100;
export const complete = (one, justify) => one.what !== 'rating' || Boolean(one.value) && (!justify.includes(one.value) || Boolean(one.justification.trim()));

const shape = (one) => ({
  client_ref: one.client_ref,
  element: one.element,
  made_at: one.made_at,
  ...(one.what === 'rating' && { value: one.value, justification: one.justification, base_revision: one.base_revision, seen: one.seen }),
  ...(one.what === 'evidence' && {
    evidence: { kind: one.kind, note: one.note, n: one.many, collected_on: one.collected_on, covers_from: one.covers_from || null, covers_to: one.covers_to || null, sha256: one.sha256 || '' },
  }),
  ...(one.what === 'back' && { take_back: one.piece }),
});

const spoken = (answer) => {
  if (answer.redirected || answer.status === 401) return 'signin';
  if (answer.status === 403 || answer.status === 404) return 'closed';
  return answer.ok ? '' : 'offline';
};

// What the server said of each change goes into the store; a change typed on meanwhile only learns what stands.
const settle = ({ answers, now }) => {
  const said = new Map(answers.map((one) => [one.client_ref, one]));
  return alter((one) => {
    const own = said.get(one.client_ref);
    if (own && own.state === 'conflict') return { ...one, state: 'conflict', standing: own.standing, sent_at: now };
    if (own && own.state === 'refused') return { ...one, state: 'refused', detail: own.detail };
    if (own && one.file && own.kept?.sha256 !== one.sha256) return undefined;  // not confirmed: it stays and is sent again
    if (own) return { ...one, state: 'sent', standing: own.standing, kept: own.kept, file: null, sent_at: now };
    const before = one.state === 'waiting' && one.seen?.map((ref) => said.get(ref)).filter((answer) => answer && answer.standing && answer.state !== 'conflict').pop();
    return before ? { ...one, base_revision: before.standing.revision, seen: one.seen.filter((ref) => !said.has(ref)) } : undefined;
  });
};

let running = null;

// One at a time: {state: 'sent' | 'offline' | 'signin' | 'other' | 'closed', said: last answer}.
export const send = (place, justify) => {
  const turn = () => attempt(place, justify);
  const alone = () => (navigator.locks ? navigator.locks.request('cse-audit-sync', turn) : turn());
  running = running || alone().finally(() => { running = null; });
  return running;
};

const attempt = async ({ url, reader, site }, justify) => {
  const mine = (one) => one.state === 'waiting' && one.reader === reader && one.site === site && complete(one, justify);
  const tried = new Set();
  let said = null, failed = false;
  for (;;) {
    const left = (await all()).filter((one) => mine(one) && !tried.has(one.client_ref));
    if (!left.length) return { state: failed ? 'offline' : 'sent', said };
    const file = !left.some((one) => !one.file) && left[0];
    const some = file ? [file] : left.filter((one) => !one.file).slice(0, AT_ONCE);
    const refs = new Set(some.map((one) => one.client_ref)), batch = [];
    for (const ref of refs) tried.add(ref);
    try {
      const fresh = await fetch(url, { cache: 'no-store', credentials: 'same-origin' });
      const word = spoken(fresh);
      if (word) return { state: word, said };
      const who = await fresh.json();
      if (who.reader !== reader) return { state: 'other', said };
      await alter((one) => {  // as they are now; what is typed from here on gets a reference of its own
        if (!refs.has(one.client_ref)) return undefined;
        batch.push({ ...one, tried: true });
        return batch.at(-1);
      });
      if (!batch.length) continue;
      const answer = await fetch(url, { method: 'POST', credentials: 'same-origin', ...body(batch, file, who.csrf) });
      const outcome = spoken(answer);
      if (outcome === 'offline') { failed = true; continue; }
      if (outcome) return { state: outcome, said };
      said = await answer.json();
    } catch { return { state: 'offline', said }; }
    await settle(said);
  }
};

const body = (some, file, csrf) => {
  if (!file) return { headers: { 'Content-Type': 'application/json', 'X-CSRFToken': csrf }, body: JSON.stringify({ changes: some.map(shape) }) };
  const form = new FormData();
  form.append('change', JSON.stringify(shape(file)));
  form.append('upload', file.file, file.name);
  return { headers: { 'X-CSRFToken': csrf }, body: form };
};
