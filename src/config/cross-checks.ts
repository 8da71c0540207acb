import { findConversionPath } from '../kernel/account/conversion.ts';
import { parseDecimal } from '../model/decimal.ts';
import { ACCOUNT_CURRENCIES, moneyDecimals } from './currencies.ts';
import type { InstrumentSpec } from './instrument-schema.ts';
import { type InstrumentBook, instrumentOf } from './instruments.ts';
import type { IssueList, IssueSource } from './issue.ts';
import type { Config } from './schema.ts';
import { bytesOf, compareDecimals, spanUs } from './schema-parts.ts';

/** Marks are safe integers: a larger opening balance would leave no room above it. */
const BALANCE_COUNTS_MAX = '4000000000000000';

/** What the checks of a configuration share. */
export interface CheckContext {
  readonly config: Config;
  readonly source: IssueSource;
  readonly issues: IssueList;
  /** Every instrument that can be named. */
  readonly book: InstrumentBook;
  /** Those in use, in their order; a name that is unknown is left out. */
  readonly used: readonly InstrumentSpec[];
}

/** What checks of an account and its market look at: a broker has no more of a configuration. */
export type MarketContext = Omit<CheckContext, 'config'> & {
  readonly config: Pick<Config, 'instruments'> & {
    readonly account: Pick<Config['account'], 'currency' | 'balance'>;
  };
};

export function checkAccount({ config, source, issues }: MarketContext): void {
  const { currency, balance } = config.account;
  const decimals = moneyDecimals(currency);
  if (decimals === undefined) {
    const message = `unknown account currency; known are ${ACCOUNT_CURRENCIES.join(' ')}`;
    issues.add(source, ['account', 'currency'], 'unknown', message);
    return;
  }
  const value = parseDecimal(balance);
  if (value.decimals > decimals) {
    const message = `${currency} is kept to ${decimals} decimals`;
    issues.add(source, ['account', 'balance'], 'too_fine', message);
  }
  const most = { coefficient: BigInt(BALANCE_COUNTS_MAX), decimals };
  if (compareDecimals(value, most) > 0) {
    issues.add(source, ['account', 'balance'], 'range', 'is larger than the engine can mark');
  }
}

export function checkInstrumentsInUse(context: MarketContext): void {
  const { config, source, issues, book } = context;
  const seen = new Set<string>();
  for (const [at, symbol] of config.instruments.use.entries()) {
    const path = ['instruments', 'use', at];
    if (!book.has(symbol)) {
      const where = config.instruments.file === undefined ? '' : ' or in the instrument file';
      issues.add(source, path, 'unknown', `no instrument ${symbol} is built in${where}`);
    } else if (seen.has(symbol)) {
      issues.add(source, path, 'duplicate', `${symbol} is listed twice`);
    }
    seen.add(symbol);
  }
  checkConversion(context);
}

/** X18: every traded currency has a path to the account's. */
function checkConversion({ config, source, issues, book, used }: MarketContext): void {
  const { currency } = config.account;
  if (moneyDecimals(currency) === undefined) return;
  const instruments = used.map(instrumentOf);
  for (const { symbol, quote } of used) {
    if (findConversionPath(instruments, quote, currency) !== undefined) continue;
    const pair = [...book.values()].find(
      (spec) =>
        (spec.base === quote && spec.quote === currency) ||
        (spec.base === currency && spec.quote === quote),
    );
    const hint = pair === undefined ? '' : `; adding ${pair.symbol} to "use" gives one`;
    const message = `${symbol}: no instrument in use converts ${quote} to ${currency}${hint}`;
    const at = config.instruments.use.indexOf(symbol);
    issues.add(source, ['instruments', 'use', at], 'no_conversion', message);
  }
}

/** X16: one strategy per instrument, since the account holds one position in it. */
export function checkStrategies({ config, source, issues }: CheckContext): void {
  const ids = new Set<string>();
  const owners = new Map<string, string>();
  for (const [at, { id, instruments }] of config.strategies.entries()) {
    if (ids.has(id)) {
      issues.add(source, ['strategies', at, 'id'], 'duplicate', `two strategies are called ${id}`);
    }
    ids.add(id);
    for (const [k, symbol] of instruments.entries()) {
      const path = ['strategies', at, 'instruments', k];
      const owner = owners.get(symbol);
      if (!config.instruments.use.includes(symbol)) {
        issues.add(source, path, 'unknown', `${symbol} is not in instruments.use`);
      } else if (instruments.indexOf(symbol) < k) {
        issues.add(source, path, 'duplicate', `${symbol} is listed twice`);
      } else if (owner !== undefined) {
        const message = `${symbol} is traded by ${owner}: one strategy per instrument`;
        issues.add(source, path, 'shared', message);
      }
      owners.set(symbol, id);
    }
  }
}

/** A reader's token must not arm an engine. */
export function checkRun({ config, source, issues }: CheckContext): void {
  const { readTokenEnv, controlTokenEnv } = config.run;
  if (readTokenEnv !== controlTokenEnv) return;
  const message = 'is that of readers as well: they would be operators';
  issues.add(source, ['run', 'controlTokenEnv'], 'shared', message);
}

/** Market data that goes before its segment is archived would be in no archive. */
export function checkJournal({ config, source, issues }: CheckContext): void {
  const { archiveAfter, archiveOver, dropMarketDataAfter, dropMarketDataOver } =
    config.journal ?? {};
  const refuse = (key: string, other: string, value: string): void => {
    const message = `is less than ${other}, ${value}: market data would go before it is archived`;
    issues.add(source, ['journal', key], 'order', message);
  };
  if (archiveAfter !== undefined && dropMarketDataAfter !== undefined) {
    const isLess = spanUs(dropMarketDataAfter) < spanUs(archiveAfter);
    if (isLess) refuse('dropMarketDataAfter', 'archiveAfter', archiveAfter);
  }
  if (archiveOver !== undefined && dropMarketDataOver !== undefined) {
    const isLess = bytesOf(dropMarketDataOver) < bytesOf(archiveOver);
    if (isLess) refuse('dropMarketDataOver', 'archiveOver', archiveOver);
  }
}

/** Requests a second on open connections (its v20 best practices). */
const OANDA_PER_SECOND = 100;

/** An account at a broker is configured where it is traded, and nowhere else. */
export function checkVenue({ config, source, issues }: CheckContext): void {
  const { kind, oanda } = config.venue;
  if (kind === 'oanda' && oanda === undefined) {
    issues.add(source, ['venue', 'oanda'], 'missing', 'is missing: which account is traded?');
  }
  if (kind === 'sim' && oanda !== undefined) {
    issues.add(source, ['venue', 'oanda'], 'unused', 'goes with "kind": "oanda"');
  }
  if (oanda?.environment === 'live' && oanda.servers !== undefined) {
    const message = 'real money goes to OANDA itself: servers of your own are for practice';
    issues.add(source, ['venue', 'oanda', 'servers'], 'not_practice', message);
  }
  if (kind === 'oanda' && config.account.costBasis !== 'lots') {
    const message = 'must be "lots": OANDA realises profit trade by trade, the oldest first';
    issues.add(source, ['account', 'costBasis'], 'broker', message);
  }
  if (oanda !== undefined && oanda.servers === undefined && oanda.perSecond > OANDA_PER_SECOND) {
    const message = `is more than the ${OANDA_PER_SECOND} that OANDA recommends`;
    issues.add(source, ['venue', 'oanda', 'perSecond'], 'too_many', message);
  }
}

const LOOPBACK = ['127.0.0.1', '::1', 'localhost'];

/** Only this machine is served: `section.host` must be one of its own addresses. */
export function checkHost(
  host: string,
  section: string,
  source: IssueSource,
  issues: IssueList,
): void {
  if (LOOPBACK.includes(host)) return;
  const message = `only loopback is served in this release: ${LOOPBACK.join(', ')}`;
  issues.add(source, [section, 'host'], 'not_loopback', message);
}
