/* Filters and sorts the rows that are in the page. It makes no element and no text out of what it reads. */
(() => {
  'use strict';
  const table = document.querySelector('.findings');
  const controls = document.querySelector('.controls');
  if (table === null || controls === null) return;
  const body = table.tBodies[0];
  const rows = Array.from(body.rows);
  const severities = Array.from(controls.querySelectorAll('input[name="severity"]'));
  const namespace = controls.querySelector('#namespace');
  const code = controls.querySelector('#code');
  const search = controls.querySelector('#search');
  const shown = document.querySelector('#shown');
  const rank = { error: 0, warning: 1, info: 2 };
  const texts = new Map(rows.map((row) => [row, row.textContent.toLowerCase()]));

  function filter() {
    const wanted = new Set(severities.filter((box) => box.checked).map((box) => box.value));
    const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
    let count = 0;
    for (const row of rows) {
      const { severity, namespace: own = '', code: ownCode } = row.dataset;
      const isShown =
        wanted.has(severity) &&
        (namespace.selectedIndex === 0 || own === namespace.value) &&
        (code.selectedIndex === 0 || ownCode === code.value) &&
        words.every((word) => texts.get(row).includes(word));
      row.hidden = !isShown;
      if (isShown) count += 1;
    }
    shown.textContent = count.toLocaleString('en-US');
  }

  function valueOf(row, column) {
    return column === 0 ? String(rank[row.dataset.severity]) : row.cells[column].textContent.trim().toLowerCase();
  }

  function sortBy(heading) {
    const column = heading.cellIndex;
    const direction = heading.getAttribute('aria-sort') === 'ascending' ? -1 : 1;
    for (const other of table.tHead.rows[0].cells) other.removeAttribute('aria-sort');
    heading.setAttribute('aria-sort', direction === 1 ? 'ascending' : 'descending');
    const keys = new Map(rows.map((row) => [row, valueOf(row, column)]));
    rows.sort((a, b) => {
      const [one, two] = [keys.get(a), keys.get(b)];
      return one === two ? 0 : (one < two ? -1 : 1) * direction;
    });
    body.append(...rows);
  }

  controls.addEventListener('input', filter);
  controls.querySelector('#all').addEventListener('click', () => {
    controls.reset();
    filter();
  });
  controls.addEventListener('submit', (event) => {
    event.preventDefault();
  });
  for (const heading of table.tHead.rows[0].cells) {
    const button = heading.querySelector('button');
    if (button !== null) button.addEventListener('click', () => sortBy(heading));
  }
  document.addEventListener('keydown', (event) => {
    if (event.key !== '/' || event.target === search || event.target instanceof HTMLSelectElement) return;
    event.preventDefault();
    search.focus();
  });
  controls.hidden = false;
  // A browser that comes back to the page has kept what was chosen.
  filter();
})();
