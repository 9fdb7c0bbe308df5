// The code on the hall's screen follows without the page being loaded again; without script the page loads itself anew.
const turn = async () => {
  const here = document.querySelector('[data-hall]');
  let left = 5;
  try {
    const answer = await fetch(location.href, { cache: 'no-store' });
    if (!answer.ok || answer.redirected) return location.reload();
    const there = new DOMParser().parseFromString(await answer.text(), 'text/html').querySelector('[data-hall]');
    if (!there) return location.reload();
    for (const part of ['.hall-qr', '[data-checked]', '[data-there]']) here.querySelector(part).replaceChildren(...there.querySelector(part).childNodes);
    left = Number(there.dataset.hall);
  } catch { /* no network: the next turn tries again */ }
  setTimeout(turn, (left + 1) * 1000);
};

const first = document.querySelector('[data-hall]');
if (first) setTimeout(turn, (Number(first.dataset.hall) + 1) * 1000);
