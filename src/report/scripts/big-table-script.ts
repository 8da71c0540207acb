/** Runs in the page: filter, sorting and pages of every list that names its data. */
export const BIG_TABLE_SCRIPT = String.raw`
(() => {
  'use strict';
  const WAIT_MS = 80;
  const grouped = (text) => {
    const [whole, fraction] = text.split('.');
    const parts = whole.replace(/(\d)(?=(\d{3})+$)/g, '$1,');
    return fraction === undefined ? parts : parts + '.' + fraction;
  };
  const plain = (text) => text.replaceAll(',', '');

  /** Sum of decimal texts, exact: whole counts of the smallest digit among them. */
  function sumOf(cell, rows) {
    let decimals = 0;
    for (const row of rows) decimals = Math.max(decimals, (cell(row).split('.')[1] ?? '').length);
    let sum = 0n;
    for (const row of rows) {
      const [whole, fraction = ''] = plain(cell(row)).split('.');
      if (whole === '') continue;
      sum += BigInt(whole + fraction.padEnd(decimals, '0'));
    }
    const digits = String(sum < 0n ? -sum : sum).padStart(decimals + 1, '0');
    const cut = digits.length - decimals;
    const text = decimals === 0 ? digits : digits.slice(0, cut) + '.' + digits.slice(cut);
    return grouped((sum < 0n ? '-' : '') + text);
  }

  function open(box) {
    const data = JSON.parse(document.getElementById(box.dataset.bigTable).textContent);
    const cells = data.columns.map(({ cells: own, values, places }) =>
      own ? (row) => own[row] : (row) => values[places[row]]);
    const keys = data.columns.map(() => undefined);
    const body = box.querySelector('tbody');
    const count = box.querySelector('[data-count]');
    const find = box.querySelector('[data-find]');
    const heads = [...box.querySelectorAll('thead th')];
    const buttons = Object.fromEntries(
      [...box.querySelectorAll('[data-page]')].map((button) => [button.dataset.page, button]));
    let shown = [];
    let page = 0;
    let sorting = { column: -1, down: false };
    let texts;

    const valuesOf = (column) => {
      keys[column] ??= Float64Array.from({ length: data.rows }, (_, row) => {
        const text = plain(cells[column](row));
        return text === '' || text === '\u2013' ? Number.NaN : Number(text);
      });
      return keys[column];
    };
    const textOf = (row) => {
      texts ??= Array.from({ length: data.rows }, (_, i) =>
        cells.map((cell) => cell(i)).join('\n').toLowerCase());
      return texts[row];
    };

    function tests() {
      const list = [];
      const words = find.value.trim().toLowerCase().split(/\s+/).filter((word) => word !== '');
      if (words.length > 0) list.push((row) => words.every((word) => textOf(row).includes(word)));
      for (const select of box.querySelectorAll('[data-choice]')) {
        if (select.selectedIndex === 0) continue;
        const cell = cells[Number(select.dataset.choice)];
        list.push((row) => cell(row) === select.options[select.selectedIndex].text);
      }
      for (const select of box.querySelectorAll('[data-outcome]')) {
        if (select.value === '') continue;
        const values = valuesOf(Number(select.dataset.outcome));
        list.push((row) => Math.sign(values[row]) === Number(select.value));
      }
      return list;
    }

    function order(rows) {
      const { column, down } = sorting;
      if (column < 0) return rows;
      const sign = down ? -1 : 1;
      if (data.columns[column].kind === 'number') {
        const values = valuesOf(column);
        // What is no number stands last, either way.
        return rows.sort((a, b) => {
          const [x, y] = [values[a], values[b]];
          if (x !== x || y !== y) return (x !== x ? 1 : 0) - (y !== y ? 1 : 0) || a - b;
          return (x - y) * sign || a - b;
        });
      }
      const cell = cells[column];
      return rows.sort((a, b) => {
        const [x, y] = [cell(a), cell(b)];
        return x < y ? -sign : x > y ? sign : a - b;
      });
    }

    function update() {
      const list = tests();
      const rows = [];
      for (let row = 0; row < data.rows; row++) {
        if (list.every((test) => test(row))) rows.push(row);
      }
      shown = order(rows);
      page = 0;
      draw();
    }

    function rowOf(row) {
      const line = document.createElement('tr');
      data.columns.forEach(({ kind, toned }, i) => {
        const cell = document.createElement('td');
        cell.className = kind === 'number' ? 'number' : 'text';
        cell.textContent = cells[i](row);
        const sign = toned ? Math.sign(valuesOf(i)[row]) : 0;
        if (sign === 1) cell.classList.add('positive');
        if (sign === -1) cell.classList.add('negative');
        line.append(cell);
      });
      return line;
    }

    function countText(from, to) {
      const of = shown.length === data.rows ? '' : ' (of ' + grouped(String(data.rows)) + ')';
      if (shown.length === 0) return 'No ' + data.noun + of;
      const sums = data.columns.flatMap(({ title, sum }, i) =>
        sum ? [', ' + title + ' ' + sumOf(cells[i], shown)] : []);
      return grouped(String(from + 1)) + '\u2013' + grouped(String(to)) + ' of ' +
        grouped(String(shown.length)) + ' ' + data.noun + of + sums.join('');
    }

    function draw() {
      const pages = Math.max(1, Math.ceil(shown.length / data.pageRows));
      page = Math.min(Math.max(page, 0), pages - 1);
      const from = page * data.pageRows;
      const to = Math.min(from + data.pageRows, shown.length);
      body.replaceChildren(...shown.slice(from, to).map(rowOf));
      count.textContent = countText(from, to);
      buttons.first.disabled = buttons.back.disabled = page === 0;
      buttons.on.disabled = buttons.last.disabled = page === pages - 1;
      heads.forEach((head, i) => {
        if (i !== sorting.column) head.removeAttribute('aria-sort');
        else head.setAttribute('aria-sort', sorting.down ? 'descending' : 'ascending');
      });
    }

    let wait;
    find.addEventListener('input', () => {
      clearTimeout(wait);
      wait = setTimeout(update, WAIT_MS);
    });
    for (const select of box.querySelectorAll('select')) select.addEventListener('change', update);
    heads.forEach((head, column) => {
      head.querySelector('button').addEventListener('click', () => {
        const again = sorting.column === column;
        sorting = { column, down: again ? !sorting.down : data.columns[column].kind === 'number' };
        update();
      });
    });
    const last = () => Number.MAX_SAFE_INTEGER;
    const steps = { first: () => 0, back: () => page - 1, on: () => page + 1, last };
    for (const [name, button] of Object.entries(buttons)) {
      button.addEventListener('click', () => {
        page = steps[name]();
        draw();
      });
    }
    update();
  }

  for (const box of document.querySelectorAll('[data-big-table]')) open(box);
})();
`;
