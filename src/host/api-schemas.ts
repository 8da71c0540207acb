import { z } from 'zod';
import { USAGE_SUBJECTS } from '../kernel/gates/usage.ts';
import { CONTROL_ACTIONS, FLATTEN_STEPS, STOP_CAUSES } from '../model/control.ts';
import { DENY_REASONS, GATE_MODES, GATE_NAMES, TRADING_STATES } from '../model/gate.ts';
import { ORDER_ROLES, ORDER_STATES, ORDER_TYPES, TIMES_IN_FORCE } from '../model/order.ts';

/** The shapes of answers, for the OpenAPI document; a test holds live answers to them. */

const decimal = z.string().regex(/^-?\d+(\.\d+)?$/);
const utc = z.string();
const count = z.int().min(0);
const provenance = z.enum(['env', 'file', 'missing']);

const stateFields = {
  tradingState: z.enum(TRADING_STATES),
  by: z.string().describe('Who led to the trading state'),
  reason: z.string(),
  since: utc.nullable(),
  causes: z.array(z.strictObject({ cause: z.enum(STOP_CAUSES), text: z.string() })),
  override: z
    .strictObject({
      causes: z.array(z.enum(STOP_CAUSES)),
      until: utc,
      by: z.string(),
      reason: z.string(),
    })
    .nullable(),
  flatten: z.array(
    z.strictObject({
      symbol: z.string(),
      step: z.enum(FLATTEN_STEPS),
      order: count.nullable(),
      attempt: count,
      since: utc,
      nextAt: utc.nullable(),
      reason: z.string(),
    }),
  ),
  closing: z.boolean().describe('The engine is about to stop'),
};

export const statusSchema = z.strictObject({ ...stateFields, time: utc, durable: count });

export const orderSchema = z.strictObject({
  order: count,
  clientOrderId: z.string().nullable(),
  brokerOrderId: z.string().nullable(),
  decisionId: z.string(),
  symbol: z.string(),
  side: z.enum(['buy', 'sell']),
  type: z.enum(ORDER_TYPES),
  role: z.enum(ORDER_ROLES),
  timeInForce: z.enum(TIMES_IN_FORCE),
  quantity: decimal,
  filled: decimal,
  limitPrice: decimal.nullable(),
  stopPrice: decimal.nullable(),
  reduceOnly: z.boolean(),
  state: z.enum(ORDER_STATES),
  cancelPending: z.boolean(),
  replacePending: z.boolean(),
  intendedAt: utc,
  doubt: z
    .strictObject({
      about: z.enum(['submit', 'cancel', 'replace']),
      since: utc,
      questions: count,
    })
    .nullable(),
});

export const ordersSchema = z.strictObject({
  open: count.describe('Orders that are open; at most 1000 of them are listed'),
  orders: z.array(orderSchema),
});

export const positionsSchema = z.strictObject({
  positions: z.array(z.strictObject({ symbol: z.string(), quantity: decimal, external: decimal })),
});

const usageSchema = z.strictObject({
  reason: z.enum(DENY_REASONS).describe('Of a denial at this limit'),
  subject: z.enum(USAGE_SUBJECTS),
  of: z.string().describe('Symbol, currency or strategy; empty of the account'),
  limit: decimal.nullable().describe('Null where there is none yet'),
  used: decimal.nullable().describe('Null while what is held cannot be valued; of one order 0'),
  headroom: decimal.nullable().describe('What is left until the limit; 0 where it is passed'),
  unit: z.string().describe('A currency, units, messages, orders, positions, trades, or s'),
  blocking: z.boolean().describe('A further entry is denied now'),
});

export const gatesSchema = z.strictObject({
  gates: z.array(
    z.strictObject({
      gate: z.enum(GATE_NAMES),
      mode: z.enum(GATE_MODES),
      denials: count,
      limits: z.array(usageSchema),
    }),
  ),
  tightest: z
    .strictObject({ gate: z.enum(GATE_NAMES), ...usageSchema.shape })
    .nullable()
    .describe('Of gates that enforce: the limit that blocks, or else is nearest'),
});

export const journalSchema = z.strictObject({
  appended: count.describe('Frames'),
  durable: count.describe('Frames that are durable'),
  lag: count.describe('Frames that are not durable yet'),
  status: z.enum(['ok', 'in_reserve']),
  inReserve: z.boolean().describe('The disk has no room for another segment'),
  segments: count.describe('Beside the archive, the one being written among them'),
  bytes: count.describe('Of their files'),
  archive: z.strictObject({ segments: count, bytes: count }),
  withoutMarketData: count.describe('Segments, of all of these, whose market data was dropped'),
  upkeep: z
    .strictObject({
      failures: count.describe('Since the start'),
      problem: z.string().nullable().describe('Why the last one failed, until it was made good'),
    })
    .describe('Packing, archiving and dropping of market data'),
  recovery: z.strictObject({
    known: z.boolean().describe('There was an earlier life'),
    snapshot: z.string().nullable(),
    frames: count.describe('Frames applied after the snapshot'),
    compared: z.boolean().describe('They were decided anew and compared'),
    strategies: z.enum(['new', 'continued', 'fresh', 'none']),
    tailCut: z.boolean(),
    tailLost: z.boolean(),
  }),
});

const keysSchema = z.strictObject({
  keys: count,
  capacity: count,
  pinned: count,
  carried: count,
  evictions: count,
  suppressed: count,
  loaded: count,
  loadedExpired: count,
});

export const verdictSchema = z.strictObject({
  healthy: z.boolean(),
  tradable: z.boolean(),
  reason: z.string().describe('Why it is not tradable; empty when it is'),
});

const streamSchema = z.strictObject({ state: z.string(), heartbeatAgeMs: count.nullable() });

/** How the way to a broker is. */
const adapterSchema = z.strictObject({
  phase: z.string().describe('`open` is well'),
  problem: z.string().describe('Why it is not open, or what was odd last'),
  transactions: streamSchema,
  prices: streamSchema,
  reconnects: count,
  clockOffsetMs: z.int().nullable().describe("The venue's clock less ours"),
  latencyMs: z
    .strictObject({ p50: z.number().nullable(), p99: z.number().nullable() })
    .describe('From send to answer, of the last requests'),
  outstanding: count,
  log: z.strictObject({ told: count, heard: count, duplicates: count }),
  malformed: count,
  rateLimited: count,
  history: z.strictObject({ bars: count, missing: count }).describe('Of the past, at the start'),
  quotes: z.strictObject({ told: count, odd: count, conflated: count, stale: count }),
});

export const healthSchema = z.strictObject({
  ...verdictSchema.shape,
  tradingState: stateFields.tradingState,
  state: z.strictObject(stateFields),
  started: z.boolean(),
  time: utc.describe('Market time'),
  sessionOpen: z.boolean(),
  loopAgeMs: count,
  quotes: count,
  dataAgeMs: count.nullable().describe('Since the last quote, market time'),
  account: z.strictObject({
    currency: z.string(),
    balance: decimal,
    equity: decimal,
    unrealized: decimal,
    realized: decimal,
    commission: decimal,
    financing: decimal,
    maxDrawdown: decimal,
  }),
  orders: z.strictObject({ open: count, inDoubt: count, last: count, rejects: count }),
  positionsOpen: count,
  instruments: z.array(
    z.strictObject({
      symbol: z.string(),
      bid: decimal.nullable(),
      ask: decimal.nullable(),
      quoteAgeMs: count.nullable(),
      position: decimal,
    }),
  ),
  venue: z.strictObject({
    id: z.string(),
    environment: z.string().nullable(),
    account: z.string().nullable(),
    connected: z.boolean(),
    lostSince: utc.nullable(),
    cursor: count.describe('Last number of its log that is booked'),
    adapter: adapterSchema.nullable().describe('Of a broker; null where the venue is within'),
  }),
  stream: z.strictObject({
    ended: z.boolean(),
    lastQuote: utc.nullable(),
    quoted: count.describe('Instruments that have a quote'),
  }),
  journal: journalSchema.omit({ recovery: true }),
  recovery: journalSchema.shape.recovery,
  reconciliation: z.strictObject({
    armed: z.boolean().describe('A comparison since the start was clean'),
    held: z.boolean().describe('Breaks that are acted on are open'),
    breaks: count,
    seen: z.array(z.string()).describe('The first 20 of them'),
    attempts: count.describe('Snapshots asked for since the last that was of use'),
  }),
  ...gatesSchema.shape,
  idempotency: z.strictObject({ order: keysSchema, cancel: keysSchema }),
  slippage: z.string().describe("The embedded venue's model"),
  configuration: z.strictObject({
    id: z.string(),
    hash: z.string(),
    data: z.string().describe('What the market is, by content or specification'),
    strategies: z.array(z.string()).describe('Hashes of their modules'),
    timeZones: z.string(),
  }),
  version: z.string(),
  tokens: z.strictObject({ read: provenance, control: provenance }),
  lastStop: z
    .strictObject({ clean: z.boolean(), reason: z.string(), time: utc })
    .nullable()
    .describe('How the life before ended; null where nobody noted it'),
});

export const controlSchema = z.strictObject({
  done: z.literal(true),
  action: z.enum([...CONTROL_ACTIONS, 'resolve', 'enable']),
  ...stateFields,
  durable: count.describe('Frames of the journal that are durable, this call among them'),
});

export const errorSchema = z.strictObject({
  error: z.string().describe('Machine-readable'),
  message: z.string(),
  causes: z.array(z.enum(STOP_CAUSES)).optional(),
});
