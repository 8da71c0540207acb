import { z } from 'zod';
import { LIMIT_FILLS } from '../venues/sim/config.ts';
import { oandaSchema } from './oanda-schema.ts';
import { decimal, span } from './schema-parts.ts';

const latency = z.strictObject({
  submit: span('0ms', '1h').default('50ms'),
  cancel: span('0ms', '1h').default('50ms').describe('Cancels and replaces'),
  report: span('0ms', '1h').default('50ms').describe('From the venue to the engine'),
});

const amount = decimal({ min: '0', max: '1000000' });
const minimum = amount.default('0').describe('Least commission of a fill, account currency');

const commission = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('none') }),
  z.strictObject({
    kind: z.literal('per_fill'),
    amount: amount.describe('Account currency for each fill'),
  }),
  z.strictObject({
    kind: z.literal('per_unit'),
    amount: amount.describe('Account currency for each unit of size'),
    minimum,
  }),
  z.strictObject({
    kind: z.literal('bps'),
    rate: decimal({ min: '0', max: '1000' }).describe('Basis points of the traded value'),
    minimum,
  }),
]);

// A hundred basis points of the largest price is still a safe integer of 10^-8 counts.
const slippage = z.discriminatedUnion('model', [
  z.strictObject({ model: z.literal('zero') }),
  z.strictObject({
    model: z.literal('fixed_bps'),
    bps: decimal({ min: '0', max: '100', decimals: 4 }).describe('Basis points of the touch'),
  }),
]);

/**
 * Where orders go in `tiyf run`, and beside it what the simulated venue is like: a backtest always
 * trades there, whichever the venue.
 */
export const venueSchema = z.strictObject({
  kind: z
    .enum(['sim', 'oanda'])
    .default('sim')
    .describe('Of `tiyf run`: the venue in the process, or an account at OANDA'),
  oanda: oandaSchema.optional().describe('The account, where the kind is `oanda`'),
  latency: latency.prefault({}).describe('Fixed time that each message takes'),
  limitFill: z
    .enum(LIMIT_FILLS)
    .default('touch')
    .describe('A resting limit fills when the other side touches it, or trades through it'),
  commission: commission.default({ kind: 'none' }),
  slippage: slippage.default({ model: 'zero' }),
  financing: z.boolean().default(true).describe('Charge positions held over a rollover'),
  marginCheck: z.boolean().default(true).describe('Refuse orders beyond the margin there is'),
  transactionsKept: z
    .int()
    .min(100)
    .max(1_000_000)
    .default(10_000)
    .describe('Transactions that can be read back after a restart'),
});
