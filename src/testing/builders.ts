import { alwaysEnforced } from '../config/gates.ts';
import type { AccountSpec } from '../kernel/account/account.ts';
import { findConversionPath } from '../kernel/account/conversion.ts';
import type { KernelConfig, StrategyBinding } from '../kernel/config.ts';
import { DuplicativeGate } from '../kernel/gates/duplicative.ts';
import { OrderSizeGate } from '../kernel/gates/order-size.ts';
import type { IdentityLimits } from '../kernel/orders/identity.ts';
import { NO_RISK_STATE } from '../kernel/risk/risk.ts';
import type { CalendarTable } from '../market/calendar.ts';
import { present } from '../model/assert.ts';
import { parseDecimal } from '../model/decimal.ts';
import type { AssetClass, Instrument, SessionSpec } from '../model/instrument.ts';
import { US_PER_DAY, US_PER_HOUR } from '../model/time.ts';
import type { InstrumentIndex, Money, TimeUs } from '../model/units.ts';
import { zeroSlippage } from '../slippage/model.ts';
import { type SimVenueConfig, simCapabilities } from '../venues/sim/config.ts';

/** Monday 2024-01-01 00:00 UTC: where tests begin unless they say otherwise. */
export const TEST_START = 1_704_067_200_000_000 as TimeUs;

const ALWAYS: SessionSpec = {
  timeZone: 'UTC',
  weekly: [{ open: ['Mon', '00:00'], close: ['Mon', '00:00'] }],
  dayStart: '00:00',
  holidays: [],
};

/** An instrument of the usual FX form; increments follow the quote currency. */
export function testInstrument(symbol: string, overrides: Partial<Instrument> = {}): Instrument {
  const base = symbol.slice(0, 3);
  const quote = symbol.slice(3);
  const yen = quote === 'JPY';
  const assetClass: AssetClass = 'fx';
  return {
    symbol,
    assetClass,
    base,
    quote,
    priceIncrement: parseDecimal(yen ? '0.001' : '0.00001'),
    sizeIncrement: parseDecimal('1'),
    pipSize: parseDecimal(yen ? '0.01' : '0.0001'),
    contractSize: parseDecimal('1'),
    marginRate: parseDecimal('0.02'),
    sessions: ALWAYS,
    settlementLagDays: 2,
    ...overrides,
  };
}

/** A calendar that is always open, with trading days that start at `dayStartUs` after midnight. */
export function alwaysOpen(days = 400, dayStartUs = 0): CalendarTable {
  const from = (TEST_START - 10 * US_PER_DAY) as TimeUs;
  const horizon = (TEST_START + days * US_PER_DAY) as TimeUs;
  const dayStarts: number[] = [];
  for (let t = from - US_PER_DAY + dayStartUs; t < horizon + 2 * US_PER_DAY; t += US_PER_DAY) {
    dayStarts.push(t);
  }
  return { from, horizon, opens: [from], closes: [horizon], dayStarts };
}

const TEST_LATENCY = { submitUs: 50_000, cancelUs: 50_000, reportUs: 50_000 };

export const TEST_ACCOUNT: AccountSpec = {
  currency: 'USD',
  decimals: 6,
  openingBalance: 100_000_000_000n as Money,
  costBasis: 'average',
};

/** Limits of keys, the defaults unless said otherwise. */
export function testKeys(
  order: Partial<IdentityLimits['order']> = {},
  rest: { cancel?: Partial<IdentityLimits['cancel']>; repeatWithinUs?: number } = {},
): IdentityLimits {
  const limits = { capacity: 5000, ttlUs: 24 * US_PER_HOUR };
  return {
    order: { ...limits, ...order },
    cancel: { ...limits, answerWithinUs: 10_000_000, ...rest.cancel },
    repeatWithinUs: rest.repeatWithinUs ?? 0,
  };
}

export interface TestSetup {
  readonly instruments?: readonly Instrument[];
  readonly strategies?: readonly Omit<StrategyBinding, 'instruments'>[];
  readonly account?: Partial<AccountSpec>;
  readonly kernel?: Partial<KernelConfig>;
  readonly venue?: Partial<SimVenueConfig>;
}

/** Kernel and venue configurations that fit together. */
export function testConfigs(setup: TestSetup = {}): {
  kernel: KernelConfig;
  venue: SimVenueConfig;
} {
  const instruments = setup.instruments ?? [testInstrument('EURUSD')];
  const account = { ...TEST_ACCOUNT, ...setup.account };
  const shared = {
    instruments,
    calendars: instruments.map(() => alwaysOpen()),
    conversionPaths: instruments.map(({ quote }) =>
      present(findConversionPath(instruments, quote, account.currency), `path from ${quote}`),
    ),
    account,
  };
  const all = instruments.map((_, k) => k as InstrumentIndex);
  const kernel: KernelConfig = {
    ...shared,
    strategies: (setup.strategies ?? []).map((binding) => ({ ...binding, instruments: all })),
    gates: [...alwaysEnforced(), new OrderSizeGate('off', []), new DuplicativeGate('off')],
    risk: NO_RISK_STATE,
    keys: testKeys(),
    exits: { retry: 'engine', retryOwn: 'strategy', attemptsMax: 5 },
    venue: simCapabilities(TEST_LATENCY),
    seed: 1,
    equityIntervalUs: US_PER_HOUR,
    intentAgeMaxUs: 2_000_000,
    failures: { max: 1000, withinUs: 60_000_000 },
    endedOrdersMax: 1000,
    ...setup.kernel,
  };
  const venue: SimVenueConfig = {
    ...shared,
    financing: instruments.map(() => undefined),
    latency: TEST_LATENCY,
    limitFill: 'touch',
    commission: { kind: 'none' },
    slippage: zeroSlippage,
    marginCheck: true,
    logMax: 0,
    ...setup.venue,
  };
  return { kernel, venue };
}
