import { findConversionPath } from '../kernel/account/conversion.ts';
import type { KernelConfig } from '../kernel/config.ts';
import { DuplicateIntentGate } from '../kernel/gates/duplicate-intent.ts';
import { HoldGate } from '../kernel/gates/hold.ts';
import { OrderSizeGate } from '../kernel/gates/order-size.ts';
import { OrderValidityGate } from '../kernel/gates/order-validity.ts';
import { TradingStateGate } from '../kernel/gates/trading-state.ts';
import { NO_RISK_STATE } from '../kernel/risk/risk.ts';
import type { CalendarTable } from '../market/calendar.ts';
import { present } from '../model/assert.ts';
import { parseDecimal } from '../model/decimal.ts';
import type { Instrument } from '../model/instrument.ts';
import { US_PER_DAY } from '../model/time.ts';
import type { InstrumentIndex, Money, TimeUs } from '../model/units.ts';
import type { VenueCapabilities } from '../model/venue.ts';
import { OPENING_BALANCE } from './remote-books.ts';
import { TRADER, type TraderParameters } from './trader.ts';

/** Monday 2024-01-01 00:00 UTC. */
export const SIMULATION_START = 1_704_067_200_000_000 as TimeUs;
export const SYMBOLS = ['EURUSD', 'GBPUSD'] as const;

function instrument(symbol: string): Instrument {
  return {
    symbol,
    assetClass: 'fx',
    base: symbol.slice(0, 3),
    quote: symbol.slice(3),
    priceIncrement: parseDecimal('0.00001'),
    sizeIncrement: parseDecimal('1'),
    pipSize: parseDecimal('0.0001'),
    contractSize: parseDecimal('1'),
    marginRate: parseDecimal('0.02'),
    sessions: {
      timeZone: 'UTC',
      weekly: [{ open: ['Mon', '00:00'], close: ['Mon', '00:00'] }],
      dayStart: '00:00',
      holidays: [],
    },
    settlementLagDays: 2,
  };
}

function alwaysOpen(): CalendarTable {
  const from = (SIMULATION_START - US_PER_DAY) as TimeUs;
  const horizon = (SIMULATION_START + 10 * US_PER_DAY) as TimeUs;
  const dayStarts = Array.from({ length: 14 }, (_, day) => from + (day - 1) * US_PER_DAY);
  return { from, horizon, opens: [from], closes: [horizon], dayStarts };
}

export const INSTRUMENTS = SYMBOLS.map(instrument);
const CALENDARS = SYMBOLS.map(alwaysOpen);

/** In half of the worlds the engine sends the rest of a strategy's exits, too. */
function retryOwn(seed: number): 'engine' | 'strategy' {
  return seed % 2 === 0 ? 'engine' : 'strategy';
}

/** What the simulated engine is configured with. */
export function simulatedConfig(
  venue: VenueCapabilities,
  parameters: TraderParameters,
  seed: number,
  costBasis: KernelConfig['account']['costBasis'] = 'average',
): KernelConfig {
  const instruments = INSTRUMENTS;
  return {
    instruments,
    calendars: CALENDARS,
    conversionPaths: instruments.map(({ quote }) =>
      present(findConversionPath(instruments, quote, 'USD'), `path from ${quote}`),
    ),
    account: {
      currency: 'USD',
      decimals: 6,
      openingBalance: BigInt(OPENING_BALANCE) as Money,
      costBasis,
    },
    strategies: [
      {
        id: 'trader',
        definition: TRADER as KernelConfig['strategies'][number]['definition'],
        parameters,
        instruments: instruments.map((_, k) => k as InstrumentIndex),
      },
    ],
    gates: [
      new OrderValidityGate(),
      new DuplicateIntentGate(),
      new TradingStateGate(),
      new HoldGate(),
      new OrderSizeGate('off', []),
    ],
    risk: NO_RISK_STATE,
    keys: {
      order: { capacity: 5000, ttlUs: US_PER_DAY },
      cancel: { capacity: 5000, ttlUs: US_PER_DAY, answerWithinUs: 10_000_000 },
      repeatWithinUs: 0,
    },
    exits: { retry: 'engine', retryOwn: retryOwn(seed), attemptsMax: 5 },
    venue,
    seed,
    equityIntervalUs: US_PER_DAY / 24,
    intentAgeMaxUs: 2_000_000,
    failures: { max: 12, withinUs: 20_000_000 },
    // A simulated operator answers what stays in doubt: no trip is to stop a run.
    stops: { doubtAgeMaxUs: 400 * US_PER_DAY, venueLostMaxUs: 400 * US_PER_DAY },
    endedOrdersMax: 1000,
  };
}
