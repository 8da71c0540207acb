import { dataBlock, type Html, html } from './html.ts';
import { scrollBox } from './parts.ts';

export interface BigColumn {
  readonly title: string;
  /** Numbers stand to the right and are sorted by value; texts and times by their characters. */
  readonly kind: 'text' | 'number' | 'time';
  /** A cell a row. */
  readonly cells: readonly string[];
  /** A choice among the values that occur. */
  readonly choice?: boolean;
  /** Green above zero, red below. */
  readonly toned?: boolean;
  /** A choice between rows above and below zero: its two names. */
  readonly outcome?: readonly [above: string, below: string];
  /** The sum over the rows that are shown stands below. */
  readonly sum?: boolean;
}

/** A long list: filter, sorting and pages run in the reader's browser, also for 50 000 rows. */
export interface BigTable {
  /** Unique on the page. */
  readonly id: string;
  readonly caption: string;
  /** What a row is, in plural: `trades`. */
  readonly noun: string;
  readonly columns: readonly BigColumn[];
}

export const BIG_TABLE_PAGE_ROWS = 50;

/** Values that repeat are written once: a column is its different cells, and which one each is. */
function packed(cells: readonly string[]): object {
  const numbers = new Map<string, number>();
  const places = cells.map((cell) => {
    const number = numbers.get(cell) ?? numbers.size;
    if (number === numbers.size) numbers.set(cell, number);
    return number;
  });
  if (numbers.size * 2 > cells.length) return { cells };
  return { values: [...numbers.keys()], places };
}

function control(label: string, inner: Html): Html {
  return html`<label>${label}${inner}</label>`;
}

function choices(columns: readonly BigColumn[]): Html[] {
  return columns.flatMap(({ title, cells, choice, outcome }, i) => {
    if (outcome !== undefined) {
      const [above, below] = outcome;
      return [
        control(
          title,
          html`<select data-outcome="${i}"><option value="">all</option>
<option value="1">${above}</option><option value="-1">${below}</option></select>`,
        ),
      ];
    }
    if (choice !== true) return [];
    const values = [...new Set(cells)].sort();
    const options = values.map((value) => html`<option>${value}</option>`);
    const all = html`<option value="" selected>all</option>`;
    // The place and not the text chooses: an empty text is a value like any other.
    return [control(title, html`<select data-choice="${i}">${all}${options}</select>`)];
  });
}

/** Rows stand in the page as its first view; the rest comes from data beside it. */
export function bigTable({ id, caption, noun, columns }: BigTable): Html {
  const rows = columns[0]?.cells.length ?? 0;
  const first = Array.from({ length: Math.min(rows, BIG_TABLE_PAGE_ROWS) }, (_, i) => i);
  const kindClass = ({ kind }: BigColumn): string => (kind === 'number' ? 'number' : 'text');
  const heads = columns.map(
    (column, i) =>
      html`<th scope="col" class="${kindClass(column)}"><button type="button" class="sort"
data-sort="${i}">${column.title}</button></th>`,
  );
  const body = first.map((row) => {
    const cells = columns.map(
      (column) => html`<td class="${kindClass(column)}">${column.cells[row]}</td>`,
    );
    return html`<tr>${cells}</tr>\n`;
  });
  const data = {
    noun,
    pageRows: BIG_TABLE_PAGE_ROWS,
    rows,
    columns: columns.map(({ title, kind, cells, toned, sum }) => ({
      title,
      kind,
      toned,
      sum,
      ...packed(cells),
    })),
  };
  const find = html`<input type="search" data-find autocomplete="off" spellcheck="false">`;
  const list = html`<table><caption>${caption}</caption><thead><tr>${heads}</tr></thead>
<tbody>${body}</tbody></table>`;
  return html`<div data-big-table="${id}-data">
<div class="controls screen">${control('Find', find)}${choices(columns)}</div>
${scrollBox(caption, list)}
<div class="pager"><span class="screen"><button type="button" data-page="first">First</button>
<button type="button" data-page="back">Back</button>
<button type="button" data-page="on">Next</button>
<button type="button" data-page="last">Last</button></span>
<output data-count aria-live="polite"></output></div>
${dataBlock(`${id}-data`, data)}
</div>
`;
}
