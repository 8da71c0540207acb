import { z } from 'zod';
import { ON_BREACH } from '../kernel/gates/gate.ts';
import { GATE_MODES } from '../model/gate.ts';
import { currency, decimal, span, symbol } from './schema-parts.ts';

/** Messages that a limit may allow: so many times are remembered. */
const MESSAGES_MAX = 100_000;

const mode = z.enum(GATE_MODES).default('off').describe('`shadow` records and never blocks');
const onBreach = z
  .enum(ON_BREACH)
  .default('deny')
  .describe('What becomes of an entry of which a part would fit: denied, or cut to it');

function bySymbol(what: string, decimals?: number) {
  const value = decimal({ above: '0', ...(decimals === undefined ? {} : { decimals }) });
  return z
    .record(z.union([symbol(), z.literal('*')]), value)
    .default({})
    .describe(`${what}, by symbol; "*" is every other symbol`);
}

function percentBySymbol(what: string) {
  return z
    .record(z.union([symbol(), z.literal('*')]), percent())
    .default({})
    .describe(`${what}, by symbol; "*" is every other symbol`);
}

/** Above 0 and at most 100. */
function percent() {
  return decimal({ above: '0', max: '100', decimals: 4 });
}

function money() {
  return decimal({ above: '0' });
}

function messages() {
  return z.int().min(1).max(MESSAGES_MAX).optional();
}

const lossRail = z.strictObject({
  mode,
  max: money().optional().describe('Loss that trips, account currency'),
  maxPercent: percent().optional().describe('The same as a share of what it is measured from'),
  hardMax: money().optional().describe('Loss that trips at one certain mark'),
  hardMaxPercent: percent().optional(),
});

/** The gates that can be set; every one is off unless the configuration says otherwise. */
export const gatesSchema = z.strictObject({
  dataFreshness: z
    .strictObject({
      mode,
      quoteAgeMax: span('1ms', '1d').default('5s').describe('No entry on an older quote'),
    })
    .prefault({}),
  marketHours: z
    .strictObject({
      mode,
      afterOpen: span('0s', '1d').default('0s').describe('No entry so soon after a session opens'),
      beforeClose: span('0s', '1d').default('0s'),
      beforeRollover: span('0s', '12h').default('0s').describe('Around the start of a trading day'),
      afterRollover: span('0s', '12h').default('0s'),
    })
    .prefault({}),
  orderSize: z
    .strictObject({ mode, onBreach, max: bySymbol('Largest entry in one order, in units') })
    .prefault({}),
  duplicative: z
    .strictObject({
      mode,
      within: span('1ms', '1d')
        .default('1s')
        .describe('An entry of the same strategy, instrument, side and quantity again within it'),
    })
    .prefault({}),
  orderValue: z
    .strictObject({
      mode,
      onBreach,
      max: bySymbol('Largest value of an entry in one order, account currency'),
    })
    .prefault({}),
  priceCollar: z
    .strictObject({
      mode,
      entryPips: bySymbol('Farthest price of an entry from the middle of the quote, in pips', 4),
      entryPercent: percentBySymbol('The same in percent of the middle'),
      exitPips: bySymbol('Farthest price of an exit, stop-loss or take-profit, in pips', 4),
      exitPercent: percentBySymbol('The same in percent of the middle'),
    })
    .prefault({}),
  messageRate: z
    .strictObject({
      mode,
      perSecond: messages().describe('Submits, cancels and replaces in all'),
      perMinute: messages(),
      instrumentPerSecond: messages().describe('The same on one instrument'),
      instrumentPerMinute: messages(),
      keptPercent: decimal({ min: '0', max: '90', decimals: 4 })
        .default('20')
        .describe('Share of each limit that is kept for cancels and exits'),
    })
    .prefault({}),
  repeatedExecution: z
    .strictObject({
      mode,
      fills: z.int().min(2).max(10_000).default(20).describe('Of one strategy on one side'),
      within: span('1s', '1d').default('60s'),
    })
    .prefault({}),
  exposure: z
    .strictObject({
      mode,
      onBreach,
      perInstrument: bySymbol('Largest exposure in one instrument, account currency'),
      net: money().optional().describe('Largest sum over instruments, long less short'),
      gross: money().optional().describe('Largest sum over instruments, long and short'),
      perCurrency: z
        .record(z.union([currency(), z.literal('*')]), money())
        .default({})
        .describe('Largest exposure to a currency, by code; "*" is every other'),
    })
    .prefault({}),
  openPositions: z
    .strictObject({
      mode,
      max: z.int().min(1).max(10_000).optional().describe('Instruments with a position or order'),
    })
    .prefault({}),
  margin: z
    .strictObject({
      mode,
      onBreach,
      maxUsedPercent: decimal({ above: '0', max: '1000', decimals: 4 })
        .optional()
        .describe('Margin used with every order filled, of net asset value'),
      closeoutPercent: percent()
        .default('50')
        .describe('The broker closes out at this share of the margin used'),
      minDistancePercent: percent()
        .optional()
        .describe('Least distance of net asset value to that, of net asset value'),
      rateAgeMax: span('1ms', '1d').default('60s').describe('An older rate or price denies'),
    })
    .prefault({}),
  brokerCaps: z
    .strictObject({
      mode,
      onBreach,
      orderUnits: bySymbol('Largest order that the broker takes, in units'),
      positionUnits: bySymbol('Largest position that the broker allows, in units'),
      openOrders: z.int().min(1).max(100_000).optional().describe('Orders that may be open'),
    })
    .prefault({}),
  dailyLoss: lossRail.prefault({}).describe('Measured from equity at the start of the day'),
  runDrawdown: lossRail.prefault({}).describe('Measured from the highest equity of the run'),
  lossMarks: z
    .strictObject({
      count: z.int().min(1).max(1000).default(3).describe('Marks beyond a limit that trip'),
      over: span('0s', '1h').default('5s').describe('The first and last so far apart'),
      ageMax: span('1ms', '1d').default('10s').describe('An older quote gives no certain mark'),
      spreadMaxPips: bySymbol('A wider spread gives no certain mark', 4),
    })
    .prefault({}),
  lossDay: z
    .strictObject({
      timeZone: z.string().min(1).default('America/New_York'),
      start: z
        .string()
        .regex(/^([01]\d|2[0-3]):[0-5]\d$/, 'must be a local time "HH:MM"')
        .default('17:00'),
    })
    .prefault({})
    .describe('Day of the daily loss'),
  lossCooldown: z
    .strictObject({
      mode,
      losses: z.int().min(1).max(1000).default(3).describe('Losing trades in a row of a strategy'),
      wait: span('1s', '30d').default('1h').describe('How long its entries wait then'),
    })
    .prefault({}),
});

export type GatesConfig = z.output<typeof gatesSchema>;
