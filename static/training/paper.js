// Marks from paper by the keyboard: P, L, E or A marks the row and goes to the next.
const rows = [...document.querySelectorAll('[data-row]')];
const focus = (row) => (row?.querySelector('input:checked') || row?.querySelector('input[type=radio]'))?.focus();

document.querySelector('[data-paper]')?.addEventListener('keydown', (event) => {
  const row = event.target.closest('[data-row]');
  if (!row || event.ctrlKey || event.metaKey || event.altKey) return;
  const wanted = row.querySelector(`input[data-key="${event.key.toUpperCase()}"]`);
  if (!wanted) return;
  event.preventDefault();
  wanted.checked = true;
  focus(rows[rows.indexOf(row) + 1] || row);
});
if (matchMedia('(pointer: fine)').matches && !document.querySelector('[data-focus]')) focus(rows.find((row) => !row.querySelector('input:checked')));
