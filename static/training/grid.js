// A table of scores: a block copied from a spreadsheet is pasted over the cells; Enter and the arrows go up and down.
for (const table of document.querySelectorAll('[data-grid]')) {
  const rows = [...table.tBodies[0].rows].map((row) => [...row.querySelectorAll('input:not([type=checkbox])')]);
  const place = (input) => {
    const y = rows.findIndex((cells) => cells.includes(input));
    return [y, rows[y]?.indexOf(input)];
  };
  table.addEventListener('paste', (event) => {
    const text = event.clipboardData.getData('text').replace(/\r/g, '').replace(/\n$/, '');
    if (!/[\n\t]/.test(text)) return;
    event.preventDefault();
    const [y, x] = place(event.target);
    text.split('\n').forEach((line, down) => line.split('\t').forEach((value, right) => {
      const cell = rows[y + down]?.[x + right];
      if (cell) cell.value = value.trim();
    }));
  });
  table.addEventListener('keydown', (event) => {
    const step = { Enter: 1, ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (!step || event.target.type === 'checkbox') return;
    const [y, x] = place(event.target);
    if (y < 0) return;
    event.preventDefault();
    rows[y + step]?.[x]?.select();
  });
}
for (const hint of document.querySelectorAll('[data-grid-hint]')) hint.hidden = false;
