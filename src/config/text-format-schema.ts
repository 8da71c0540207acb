import { z } from 'zod';
import { BAR_ORDERS, BAR_STAMPS, PRICE_SIDES } from '../data/bars-format.ts';
import { PRICE_GRIDS, SEPARATOR_NAMES, TIME_NOTATIONS } from '../data/delimited-format.ts';
import { decimal, span } from './schema-parts.ts';

const columnRef = z.union([z.string().min(1), z.int().min(1)]);
const ohlc = z
  .tuple([columnRef, columnRef, columnRef, columnRef])
  .describe('Columns of open, high, low and close');
const symbolColumn = columnRef.optional().describe('Must name the instrument: EUR/USD, eurusd');
const spread = decimal({ min: '0' }).describe(
  'From bid to ask, in the unit of the price; "0" is none',
);

/** What every text format declares. */
const layout = {
  separator: z.enum(SEPARATOR_NAMES).default('comma'),
  header: z.boolean().describe('true: the first line names the columns'),
  time: z.enum(TIME_NOTATIONS).describe('How a time is written'),
  zone: z
    .string()
    .min(1)
    .default('UTC')
    .describe('Clock of the times: UTC, ±hh:mm or an IANA zone'),
  fileDate: z.string().min(1).optional().describe('Where the date stands in the file name'),
  filePeriod: z.enum(['any', 'day']).default('any'),
  priceGrid: z.enum(PRICE_GRIDS).default('exact'),
  priceScale: decimal({ above: '0' })
    .default('1')
    .describe('Prices in the file are multiplied by it: "0.0001" for integers × 10 000'),
  sizeScale: decimal({ above: '0' })
    .default('1')
    .describe('Sizes in the file are multiplied by it'),
};

const quoteColumns = z
  .strictObject({
    time: columnRef,
    bid: columnRef,
    ask: columnRef,
    bidSize: columnRef.optional(),
    askSize: columnRef.optional(),
    symbol: symbolColumn,
  })
  .describe('Columns by name in the header, or by number from 1');

const delimitedFormat = z.strictObject({
  kind: z.literal('delimited'),
  columns: quoteColumns,
  ...layout,
});

const oneSidedFormat = z.strictObject({
  kind: z.literal('one_sided'),
  columns: quoteColumns,
  ...layout,
});

const tradesFormat = z.strictObject({
  kind: z.literal('trades'),
  columns: z.strictObject({
    time: columnRef,
    price: columnRef,
    size: columnRef.optional(),
    side: columnRef.optional().describe('Side that took; without it the spread is split'),
    symbol: symbolColumn,
  }),
  sides: z
    .strictObject({
      buy: z.string().min(1).default('buy'),
      sell: z.string().min(1).default('sell'),
    })
    .prefault({})
    .describe('What stands in the column of the side'),
  spread,
  ...layout,
});

const side = z.enum(PRICE_SIDES).describe('What the price is: one side, or the middle');

const barPrices = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('bid_ask'),
    bid: ohlc,
    ask: ohlc,
    bidSize: columnRef.optional(),
    askSize: columnRef.optional(),
  }),
  z.strictObject({
    kind: z.literal('two_files'),
    ohlc,
    bidFiles: z.string().min(1).describe('Glob of the names of the bid files'),
    askFiles: z.string().min(1).describe('Glob of the names of the ask files'),
  }),
  z.strictObject({ kind: z.literal('single'), ohlc, side, spread }),
  z.strictObject({ kind: z.literal('close'), close: columnRef, side, spread }),
]);

const share = decimal({ min: '0', max: '1', decimals: 6 });

/** How a bar becomes quotes. */
const way = {
  order: z.enum(BAR_ORDERS).default('direction').describe('Which extreme comes first'),
  offsets: z
    .tuple([share, share, share, share])
    .superRefine((offsets, context) => {
      const numbers = offsets.map(Number);
      if (numbers.every((offset, at) => at === 0 || offset >= (numbers[at - 1] ?? 0))) return;
      const message = 'must not go back: open, first extreme, second, close';
      context.addIssue({ code: 'custom', params: { kind: 'order' }, message });
    })
    .default(['0', '0.25', '0.5', '1'])
    .describe("Where the four quotes stand, as shares of the bar's duration"),
};

const barsFormat = z.strictObject({
  kind: z.literal('bars'),
  columns: z.strictObject({ time: columnRef, symbol: symbolColumn }),
  prices: barPrices.describe('Where the prices of a bar stand'),
  stamp: z.enum(BAR_STAMPS).describe('Whether a time is that of the start of the bar or its end'),
  duration: span('1ms', '31d').describe('Length of a bar'),
  ...way,
  ...layout,
});

const trueFxFormat = z.strictObject({ kind: z.literal('truefx') });
const histDataFormat = z.strictObject({ kind: z.literal('histdata') });
const histDataBarsFormat = z.strictObject({ kind: z.literal('histdata_m1'), spread, ...way });
const dukascopyFormat = z.strictObject({
  kind: z.literal('dukascopy'),
  layout: z.enum(['jforex', 'epoch_ms']).describe('Which tool wrote the file'),
});

/** Formats of text, beside `lean`. */
export const textFormats = [
  delimitedFormat,
  barsFormat,
  tradesFormat,
  oneSidedFormat,
  trueFxFormat,
  histDataFormat,
  histDataBarsFormat,
  dukascopyFormat,
] as const;

export type DelimitedFormatConfig = z.output<typeof delimitedFormat>;
export type BarsFormatConfig = z.output<typeof barsFormat>;
