// Changes of audits kept on this device. Each: {client_ref, reader, audit, site, element, what, made_at, state, tried} and
//   what rating:   value, justification, base_revision, seen (own earlier references whose answers never came), standing (once answered)
//   what evidence: kind, note, many, collected_on, covers_from, covers_to, file (Blob), name, sha256, kept (once answered)
//   what back:     piece (id of the evidence taken back)
// state: waiting | sent | conflict | refused (with detail). One rating an element waits at most: typing on changes it in place.
import { kept } from '../cse_portal/js/kept.js';

const { all, add, drop, alter } = kept('cse-audit', 'changes', 'client_ref');
export { all, add, drop, alter };

// Keeps a rating. `base` is the revision known, `seen` the references of own saves that were sent and not answered.
export const rate = async (place, value, justification, base) => {
  let changed = false;
  const now = new Date().toISOString();
  await alter((one) => {
    if (one.what !== 'rating' || one.element !== place.element || one.site !== place.site || one.reader !== place.reader) return undefined;
    if (one.state === 'refused') return null;
    if (one.state !== 'waiting' || changed) return undefined;
    changed = true;
    const seen = one.tried ? [...one.seen, one.client_ref] : one.seen;
    return { ...one, value, justification, seen, made_at: now, client_ref: one.tried ? crypto.randomUUID() : one.client_ref, tried: false };
  });
  if (!changed) await add([{ ...place, client_ref: crypto.randomUUID(), what: 'rating', value, justification, base_revision: base, seen: [], made_at: now, state: 'waiting', tried: false }]);
};
