import { type Html, html } from './html.ts';
import { scrollBox } from './parts.ts';
import { HEAT_STEPS } from './theme.ts';

/** A cell: `value` gives the colour, `text` is what is read; `undefined` is an empty cell. */
export interface HeatCell {
  readonly value: number;
  readonly text: string;
}

export interface HeatTable {
  readonly caption: string;
  /** Words over the heads of the rows. */
  readonly corner: string;
  readonly columns: readonly string[];
  readonly rows: readonly {
    readonly head: string;
    readonly cells: readonly (HeatCell | undefined)[];
    /** Cells without a colour at the row's end, such as a year's total. */
    readonly totals?: readonly string[];
  }[];
  /** Heads over the totals. */
  readonly totalColumns?: readonly string[];
  /**
   * The value that gets the deepest colour; left out, the largest magnitude in the table. Values
   * above 0 are green, below 0 red; the deeper the larger.
   */
  readonly scaleMax?: number | undefined;
}

/** Class of a value's colour: `p1` to `p5` above zero, `n1` to `n5` below, none at zero. */
export function heatClass(value: number, scaleMax: number): string {
  if (!(scaleMax > 0) || value === 0 || Number.isNaN(value)) return '';
  const share = Math.min(1, Math.abs(value) / scaleMax);
  const step = Math.max(1, Math.ceil(share * HEAT_STEPS));
  return `${value > 0 ? 'p' : 'n'}${step}`;
}

/** A heat map that is a table: every value can be read, colour only helps the eye. */
export function heatTable(spec: HeatTable): Html {
  const magnitudes = spec.rows.flatMap(({ cells }) =>
    cells.map((cell) => Math.abs(cell?.value ?? 0)),
  );
  const largest = magnitudes.reduce((most, one) => (one > most ? one : most), 0);
  const scaleMax = spec.scaleMax ?? largest;
  const heads = [...spec.columns, ...(spec.totalColumns ?? [])].map(
    (title) => html`<th scope="col" class="number">${title}</th>`,
  );
  const rows = spec.rows.map(({ head, cells, totals }) => {
    const coloured = cells.map((cell) =>
      cell === undefined
        ? html`<td></td>`
        : html`<td class="number ${heatClass(cell.value, scaleMax)}">${cell.text}</td>`,
    );
    const plain = (totals ?? []).map((text) => html`<td class="number total">${text}</td>`);
    return html`<tr><th scope="row">${head}</th>${coloured}${plain}</tr>\n`;
  });
  return scrollBox(
    spec.caption,
    html`<table class="heat"><caption>${spec.caption}</caption>
<thead><tr><th scope="col">${spec.corner}</th>${heads}</tr></thead><tbody>${rows}</tbody></table>`,
  );
}
