// Sends the marks that wait. Sending one again is harmless: the server knows its client id.
import { all, put } from './queue.js';

const AT_ONCE = 200;

const device = () => {
  const said = navigator.userAgent;
  const system = /Android|iPhone|iPad|Windows|Mac OS|Linux/.exec(said)?.[0] || '';
  const browser = /Firefox|Edg|OPR|Chrome|Safari/.exec(said)?.[0] || '';
  let mine = localStorage.getItem('cse-device');
  if (!mine) localStorage.setItem('cse-device', mine = crypto.randomUUID().slice(0, 4));
  return `${system} ${browser} ${mine}`.trim();
};

let running = null;

// One at a time: 'sent' | 'offline' | 'signin' | 'other' (somebody else is signed in).
export const send = (url, reader) => {
  running = running || attempt(url, reader).finally(() => { running = null; });
  return running;
};

const attempt = async (url, reader) => {
  let waiting = (await all()).filter((mark) => mark.state === 'waiting' && mark.reader === reader);
  while (waiting.length) {
    const some = waiting.slice(0, AT_ONCE);
    let fresh, answer;
    try {
      fresh = await fetch(url, { cache: 'no-store', credentials: 'same-origin' });
      if (fresh.redirected || fresh.status === 401 || fresh.status === 403) return 'signin';
      if (!fresh.ok) return 'offline';
      const who = await fresh.json();
      if (who.reader !== reader) return 'other';
      answer = await fetch(url, {
        method: 'POST', credentials: 'same-origin',
        headers: { 'Content-Type': 'application/json', 'X-CSRFToken': who.csrf },
        body: JSON.stringify({ device: device(), entries: some.map(({ client_id, session, enrolment, mark, base, marked_at }) => ({ client_id, session, enrolment, mark, base, marked_at })) }),
      });
      if (answer.redirected || answer.status === 401 || answer.status === 403) return 'signin';
      if (!answer.ok) return 'offline';
      answer = await answer.json();
    } catch { return 'offline'; }
    const said = new Map(answer.answers.map((one) => [one.client_id, one]));
    await put(some.map((mark) => {
      const one = said.get(mark.client_id);
      if (!one) return mark;
      const state = { conflict: 'conflict', refused: 'refused' }[one.state] || 'sent';
      return { ...mark, state, detail: one.detail, standing: one.standing, sent_at: answer.now };
    }));
    const left = (await all()).filter((mark) => mark.state === 'waiting' && mark.reader === reader);
    if (left.length >= waiting.length) return 'offline';
    waiting = left;
  }
  return 'sent';
};
