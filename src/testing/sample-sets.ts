import type { QuoteFileSource } from '../data/quote-stream.ts';
import { priced } from './quote-files.ts';

type Rules = NonNullable<QuoteFileSource['badRows']>;

/** A set of real files, and how the documentation says that it is read. */
export interface SampleSet {
  /** Its row in the table of `docs/data.md`: what it is, which mapping, how many rows. */
  readonly title: string;
  readonly mapping: string;
  readonly rows: number;
  /** Patterns of paths below the sample folder. */
  readonly files: readonly string[];
  readonly symbol: string;
  /** Price increment and size increment. */
  readonly steps: readonly [string, string];
  /** As in a configuration. */
  readonly format: Readonly<Record<string, unknown>>;
  readonly badRows?: Partial<Rules>;
  /** Largest number of files that a test reads, where that is not all. */
  readonly sampled?: { readonly files: number; readonly rows: number };
}

export function instrumentOf({ symbol, steps: [price, size] }: SampleSet) {
  return priced(symbol, price, size);
}

const LEAN_DAY = { kind: 'lean' };
const LEAN_DAY_EST = { kind: 'lean', zone: '-05:00' };
export const FX = ['0.00001', '1'] as const;
export const METAL = ['0.001', '1'] as const;
export const EQUITY = ['0.0001', '1'] as const;

export const NEW_YORK = { zone: 'America/New_York', priceScale: '0.0001' };
const DUKASCOPY_CSV = {
  kind: 'delimited',
  header: true,
  columns: {
    time: 'ts_utc_ms',
    bid: 'bid',
    ask: 'ask',
    bidSize: 'bid_vol_mio',
    askSize: 'ask_vol_mio',
  },
  time: 'epoch_ms',
  sizeScale: '1000000',
};
export const KEEP: Partial<Rules> = { policy: { crossed: 'keep' } };

/** A row of the table. */
export function set(
  title: string,
  mapping: string,
  rows: number,
  files: string | readonly string[],
  symbol: string,
  steps: readonly [string, string],
  format: SampleSet['format'],
  more: Pick<SampleSet, 'badRows' | 'sampled'> = {},
): SampleSet {
  const list = typeof files === 'string' ? [files] : files;
  return { title, mapping, rows, files: list, symbol, steps, format, ...more };
}

const OANDA = 'fx-oanda-ticks-2014-05';
const FXCM = 'fx-fxcm-ticks-2014-05';

/** Sets of ticks and trades. */
export const TICK_SETS: readonly SampleSet[] = [
  set(
    'OANDA EURUSD ticks, 2014-05-01 to 09',
    '`lean`',
    321_559,
    `${OANDA}/eurusd/*.zip`,
    'EURUSD',
    FX,
    LEAN_DAY,
  ),
  set(
    'OANDA NZDUSD ticks, 2014-05-01 to 09',
    '`lean`',
    274_268,
    `${OANDA}/nzdusd/*.zip`,
    'NZDUSD',
    FX,
    LEAN_DAY,
  ),
  set(
    'OANDA XAUUSD ticks, 2014-05-01 to 09',
    '`lean`',
    1_312_635,
    `${OANDA}/xauusd/*.zip`,
    'XAUUSD',
    METAL,
    LEAN_DAY,
    {
      sampled: { files: 3, rows: 404_648 },
    },
  ),
  set(
    'FXCM EURUSD ticks, 2014-05-01 to 09',
    '`lean`, `-05:00`',
    675_401,
    `${FXCM}/eurusd/*.zip`,
    'EURUSD',
    FX,
    LEAN_DAY_EST,
    { badRows: KEEP },
  ),
  set(
    'FXCM NZDUSD ticks, 2014-05-01 to 09',
    '`lean`, `-05:00`',
    605_951,
    `${FXCM}/nzdusd/*.zip`,
    'NZDUSD',
    FX,
    LEAN_DAY_EST,
    { badRows: KEEP },
  ),
  set(
    'Dukascopy EURUSD ticks, 2019-02-04',
    '`delimited`',
    136_741,
    'fx-dukascopy-eurusd-2019-02/*.csv.gz',
    'EURUSD',
    FX,
    DUKASCOPY_CSV,
  ),
  set(
    'Dukascopy GBPJPY ticks, 2012-12-02 to 14',
    '`delimited`',
    608_996,
    'fx-dukascopy-gbpjpy-2012-12/*.csv.gz',
    'GBPJPY',
    METAL,
    DUKASCOPY_CSV,
  ),
  set(
    'Dukascopy BTCUSD CFD ticks, 2023-02-20',
    '`delimited`',
    8523,
    'crypto-dukascopy-btcusd-2023-02-20/*.csv.gz',
    'BTCUSD',
    ['0.1', '0.1'],
    DUKASCOPY_CSV,
  ),
  set(
    'HistData EURUSD ticks as epoch ms, 2020-01',
    '`delimited`',
    99_308,
    'fx-ticks-2020-01/eurusd_*.csv.gz',
    'EURUSD',
    FX,
    {
      kind: 'delimited',
      header: true,
      columns: { time: 'utc_ts_ms', bid: 'bid', ask: 'ask' },
      time: 'epoch_ms',
    },
  ),
  set(
    'TrueFX AUDUSD ticks as epoch ms, 2020-01',
    '`delimited`',
    100_000,
    'fx-ticks-2020-01/audusd_*.csv.gz',
    'AUDUSD',
    FX,
    {
      kind: 'delimited',
      header: true,
      columns: { time: 'ts_utc_ms', bid: 'bid', ask: 'ask' },
      time: 'epoch_ms',
    },
  ),
  set(
    'TrueFX USDJPY ticks as ISO, 2013-01-01',
    '`delimited`',
    1000,
    'fx-truefx-usdjpy-2013-01/*.csv',
    'USDJPY',
    METAL,
    {
      kind: 'delimited',
      header: true,
      columns: { time: 'timestamp', bid: 'bid', ask: 'ask' },
      time: 'iso',
    },
  ),
  set(
    'Binance BTCUSDT future, book ticker, 2020-02-22',
    '`delimited`',
    9999,
    'crypto-binance-futures-2020-02-22/quotes.csv.gz',
    'BTCUSDT',
    ['0.01', '0.001'],
    {
      kind: 'delimited',
      header: true,
      time: 'epoch_us',
      columns: {
        symbol: 'symbol',
        time: 'timestamp',
        bid: 'bid_price',
        ask: 'ask_price',
        bidSize: 'bid_amount',
        askSize: 'ask_amount',
      },
    },
  ),
  set(
    'Binance BTCUSDT future, trades, 2020-02-22',
    '`trades`',
    9999,
    'crypto-binance-futures-2020-02-22/trades.csv.gz',
    'BTCUSDT',
    ['0.01', '0.001'],
    {
      kind: 'trades',
      header: true,
      time: 'epoch_us',
      spread: '0.01',
      columns: {
        symbol: 'symbol',
        time: 'timestamp',
        price: 'price',
        size: 'amount',
        side: 'side',
      },
    },
  ),
  set(
    'IBM quote ticks of all exchanges, 2013-10-07',
    '`one_sided`',
    109_067,
    'equity-ticks/ibm/*_quote.zip',
    'IBM',
    EQUITY,
    {
      kind: 'one_sided',
      header: false,
      columns: { time: 1, bid: 2, bidSize: 3, ask: 4, askSize: 5 },
      time: 'ms_of_day',
      fileDate: 'YYYYMMDD_*',
      ...NEW_YORK,
    },
    { badRows: { policy: { crossed: 'clamp' } } },
  ),
  set(
    'IBM trade ticks, 2013-10-07',
    '`trades`',
    24_293,
    'equity-ticks/ibm/*_trade.zip',
    'IBM',
    EQUITY,
    {
      kind: 'trades',
      header: false,
      columns: { time: 1, price: 2, size: 3 },
      spread: '0.01',
      time: 'ms_of_day',
      fileDate: 'YYYYMMDD_*',
      ...NEW_YORK,
    },
  ),
];
