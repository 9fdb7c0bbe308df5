// Marks kept on this phone. A kept mark: {client_id, reader, session, enrolment, mark, base, marked_at, state}.
// state: waiting | sent | conflict | refused (with detail).
import { kept } from '../cse_portal/js/kept.js';

export const { all, add, put, drop } = kept('cse-register', 'marks', 'client_id');
