import type { TortureParameters } from './strategy.ts';

/** What is traded in a kill campaign: pairs whose currencies all have a way to the dollar. */
export const TORTURE_SYMBOLS: readonly string[] = [
  'EURUSD',
  'GBPUSD',
  'AUDUSD',
  'NZDUSD',
  'USDJPY',
  'USDCHF',
  'USDCAD',
  'EURGBP',
  'EURAUD',
  'EURNZD',
  'EURCAD',
  'EURCHF',
  'EURJPY',
  'GBPAUD',
  'GBPNZD',
  'GBPCAD',
  'GBPCHF',
  'GBPJPY',
  'AUDNZD',
  'AUDCAD',
  'AUDCHF',
  'AUDJPY',
  'NZDCAD',
  'NZDJPY',
];

/** Symbols of each strategy: several act at once, and an instrument is one strategy's (X16). */
const SYMBOLS_EACH = 6;
const TRADERS = TORTURE_SYMBOLS.flatMap((_, at) =>
  at % SYMBOLS_EACH === 0 ? [TORTURE_SYMBOLS.slice(at, at + SYMBOLS_EACH)] : [],
);

export const TORTURE_ACCOUNT = '101-001-1234567-001';
export const TORTURE_PREFIX = 'TORT';
export const TOKEN_ENV = 'TIYF_TORTURE_TOKEN';
/** Decimals in which an account in dollars is counted. */
export const MONEY_DECIMALS = 6;
/** An order is unknown when no answer came for so long. */
export const WRITE_WITHIN_MS = 1000;

function market(): object {
  const spec = { quotesPerSecond: '2' };
  const instruments = Object.fromEntries(TORTURE_SYMBOLS.map((symbol) => [symbol, spec]));
  return { kind: 'synthetic', alwaysOpen: true, instruments };
}

export function brokerConfig(seed: number, port: number, dataDirectory: string): object {
  return {
    account: { id: TORTURE_ACCOUNT, currency: 'USD', balance: '100000' },
    instruments: { use: TORTURE_SYMBOLS },
    market: market(),
    venue: { commission: { kind: 'per_fill', amount: '0.01' } },
    server: {
      port,
      dataDirectory,
      token: TOKEN_ENV,
      heartbeat: '1s',
      priceInterval: '50ms',
      // What the auditor and the engine have not read by then is long since read by both.
      transactionsKept: 5000,
      endedKept: 5000,
      seed,
    },
  };
}

export function engineConfig(parts: {
  readonly seed: number;
  readonly broker: string;
  readonly dataDirectory: string;
  readonly strategy: string;
  /** Mean time between two acts of the strategy, µs. */
  readonly paceUs: number;
}): object {
  const { seed, broker, dataDirectory, strategy, paceUs } = parts;
  const until = Number.MAX_SAFE_INTEGER;
  const parameters: TortureParameters = {
    until,
    paceUs,
    reduceOnly: true,
    replaces: true,
    legs: true,
  };
  return {
    id: 'torture',
    seed,
    prefix: TORTURE_PREFIX,
    account: { currency: 'USD', balance: '100000', costBasis: 'lots' },
    instruments: { use: TORTURE_SYMBOLS },
    market: { ...market(), from: '2026-01-05T00:00:00Z' },
    strategies: TRADERS.map((instruments, at) => {
      return { id: `trader-${at + 1}`, module: strategy, instruments, parameters };
    }),
    // Faults fail many orders; that this stops an engine has tests of its own.
    orders: { failures: { max: 1000, within: '10s' } },
    venue: {
      kind: 'oanda',
      oanda: {
        environment: 'practice',
        account: TORTURE_ACCOUNT,
        tokenEnv: TOKEN_ENV,
        servers: { rest: broker, stream: broker },
        writeWithin: `${WRITE_WITHIN_MS}ms`,
        readWithin: '2s',
        silence: '6s',
        perSecond: 2000,
      },
    },
    // Every segment goes as soon as no start can need it.
    journal: { archiveOver: '4KiB', dropMarketDataOver: '4KiB' },
    run: { dataDirectory, port: 0 },
  };
}
