import type { InstrumentSpec } from './instrument-schema.ts';
import type { SyntheticSpec } from './market-schema.ts';

/** A built-in instrument, and where its price lies in a synthetic market. */
export interface CatalogueEntry {
  readonly instrument: InstrumentSpec;
  readonly synthetic: SyntheticSpec;
}

type Sessions = InstrumentSpec['sessions'];
type Financing = NonNullable<InstrumentSpec['financing']>;

const NEW_YORK = 'America/New_York';
/** Christmas and New Year, every year. */
const HOLIDAYS = ['12-25', '01-01'];

const FX_SESSIONS: Sessions = {
  timeZone: NEW_YORK,
  weekly: [{ open: ['Sun', '17:00'], close: ['Fri', '17:00'] }],
  dayStart: '17:00',
  holidays: HOLIDAYS,
};

/** Metals and indices rest from 17:00 to 18:00 New York. */
const BREAK_SESSIONS: Sessions = {
  timeZone: NEW_YORK,
  weekly: [
    { open: ['Sun', '18:00'], close: ['Mon', '17:00'] },
    { open: ['Mon', '18:00'], close: ['Tue', '17:00'] },
    { open: ['Tue', '18:00'], close: ['Wed', '17:00'] },
    { open: ['Wed', '18:00'], close: ['Thu', '17:00'] },
    { open: ['Thu', '18:00'], close: ['Fri', '17:00'] },
  ],
  dayStart: '17:00',
  holidays: HOLIDAYS,
};

const ALWAYS: Sessions = {
  timeZone: 'UTC',
  weekly: [{ open: ['Mon', '00:00'], close: ['Mon', '00:00'] }],
  dayStart: '00:00',
  holidays: [],
};

/** Example interest by currency in basis points a year; not any broker's price list. */
const INTEREST_BPS: Readonly<Record<string, number>> = {
  AUD: 430,
  CAD: 480,
  CHF: 130,
  EUR: 370,
  GBP: 520,
  JPY: 10,
  NZD: 550,
  USD: 530,
};
/** What the example broker keeps of both rates. */
const FINANCING_FEE_BPS = 100;
/** Money markets of these count 365 days a year, the others 360. */
const DAY_COUNT_365 = ['AUD', 'CAD', 'GBP', 'NZD'];

/** Basis points as a decimal share: −150 is "-0.0150". */
function shareText(bps: number): string {
  const digits = Math.abs(bps).toString().padStart(5, '0');
  return `${bps < 0 ? '-' : ''}${digits.slice(0, -4)}.${digits.slice(-4)}`;
}

/** A long position earns the base's interest and pays the quote's; a short one the reverse. */
function fxFinancing(base: string, quote: string): Financing {
  const carry = (INTEREST_BPS[base] ?? 0) - (INTEREST_BPS[quote] ?? 0);
  return {
    longRate: shareText(carry - FINANCING_FEE_BPS),
    shortRate: shareText(-carry - FINANCING_FEE_BPS),
    dayCount: DAY_COUNT_365.includes(quote) ? 365 : 360,
  };
}

/** The six currencies whose pairs the European regulator calls major; others need more margin. */
const MAJOR_CURRENCIES = ['CAD', 'CHF', 'EUR', 'GBP', 'JPY', 'USD'];

/** Margin rates follow ESMA decision 2018/796: 3.33 %, 5 %, gold 5 %, silver 10 %, crypto 50 %. */
function fxMarginRate(base: string, quote: string): string {
  const major = MAJOR_CURRENCIES.includes(base) && MAJOR_CURRENCIES.includes(quote);
  return major ? '0.0333' : '0.05';
}

/** Pair, price, volatility of a day in basis points, spread in tenths of a pip, quotes a second. */
const FX_PAIRS: readonly (readonly [string, string, number, number, string])[] = [
  ['EURUSD', '1.08500', 45, 8, '1.5'],
  ['EURGBP', '0.85400', 35, 12, '1'],
  ['EURAUD', '1.64400', 55, 20, '1'],
  ['EURNZD', '1.77900', 60, 28, '0.8'],
  ['EURCAD', '1.46500', 45, 20, '0.8'],
  ['EURCHF', '0.95500', 35, 16, '0.8'],
  ['EURJPY', '162.750', 60, 15, '1.2'],
  ['GBPUSD', '1.27000', 50, 12, '1.4'],
  ['GBPAUD', '1.92400', 55, 25, '0.8'],
  ['GBPNZD', '2.08200', 60, 35, '0.7'],
  ['GBPCAD', '1.71500', 50, 25, '0.7'],
  ['GBPCHF', '1.11800', 50, 22, '0.7'],
  ['GBPJPY', '190.500', 70, 22, '1.2'],
  ['AUDUSD', '0.66000', 60, 12, '1.2'],
  ['AUDNZD', '1.08200', 40, 22, '0.7'],
  ['AUDCAD', '0.89100', 50, 20, '0.7'],
  ['AUDCHF', '0.58100', 60, 20, '0.6'],
  ['AUDJPY', '99.000', 70, 18, '1'],
  ['NZDUSD', '0.61000', 60, 15, '1'],
  ['NZDCAD', '0.82400', 55, 22, '0.6'],
  ['NZDCHF', '0.53700', 60, 22, '0.5'],
  ['NZDJPY', '91.500', 70, 22, '0.8'],
  ['USDCAD', '1.35000', 40, 14, '1.1'],
  ['USDCHF', '0.88000', 45, 13, '1'],
  ['USDJPY', '150.000', 55, 9, '1.5'],
  ['CADCHF', '0.65200', 50, 22, '0.6'],
  ['CADJPY', '111.100', 65, 20, '0.8'],
  ['CHFJPY', '170.450', 60, 22, '0.7'],
];

/** Settles on the next business day, every other pair on the second. */
const T_PLUS_ONE = ['USDCAD'];

function fxEntry(row: (typeof FX_PAIRS)[number]): CatalogueEntry {
  const [symbol, price, volatilityBps, spreadTenths, quotesPerSecond] = row;
  const base = symbol.slice(0, 3);
  const quote = symbol.slice(3);
  // A tenth of a pip is the price increment.
  const decimals = quote === 'JPY' ? 3 : 5;
  const unit = (digits: number): string => `0.${'1'.padStart(digits, '0')}`;
  return {
    instrument: {
      symbol,
      assetClass: 'fx',
      base,
      quote,
      priceIncrement: unit(decimals),
      sizeIncrement: '1',
      pipSize: unit(decimals - 1),
      contractSize: '1',
      marginRate: fxMarginRate(base, quote),
      sessions: FX_SESSIONS,
      settlementLagDays: T_PLUS_ONE.includes(symbol) ? 1 : 2,
      financing: fxFinancing(base, quote),
    },
    synthetic: {
      price,
      dailyVolatilityBps: String(volatilityBps),
      spread: `0.${String(spreadTenths).padStart(decimals, '0')}`,
      quotesPerSecond,
      sizeMin: '100000',
      sizeMax: '5000000',
      profile: 'fx',
    },
  };
}

const OTHERS: readonly CatalogueEntry[] = [
  {
    instrument: {
      symbol: 'XAUUSD',
      assetClass: 'metal',
      base: 'XAU',
      quote: 'USD',
      priceIncrement: '0.001',
      sizeIncrement: '1',
      pipSize: '0.01',
      contractSize: '1',
      marginRate: '0.05',
      sessions: BREAK_SESSIONS,
      settlementLagDays: 2,
      financing: { longRate: '-0.0630', shortRate: '0.0430', dayCount: 360 },
    },
    synthetic: {
      price: '2000.000',
      dailyVolatilityBps: '90',
      spread: '0.300',
      quotesPerSecond: '3',
      sizeMin: '100',
      sizeMax: '2000',
      profile: 'fx',
    },
  },
  {
    instrument: {
      symbol: 'XAGUSD',
      assetClass: 'metal',
      base: 'XAG',
      quote: 'USD',
      priceIncrement: '0.00001',
      sizeIncrement: '1',
      pipSize: '0.0001',
      contractSize: '1',
      marginRate: '0.1',
      sessions: BREAK_SESSIONS,
      settlementLagDays: 2,
      financing: { longRate: '-0.0630', shortRate: '0.0430', dayCount: 360 },
    },
    synthetic: {
      price: '23.00000',
      dailyVolatilityBps: '170',
      spread: '0.02000',
      quotesPerSecond: '2',
      sizeMin: '5000',
      sizeMax: '50000',
      profile: 'fx',
    },
  },
  {
    // A contract on the index without financing, such as a broker offers beside the financed one.
    instrument: {
      symbol: 'US500USD',
      assetClass: 'index',
      base: 'US500',
      quote: 'USD',
      priceIncrement: '0.1',
      sizeIncrement: '0.1',
      pipSize: '1',
      contractSize: '1',
      marginRate: '0.05',
      sessions: BREAK_SESSIONS,
      settlementLagDays: 0,
    },
    synthetic: {
      price: '5000.0',
      dailyVolatilityBps: '90',
      spread: '0.4',
      quotesPerSecond: '2',
      sizeMin: '10',
      sizeMax: '200',
      profile: 'fx',
    },
  },
  {
    instrument: {
      symbol: 'BTCUSD',
      assetClass: 'crypto',
      base: 'BTC',
      quote: 'USD',
      priceIncrement: '0.1',
      sizeIncrement: '0.001',
      pipSize: '1',
      contractSize: '1',
      marginRate: '0.5',
      sessions: ALWAYS,
      settlementLagDays: 0,
      financing: { longRate: '-0.1500', shortRate: '-0.0500', dayCount: 365 },
    },
    synthetic: {
      price: '60000.0',
      dailyVolatilityBps: '250',
      spread: '20.0',
      quotesPerSecond: '4',
      sizeMin: '0.1',
      sizeMax: '5',
      profile: 'flat',
    },
  },
];

/** The built-in instruments: 28 pairs of eight currencies, two metals, an index, a crypto pair. */
export const CATALOGUE: ReadonlyMap<string, CatalogueEntry> = new Map(
  [...FX_PAIRS.map(fxEntry), ...OTHERS].map((entry) => [entry.instrument.symbol, entry]),
);
