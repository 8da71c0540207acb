import { z } from 'zod';
import { BAD_ROW_POLICIES, CROSSED_POLICIES } from '../data/bad-rows.ts';
import { binaryFormats } from './binary-format-schema.ts';
import { decimal, path, symbol, utcTime } from './schema-parts.ts';
import { textFormats } from './text-format-schema.ts';

/** How activity and spread vary over a day: as in FX, or not at all. */
export const PROFILES = ['fx', 'flat'] as const;

/** Where quotes of an invented instrument lie; prices and sizes as decimals. */
export const syntheticSchema = z.strictObject({
  price: decimal({ above: '0' }).describe('Mid at `from`'),
  dailyVolatilityBps: decimal({ min: '0', max: '10000', decimals: 4 }).describe(
    "Standard deviation of a day's move, in basis points",
  ),
  spread: decimal({ above: '0' }).describe('Spread in busy hours, in the unit of the price'),
  quotesPerSecond: decimal({ min: '0.001', max: '10000', decimals: 4 }).describe('Mean over a day'),
  sizeMin: decimal({ min: '0' }).describe('Smallest quoted size; 0 and 0 quotes no sizes'),
  sizeMax: decimal({ min: '0' }).describe('Largest quoted size'),
  profile: z.enum(PROFILES).describe('How activity and spread vary over the day'),
  follows: z
    .strictObject({
      symbol: symbol().describe('An instrument in use that follows none itself'),
      weight: decimal({ min: '-10', max: '10', decimals: 4 }).describe('Share of its moves'),
    })
    .optional()
    .describe("Another instrument's moves are added to its own, times `weight`"),
});

export type SyntheticSpec = z.output<typeof syntheticSchema>;

const syntheticMarket = z.strictObject({
  kind: z.literal('synthetic'),
  seed: z.int().min(0).default(1),
  from: utcTime()
    .default('2024-01-01T00:00:00Z')
    .describe('Start of a backtest; prices stand at their `price` then, live too'),
  to: utcTime().optional().describe('End of a backtest, which needs it'),
  alwaysOpen: z
    .boolean()
    .default(false)
    .describe('true: the market never closes, whatever the sessions of its instruments'),
  instruments: z
    .record(symbol(), syntheticSchema.partial())
    .default({})
    .describe('What differs from the built-in defaults, by symbol'),
});

const leanFormat = z.strictObject({
  kind: z.literal('lean'),
  zone: z.string().min(1).default('UTC').describe('Clock of the files: UTC for OANDA'),
});

const source = z.strictObject({
  symbol: symbol(),
  files: z
    .array(path())
    .min(1)
    .describe(
      'Files in time order, relative to this file; "*" and "?" in names of folders and files',
    ),
  format: z.discriminatedUnion('kind', [leanFormat, ...textFormats, ...binaryFormats]),
  entry: z.string().min(1).optional().describe('Glob of the entry in a zip that holds several'),
});

const policy = z.enum(BAD_ROW_POLICIES).default('fail');

const badRows = z.strictObject({
  policy: z
    .strictObject({
      unparseable: policy,
      off_grid: policy,
      out_of_range: policy,
      non_positive: policy,
      other_symbol: policy,
      outside_file_period: policy,
      time_backwards: policy,
      unpaired: policy,
      broken_bar: policy,
      crossed: z.enum(CROSSED_POLICIES).default('fail'),
      absurd_jump: policy,
    })
    .prefault({}),
  maxSkippedShare: decimal({ min: '0', max: '1' })
    .default('0.01')
    .describe("Share of a file's rows that may be skipped before the file fails"),
  maxJumpBps: z.int().min(0).max(1_000_000).default(1000).describe('0 is no check'),
  jumpConfirmRows: z.int().min(0).max(1000).default(5).describe('0 never believes a jump'),
});

const filesMarket = z.strictObject({
  kind: z.literal('files'),
  sources: z.array(source).min(1),
  from: utcTime().optional().describe('Quotes before this time are left out'),
  to: utcTime().optional().describe('Quotes at or after this time are left out, and not read'),
  badRows: badRows.prefault({}),
});

export const marketSchema = z.discriminatedUnion('kind', [syntheticMarket, filesMarket]);

export type SyntheticMarketConfig = z.output<typeof syntheticMarket>;
export type FilesMarketConfig = z.output<typeof filesMarket>;
export type FileSourceConfig = z.output<typeof source>;
