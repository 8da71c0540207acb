import { dataBlock, type Html, html } from './html.ts';
import type { SERIES_COLOURS } from './theme.ts';

/** Where points stand; values rise. `time` is seconds UTC, `category` one point a label. */
export type ChartX =
  | { readonly kind: 'time' | 'number'; readonly values: readonly number[] }
  | { readonly kind: 'category'; readonly labels: readonly string[] };

export type SeriesColour = (typeof SERIES_COLOURS)[number] | 'positive' | 'negative' | 'muted';

export interface ChartSeries {
  readonly label: string;
  /** A value a point; `null` leaves a gap. */
  readonly values: readonly (number | null)[];
  /** `area` is filled down to zero; `signed-bars` are green above zero and red below. */
  readonly style: 'line' | 'steps' | 'area' | 'bars' | 'signed-bars';
  readonly colour: SeriesColour;
}

/** Bars of prices, a value a point. */
export interface ChartCandles {
  readonly open: readonly number[];
  readonly high: readonly number[];
  readonly low: readonly number[];
  readonly close: readonly number[];
}

/** Points that stand on their own, such as entries and exits. */
export interface ChartMarks {
  readonly label: string;
  readonly shape: 'up' | 'down' | 'cross';
  readonly colour: SeriesColour;
  readonly x: readonly number[];
  readonly y: readonly number[];
}

/** Straight lines from `x1, y1` to `x2, y2`. */
export interface ChartLinks {
  readonly label: string;
  readonly colour: SeriesColour;
  readonly x1: readonly number[];
  readonly y1: readonly number[];
  readonly x2: readonly number[];
  readonly y2: readonly number[];
}

export interface Chart {
  /** Unique on the page. */
  readonly id: string;
  readonly title: string;
  /** What the picture shows, in words, for those who do not see it. */
  readonly description: string;
  readonly x: ChartX;
  readonly series: readonly ChartSeries[];
  readonly candles?: ChartCandles | undefined;
  readonly marks?: readonly ChartMarks[] | undefined;
  readonly links?: readonly ChartLinks[] | undefined;
  /** Digits behind the point of the values under the pointer. */
  readonly decimals: number;
  /** Pixels. */
  readonly height?: number | undefined;
  /** Charts of one group share the place of the pointer and the zoom. */
  readonly group?: string | undefined;
}

const HEIGHT = 240;
const GLYPHS = { up: '▲', down: '▼', cross: '✕' } as const;

function legend({ series, candles, marks }: Chart): Html {
  const swatch = (colour: string): Html => html`<span class="swatch c-${colour}"></span>`;
  const values = series.map(
    ({ label, style, colour }, i) =>
      html`<li>${
        style === 'signed-bars' ? [swatch('positive'), swatch('negative')] : swatch(colour)
      }${label} <b data-value="${i}"></b></li>`,
  );
  const prices = candles === undefined ? [] : [html`<li><b data-candle></b></li>`];
  const points = (marks ?? []).map(
    ({ label, shape, colour }) =>
      html`<li><span class="t-${colour}" aria-hidden="true">${GLYPHS[shape]}</span> ${label}</li>`,
  );
  return html`<ul class="legend">${values}${prices}${points}<li><b data-place></b></li></ul>`;
}

/**
 * A chart: drag to zoom, double-click to see all; from the keyboard `+`, `-`, arrows, and `0`.
 * Without a point there is no picture, but a sentence that says so.
 */
export function chart(spec: Chart): Html {
  const points = spec.x.kind === 'category' ? spec.x.labels.length : spec.x.values.length;
  const id = `chart-${spec.id}`;
  const title = html`<h3 id="${id}-title">${spec.title}</h3>`;
  if (points === 0) {
    return html`<figure class="chart"><figcaption>${title}</figcaption>
<p class="note">Nothing to draw.</p></figure>`;
  }
  const { x, series, candles, marks, links, decimals, group } = spec;
  const height = spec.height ?? HEIGHT;
  const data = { x, series, candles, marks, links, decimals, group, height };
  return html`<figure class="chart" data-chart="${id}-data">
<figcaption>${title}${legend(spec)}</figcaption>
<div class="plot" role="img" tabindex="0" aria-label="${spec.title}. ${spec.description}"></div>
${dataBlock(`${id}-data`, data)}
</figure>
`;
}
