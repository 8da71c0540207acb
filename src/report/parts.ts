import { type Html, type HtmlPart, html } from './html.ts';

/** How a figure is meant: coloured besides its sign, never instead of it. */
export type Tone = 'positive' | 'negative' | 'plain';

/** Tone of a decimal text by its sign; zero is plain. */
export function toneOf(decimal: string): Tone {
  if (/^[^1-9]*$/.test(decimal)) return 'plain';
  return decimal.startsWith('-') || decimal.startsWith('\u2212') ? 'negative' : 'positive';
}

export function toned(text: string, tone: Tone): Html {
  return tone === 'plain' ? html`${text}` : html`<span class="${tone}">${text}</span>`;
}

export interface Figure {
  readonly label: string;
  readonly value: string;
  /** A few words below the value. */
  readonly note?: string | undefined;
  readonly tone?: Tone | undefined;
}

/** A grid of key figures. */
export function figures(list: readonly Figure[]): Html {
  const items = list.map(
    ({ label, value, note, tone = 'plain' }) =>
      html`<div><dt>${label}</dt><dd>${toned(value, tone)}</dd>${
        note === undefined ? undefined : html`<dd class="small">${note}</dd>`
      }</div>`,
  );
  return html`<dl class="figures">${items}</dl>`;
}

export interface Column {
  readonly title: string;
  /** Numbers stand to the right, digits below digits. */
  readonly kind: 'text' | 'number';
}

export interface Table {
  /** What the table shows; it stands above it. */
  readonly caption: string;
  readonly columns: readonly Column[];
  /** A row's first cell is its head. */
  readonly rows: readonly (readonly HtmlPart[])[];
  /** A row of totals. */
  readonly foot?: readonly HtmlPart[] | undefined;
}

function cellClass({ kind }: Column): string {
  return kind === 'number' ? 'number' : 'wrap';
}

function rowHtml(columns: readonly Column[], cells: readonly HtmlPart[]): Html {
  const row = columns.map((column, i) => {
    const kind = cellClass(column);
    if (i === 0) return html`<th scope="row" class="${kind}">${cells[i]}</th>`;
    return html`<td class="${kind}">${cells[i]}</td>`;
  });
  return html`<tr>${row}</tr>\n`;
}

/** A wide table scrolls in a box of its own, which a keyboard reaches. */
export function scrollBox(label: string, body: Html): Html {
  return html`<div class="scroll" role="region" aria-label="${label}" tabindex="0">${body}</div>`;
}

export function table({ caption, columns, rows, foot }: Table): Html {
  const heads = columns.map(
    (column) => html`<th scope="col" class="${cellClass(column)}">${column.title}</th>`,
  );
  const footer = foot === undefined ? undefined : html`<tfoot>${rowHtml(columns, foot)}</tfoot>`;
  return scrollBox(
    caption,
    html`<table><caption>${caption}</caption><thead><tr>${heads}</tr></thead>
<tbody>${rows.map((cells) => rowHtml(columns, cells))}</tbody>${footer}</table>`,
  );
}

/** Something that the reader must not miss. */
export function notice(title: string, lines: readonly HtmlPart[]): Html {
  const items = lines.map((line) => html`<li>${line}</li>`);
  return html`<div class="notice"><strong>${title}</strong><ul>${items}</ul></div>`;
}

/** A remark below a table or a chart. */
export function note(text: HtmlPart): Html {
  return html`<p class="note">${text}</p>`;
}
