// How the workspace shows what it knows. All words come from the page.
const MARK = { N: 'alert-triangle', P: 'alert-triangle', M: 'circle-check', E: 'circle-check', NA: 'circle-check' };

export const today = () => new Intl.DateTimeFormat('sv-SE', { timeZone: 'Africa/Nairobi' }).format(new Date());

const text = (where, selector, words) => { for (const one of where.querySelectorAll(selector)) one.textContent = words; };
const toggle = (where, selector, on) => { for (const one of where.querySelectorAll(selector)) one.hidden = !on; };
const percent = (value) => (value === null || value === undefined ? '–' : `${value.toFixed(1)}%`);
const icon = (row, name) => { const use = row.querySelector('use'), [file] = use.getAttribute('href').split('#'); use.setAttribute('href', `${file}#${name}`); };
const look = (row, state) => { row.classList.remove('st-o', 'st-d', 'st-n'); row.classList.add(state); };
const width = (svg, share) => svg.querySelectorAll('rect')[1].setAttribute('width', Math.round(2 * (share || 0)));
const short = (root, value) => root.querySelector(`input[name=value][value="${value}"]`)?.dataset.short || '';

// The rail, the progress panel and the shares by principle.
export const paintSides = ({ root, pack, views, code, so_far: sum, left }) => {
  const here = pack.elements.find((e) => e.code === code)?.principle;
  for (const { code: each, principle } of pack.elements) {
    const row = root.querySelector(`[data-element="${each}"]`), { value, pieces } = views[each];
    if (!row) continue;
    const lacks = Boolean(value) && value !== 'NA' && !pieces.length;
    row.hidden = principle !== here;
    look(row, !value ? 'st-o' : 'NP'.includes(value) ? 'st-n' : 'st-d');
    icon(row, !value ? 'circle' : lacks && !'NP'.includes(value) ? 'paperclip' : MARK[value]);
    row.querySelector('[data-lacks]').hidden = !lacks;
    text(row, '[data-value]', value && short(root, value));
    const link = row.querySelector('a');
    if (each === code) link.setAttribute('aria-current', 'true'); else link.removeAttribute('aria-current');
  }
  for (const [principle, share] of Object.entries(sum.principles)) {
    const row = root.querySelector(`[data-principle="${principle}"]`), done = share.rated === share.of;
    look(row, done ? 'st-d' : 'st-o');
    icon(row, principle === here ? 'chevron-down' : done ? 'circle-check' : 'circle');
    text(row, '[data-done]', share.rated);
    const open = pack.elements.filter((e) => e.principle === principle);
    row.querySelector('a').setAttribute('href', `#${(open.find((e) => !views[e.code].value) || open[0]).code}`);
    const line = root.querySelector(`[data-implemented="${principle}"]`), bar = line.querySelector('svg.bar');
    width(bar, share.rate);
    bar.toggleAttribute('hidden', share.rate === null);
    bar.querySelectorAll('rect')[1].setAttribute('class', share.short ? 's-ov' : 's-tr');
    text(line, '[data-rate]', percent(share.rate));
  }
  for (const bar of root.querySelectorAll('.panel svg.bar, .rail-pick svg.bar')) width(bar, sum.of ? (100 * sum.rated) / sum.of : 0);
  text(root, '[data-rated]', sum.rated);
  text(root, '[data-left]', sum.of - sum.rated);
  const ready = sum.rated === sum.of && !left.length && navigator.onLine, submit = root.querySelector('[data-submit]');
  if (submit) {
    submit.dataset.to ||= submit.getAttribute('href');
    if (ready) submit.setAttribute('href', submit.dataset.to); else submit.removeAttribute('href');
    submit.setAttribute('aria-disabled', String(!ready));
    toggle(root, '[data-not-yet]', !ready);
  }
  text(root, '[data-score]', percent(sum.score));
  text(root, '[data-pass]', `${Number(pack.rules.score) * 100}%`);
  text(root, '[data-floor]', `${Number(pack.rules.implementation) * 100}%`);
  text(root, '[data-majors]', pack.figures.majors);
  text(root, '[data-minors]', pack.figures.minors);
  toggle(root, '[data-if-majors]', pack.figures.majors > 0);
  toggle(root, '[data-if-minors]', pack.figures.minors > 0);
  text(root, '[data-pieces]', Object.values(views).reduce((n, seen) => n + seen.pieces.length, 0));
  const pieces = left.filter((one) => one.what === 'evidence').length;
  toggle(root, '[data-if-n]', pieces > 0);
  text(root, '[data-n-pieces]', pieces);
  root.querySelector('[data-pick]').value = code;
};

// The element itself. `keep`: what stands in its fields is the person's own, and stays.
export const paintElement = ({ root, form, pack, seen, code, keep = false }) => {
  const element = pack.elements.find((e) => e.code === code), at = pack.elements.indexOf(element);
  const principle = pack.principles.find((p) => p.code === element.principle);
  text(form, '[data-where]', `${element.principle} ${principle.name}. ${element.criterion} ${element.criterion_name}`);
  text(form, 'h2 [data-heading]', `${element.code} ${element.title}`);
  toggle(form, '[data-critical]', element.critical);
  text(form, '[data-requirement]', element.requirement);
  toggle(form, '[data-guidance]', Boolean(element.guidance));
  text(form, '[data-look]', element.guidance);
  toggle(form, '[data-if-types]', element.evidence_types.length > 0);
  text(form, '[data-types]', element.evidence_types.join(', '));
  toggle(form, '[data-self]', Boolean(element.self));
  text(form, '[data-self-value]', element.self ? short(form, element.self.value) : '');
  text(form, '[data-self-note]', element.self?.note || '');
  form.querySelector('[data-self-evidence]').replaceChildren(...(element.self?.evidence || []).flatMap((piece) => {
    const name = document.createElement(piece.file ? 'a' : 'span');
    name.textContent = piece.name;
    if (piece.file) name.href = root.dataset.submitted.replace('/0/', `/${piece.id}/`);
    return [name, ' '];
  }));
  toggle(form, '[data-clash]', seen.clash);
  toggle(form, '[data-refusal]', Boolean(seen.refused));
  text(form, '[data-detail]', seen.refused);
  const off = element.critical && !pack.rules.na_critical, na = form.querySelector('[data-option="NA"]');
  na.classList.toggle('off', off);
  toggle(na, '[data-na-critical]', off);
  toggle(na, '[data-na]', !off);
  for (const radio of form.querySelectorAll('input[name=value]')) {
    radio.disabled = !pack.open || (radio.value === 'NA' && off);
    if (!keep) radio.checked = radio.value === seen.value;
  }
  const words = form.elements.justification;
  words.disabled = !pack.open;
  if (!keep && words.value !== seen.justification) words.value = seen.justification;
  toggle(form, '[data-tools]', pack.open);
  toggle(form, '[data-needs]', pack.rules.justify.includes(seen.value) && !seen.justification.trim());
  form.querySelector('[data-own-page]')?.setAttribute('href', root.querySelector(`[data-element="${code}"] a`).getAttribute('href'));
  toggle(form, '[data-na-waits]', seen.value === 'NA' && seen.approved === false);
  paintEvidence(root, form, seen.pieces, pack.open);
  paintFindings(root, form, pack.findings.filter((finding) => finding.elements.includes(code)));
  const before = pack.elements[at - 1], after = pack.elements[at + 1];
  const next = form.querySelector('[data-next]');
  next.hidden = !after;
  next.dataset.code = after?.code || '';
  form.querySelector('[data-last]').hidden = Boolean(after);
  for (const [selector, other] of [['[data-back]', before], ['[data-later]', after]]) {
    const link = form.querySelector(selector);
    link.hidden = !other;
    if (other) link.setAttribute('href', `#${other.code}`);
  }
  text(form, '[data-next] [data-code]', after?.code || '');
  text(form, '[data-back] [data-code]', before?.code || '');
};

let shown = [];  // addresses of pictures on show

const paintEvidence = (root, form, pieces, open) => {
  const list = form.querySelector('[data-evidence]'), blank = root.querySelector('template[data-piece]');
  const sign = JSON.stringify(pieces.map((piece) => [piece.id, piece.client_ref, piece.unsent, piece.refused, open]));
  if (list.dataset.sign === sign) return;
  list.dataset.sign = sign;
  for (const address of shown) URL.revokeObjectURL(address);
  shown = [];
  const day = new Intl.DateTimeFormat({ en: 'en-GB', sw: 'sw-KE' }[root.dataset.lang] || 'en-GB', { day: 'numeric', month: 'short', timeZone: 'UTC' });
  list.replaceChildren(...pieces.map((piece) => {
    const row = blank.content.firstElementChild.cloneNode(true);
    const look = piece.picture ? 'photo' : ['file', 'photo'].includes(piece.kind) ? 'file' : 'note';
    row.querySelector('[data-picture]').replaceWith(root.querySelector(`template[data-look="${look}"]`).content.firstElementChild.cloneNode(true));
    if (piece.picture && (piece.blob || piece.id)) {
      const picture = document.createElement('img'), drawn = row.querySelector('svg');
      picture.addEventListener('error', () => picture.replaceWith(drawn));  // sent, and no network now
      picture.src = piece.blob ? URL.createObjectURL(piece.blob) : root.dataset.evidence.replace('/0/', `/${piece.id}/`);
      picture.alt = '';
      picture.className = 'ph';
      if (piece.blob) shown.push(picture.src);
      drawn.replaceWith(picture);
    }
    text(row, '[data-name]', piece.note.slice(0, 80) || piece.name);
    const link = row.querySelector('[data-link]');
    link.hidden = !piece.id || look === 'note';
    link.nextElementSibling.hidden = !link.hidden;
    if (!link.hidden) link.setAttribute('href', root.dataset.evidence.replace('/0/', `/${piece.id}/`));
    text(row, '[data-kind]', root.querySelector(`[data-kind-word="${piece.kind}"]`)?.textContent || '');
    text(row, '[data-n]', piece.n ? `n = ${piece.n}` : '');
    text(row, '[data-day]', day.format(new Date(piece.collected_on)));
    toggle(row, '[data-unsent]', Boolean(piece.unsent));
    toggle(row, '[data-refused]', Boolean(piece.refused));
    text(row, '[data-refused]', piece.refused || '');
    const button = row.querySelector('[data-remove]');
    button.hidden = !open || !piece.mine;
    button.piece = piece;
    return row;
  }));
  text(form, '[data-count]', pieces.length);
  toggle(form, '[data-bare]', !pieces.length);
};

const paintFindings = (root, form, findings) => {
  const blank = root.querySelector('template[data-finding]');
  form.querySelector('[data-findings]').replaceChildren(...findings.map((finding) => {
    const row = blank.content.firstElementChild.cloneNode(true);
    row.classList.add({ major: 'bad', minor: 'warn' }[finding.grade] || 'info');
    for (const name of ['heading', 'state', 'statement', 'why']) text(row, `[data-${name}]`, finding[name]);
    return row;
  }));
};
