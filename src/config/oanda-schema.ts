import { z } from 'zod';
import { span } from './schema-parts.ts';

/** Names a variable of the environment; what it holds never enters a configuration. */
const variable = z.string().regex(/^[A-Z][A-Z0-9_]{0,63}$/, 'must be the name of a variable');

const address = z
  .string()
  .regex(
    /^https?:\/\/[^/?#\s@]+$/,
    'must be a scheme and a host, such as "https://127.0.0.1:8443"',
  );

/** An account at OANDA, or at whoever speaks its v20 protocol. */
export const oandaSchema = z.strictObject({
  environment: z
    .enum(['practice', 'live'])
    .describe('`live` is real money, and needs `--live` at every start'),
  account: z
    .string()
    .regex(/^[0-9A-Za-z-]{1,64}$/, 'must be an account number, such as "101-001-1234567-001"')
    .describe('The one account that is traded'),
  tokenEnv: variable.default('OANDA_TOKEN').describe('Holds the token; it stands nowhere else'),
  servers: z
    .strictObject({ rest: address, stream: address })
    .optional()
    .describe('Another server than OANDA, in `practice` alone: `tiyf broker`, a proxy'),
  writeWithin: span('100ms', '1m')
    .default('5s')
    .describe('An order without an answer for longer is in doubt'),
  readWithin: span('100ms', '5m').default('10s'),
  silence: span('6s', '10m').default('12s').describe('A stream without a word is opened anew'),
  quoteAgeMax: span('100ms', '1h').default('2s').describe('An older quote is not taken'),
  gap: span('1s', '1d').default('1m').describe('No quote for longer is told to strategies'),
  perSecond: z
    .int()
    .min(1)
    .max(10_000)
    .default(80)
    .describe('Requests; of OANDA no more than the 100 that it recommends'),
});
