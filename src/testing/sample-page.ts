import { type BigColumn, bigTable } from '../report/big-table.ts';
import { chart } from '../report/chart.ts';
import { heatTable } from '../report/heat-table.ts';
import { type Html, html } from '../report/html.ts';
import { page } from '../report/page.ts';
import { figures, note, notice, table } from '../report/parts.ts';

function wave(rows: number): number[] {
  return Array.from({ length: rows }, (_, i) => Math.round(1000 * Math.sin(i / 9)) / 10);
}

function words(name: string): Html {
  const list = [
    { label: name, value: '1,234.50', tone: 'positive' },
    { label: 'Loss', value: '-12.00', note: name, tone: 'negative' },
  ] as const;
  return html`${notice(name, [name, 'second'])}${figures(list)}${note(name)}`;
}

function charts(name: string, rows: number): Html {
  const values = wave(rows);
  const x = { kind: 'time', values: values.map((_, i) => 1_700_000_000 + i * 3600) } as const;
  const lines = chart({
    id: 'lines',
    title: name,
    description: name,
    x,
    series: [
      { label: name, values, style: 'line', colour: 'accent' },
      { label: 'Area', values: values.map((v) => v - 100), style: 'area', colour: 'negative' },
    ],
    decimals: 2,
    group: 'time',
  });
  const bars = chart({
    id: 'bars',
    title: 'Bars',
    description: 'Values by name.',
    x: { kind: 'category', labels: values.map((_, i) => `n${i}`) },
    series: [{ label: 'Bars', values, style: 'signed-bars', colour: 'accent' }],
    decimals: 1,
  });
  const moved = (by: number): number[] => values.map((v) => v + by);
  const prices = chart({
    id: 'prices',
    title: 'Prices',
    description: 'Bars with marks.',
    x,
    series: [],
    candles: { open: values, high: moved(3), low: moved(-3), close: moved(1) },
    marks: [{ label: name, shape: 'up', colour: 'accent', x: x.values, y: values }],
    decimals: 1,
    group: 'time',
  });
  return html`${lines}${bars}${prices}`;
}

function tables(name: string): Html {
  const plain = table({
    caption: name,
    columns: [
      { title: name, kind: 'text' },
      { title: 'Number', kind: 'number' },
    ],
    rows: [[name, '12.5']],
    foot: ['Total', '12.5'],
  });
  const steps = [-3, -2, -1, 0, 1, 2, 3];
  const heat = heatTable({
    caption: 'Heat',
    corner: name,
    columns: steps.map(String),
    rows: [
      { head: name, cells: steps.map((value) => ({ value, text: `${value}` })) },
      { head: 'part', cells: [{ value: 1.5, text: '1.5' }, undefined] },
    ],
  });
  return html`${plain}${heat}`;
}

function list(name: string, rows: number): Html {
  const values = wave(rows);
  const columns: BigColumn[] = [
    { title: 'Number', kind: 'number', cells: values.map((_, i) => String(i)) },
    {
      title: 'Kind',
      kind: 'text',
      choice: true,
      cells: values.map((_, i) => (i % 2 ? name : 'a')),
    },
    {
      title: 'Value',
      kind: 'number',
      cells: values.map((v) => v.toFixed(2)),
      toned: true,
      outcome: ['above', 'below'],
      sum: true,
    },
  ];
  return bigTable({ id: 'list', caption: 'Rows', noun: 'rows', columns });
}

/** Every part of the page kit with data in it; `name` stands wherever a text may. */
export function samplePage(name: string, rows: number): string {
  const sections = [
    { id: 'words', title: 'Words', body: words(name) },
    { id: 'charts', title: 'Charts', body: charts(name, rows) },
    { id: 'tables', title: 'Tables', body: tables(name) },
    { id: 'list', title: 'List', body: list(name, rows) },
  ];
  return page({ title: name, lead: name, sections, footer: name });
}
