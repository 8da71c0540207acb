import { z } from 'zod';
import { faultsSchema } from '../venues/server/faults.ts';
import { marketSchema } from './market-schema.ts';
import { currency, decimal, path, span, symbol } from './schema-parts.ts';
import { venueSchema } from './venue-schema.ts';

const account = z.strictObject({
  id: z
    .string()
    .regex(/^\d{1,4}-\d{1,4}-\d{1,9}-\d{1,4}$/, 'must be like "101-001-1234567-001"')
    .default('101-001-1234567-001')
    .describe('Site, division, user and number, as OANDA writes them'),
  currency: currency(),
  balance: decimal({ above: '0' }).describe('Opening balance'),
});

const server = z.strictObject({
  dataDirectory: path().default('data/broker').describe('Of its books, relative to this file'),
  host: z.string().min(1).default('127.0.0.1').describe('Loopback only in this release'),
  port: z.int().min(0).max(65_535).default(0).describe('0 takes a free port'),
  token: z
    .string()
    .regex(/^[A-Z_][A-Z0-9_]{0,63}$/, 'must be the name of an environment variable')
    .default('TIYF_BROKER_TOKEN')
    .describe('Environment variable that holds the bearer token'),
  heartbeat: span('10ms', '1h').default('5s').describe('Between heartbeats of a stream'),
  priceInterval: span('0ms', '1h')
    .default('250ms')
    .describe('Least distance of two streamed prices of an instrument'),
  transactionsKept: z
    .int()
    .min(1000)
    .max(1_000_000)
    .default(100_000)
    .describe('Transactions that can be read back: about a kilobyte of memory each'),
  endedKept: z
    .int()
    .min(100)
    .max(1_000_000)
    .default(10_000)
    .describe('Ended orders, and closed trades, that can be read back'),
  faults: faultsSchema.default([]).describe('Switches that stand from the start'),
  seed: z.int().min(0).default(1).describe('Of the draws of faults'),
});

/** The configuration of `tiyf broker`. */
export const brokerSchema = z.strictObject({
  $schema: z.string().optional(),
  account,
  instruments: z.strictObject({
    use: z.array(symbol()).min(1).describe('What can be traded, and what converts it'),
    file: path().optional().describe('Your own instruments, relative to this file'),
  }),
  market: marketSchema,
  venue: venueSchema
    .omit({ kind: true, oanda: true, latency: true, transactionsKept: true })
    .prefault({}),
  server: server.prefault({}),
});

export type BrokerConfig = z.output<typeof brokerSchema>;
