import { z } from 'zod';
import { COST_BASES } from '../kernel/account/position.ts';
import { EXIT_RETRIERS } from '../kernel/orders/exit-desk.ts';
import { TRADING_STATES } from '../model/gate.ts';
import { gatesSchema } from './gates-schema.ts';
import { marketSchema } from './market-schema.ts';
import { byteSize, currency, decimal, path, span, symbol } from './schema-parts.ts';
import { venueSchema } from './venue-schema.ts';

const account = z.strictObject({
  currency: currency(),
  balance: decimal({ above: '0' }).describe('Opening balance'),
  costBasis: z
    .enum(COST_BASES)
    .default('average')
    .describe('`average` releases cost in proportion, `lots` closes the oldest lot first'),
});

const instruments = z.strictObject({
  use: z.array(symbol()).min(1).describe('Traded instruments and those of their conversion'),
  file: path().optional().describe('Your own instruments, relative to this file'),
});

const strategy = z.strictObject({
  id: z
    .string()
    .regex(/^[a-z0-9-]{1,32}$/, 'must be of a-z, 0-9 and "-", at most 32')
    .describe('Part of every decision id'),
  module: path().describe('TypeScript or JavaScript module that exports `strategy`'),
  instruments: z.array(symbol()).min(1),
  parameters: z
    .record(z.string(), z.unknown())
    .default({})
    .describe('Checked by the strategy; {"$file": "name"} is replaced by the text of that file'),
});

const failures = z.strictObject({
  max: z.int().min(2).max(1000).default(10).describe('Failed orders that stop new risk'),
  within: span('1s', '1d').default('60s').describe('If they fall within this time'),
});

const orders = z.strictObject({
  intentAgeMax: span('1ms', '1h').default('2s').describe('An older entry is withdrawn, not sent'),
  failures: failures.prefault({}).describe('Not placed, refused, withdrawn or unresolved'),
  endedMax: z.int().min(100).max(1_000_000).default(10_000).describe('Ended orders kept at hand'),
});

const exits = z.strictObject({
  retry: z
    .enum(EXIT_RETRIERS)
    .default('engine')
    .describe("Who sends the rest of a triggered stop, or of the engine's own exit, ended short"),
  retryOwn: z
    .enum(EXIT_RETRIERS)
    .default('strategy')
    .describe("Who sends the rest of a strategy's own market exit that ended short"),
  attemptsMax: z.int().min(1).max(1000).default(10).describe('Orders sent before it is abandoned'),
});

const keysKept = {
  capacity: z.int().min(10).max(1_000_000).default(5000).describe('Keys remembered'),
  ttl: span('1s', '365d').default('24h').describe('How long after they were in use'),
};

const idempotency = z.strictObject({
  order: z.strictObject(keysKept).prefault({}).describe('Keys of orders'),
  cancel: z
    .strictObject({
      ...keysKept,
      answerWithin: span('100ms', '1h')
        .default('10s')
        .describe('An equal cancel is suppressed while the answer to the first may come'),
    })
    .prefault({})
    .describe('Keys of cancels'),
});

const killSwitch = z.strictObject({
  doubtAge: span('1s', '7d').default('5m').describe('An order in doubt for longer stops new risk'),
  venueLost: span('1s', '7d').default('2m').describe('So does a venue that is lost for longer'),
  clockJump: span('10ms', '1h').default('1s').describe('And a step of the clock beyond this'),
});

const journal = z.strictObject({
  archiveAfter: span('1m', '36500d')
    .optional()
    .describe('Segments sealed longer ago, by journal time, are moved to the archive'),
  archiveOver: byteSize('4KiB', '1024TiB')
    .optional()
    .describe('While sealed segments take more beside the archive, the oldest is moved there'),
  dropMarketDataAfter: span('1m', '36500d')
    .optional()
    .describe('Market data of segments sealed longer ago, by journal time, is dropped'),
  dropMarketDataOver: byteSize('4KiB', '1024TiB')
    .optional()
    .describe(
      'While sealed segments take more, archived ones too, the oldest market data is dropped',
    ),
});

/** Names a variable of the environment; what it holds never enters a configuration. */
function variable() {
  return z.string().regex(/^[A-Z][A-Z0-9_]{0,63}$/, 'must be the name of an environment variable');
}

const run = z.strictObject({
  dataDirectory: path().default('data').describe('Of `tiyf run`, relative to this file'),
  host: z
    .string()
    .min(1)
    .default('127.0.0.1')
    .describe('Elsewhere than loopback needs both tokens'),
  port: z.int().min(0).max(65_535).default(0).describe('0 takes a free port'),
  readTokenEnv: variable().default('TIYF_READ_TOKEN').describe('Holds the token of readers'),
  controlTokenEnv: variable().default('TIYF_CONTROL_TOKEN').describe('Holds that of operators'),
  stopWithin: span('0s', '10m')
    .default('5s')
    .describe('How long a stop waits for what is in flight'),
});

/** A configuration file. Every default stands here and becomes part of what is hashed. */
export const configSchema = z.strictObject({
  $schema: z.string().optional(),
  id: z
    .string()
    .regex(/^[a-z0-9][a-z0-9-]{0,63}$/, 'must be of a-z, 0-9 and "-", at most 64')
    .describe('Name of the configuration, for outputs'),
  seed: z.int().min(0).default(1).describe("Of the strategies' random sources"),
  prefix: z
    .string()
    .regex(/^[A-Za-z0-9]{1,8}$/, 'must be 1 to 8 letters and digits')
    .default('TIYF')
    .describe('Prefix of client order ids; one engine, one prefix'),
  account,
  instruments,
  market: marketSchema,
  strategies: z.array(strategy).min(1),
  gates: gatesSchema.prefault({}),
  tradingState: z
    .enum(TRADING_STATES)
    .default('active')
    .describe('Where a new engine or a backtest starts; later its journal knows'),
  orders: orders.prefault({}),
  exits: exits.prefault({}),
  idempotency: idempotency.prefault({}),
  killSwitch: killSwitch.prefault({}),
  venue: venueSchema.prefault({}),
  results: z
    .strictObject({
      equityInterval: span('1s', '1d').default('1h').describe('Between samples of equity.csv'),
    })
    .prefault({}),
  journal: journal.optional().describe('What a running engine does with sealed segments'),
  run: run.prefault({}),
});

/** A configuration with every default filled in. */
export type Config = z.output<typeof configSchema>;
export type StrategyConfig = Config['strategies'][number];
