import { dirname, resolve } from 'node:path';
import type { QuoteCache } from '../data/cache/quote-cache.ts';
import type { BooksConfig } from '../venues/server/ledger.ts';
import { marketSource, sharedConfig, simVenueConfig } from './assemble.ts';
import type { MarketSource } from './assembly.ts';
import { type BrokerConfig, brokerSchema } from './broker-schema.ts';
import { compileCalendars, WIDEST_PERIOD } from './calendars.ts';
import { configHash } from './canonical-json.ts';
import { checkAccount, checkHost, checkInstrumentsInUse } from './cross-checks.ts';
import { instrumentOf } from './instruments.ts';
import { IssueList } from './issue.ts';
import { inMarket, instrumentBook, withMarketDefaults } from './load.ts';
import { checkFilesMarket, checkSyntheticMarket } from './market-checks.ts';
import { findSources } from './market-files.ts';
import { readJsonText } from './read-json.ts';
import { addSchemaIssues } from './schema-issues.ts';
import { ContentHashes } from './source-content.ts';
import { venueSchema } from './venue-schema.ts';

/** What `tiyf broker` serves. */
export interface BrokerAssembly {
  readonly books: BooksConfig;
  readonly market: MarketSource;
  /** `sha256:…` of what its books depend on: account, instruments, market, venue. */
  readonly layout: string;
  readonly server: BrokerConfig['server'];
}

/** Reads the configuration of a broker. Throws `ConfigError` with every issue found. */
export async function assembleBroker(
  path: string,
  cache: QuoteCache | undefined,
): Promise<BrokerAssembly> {
  const file = resolve(path);
  const directory = dirname(file);
  const source = readJsonText(file, 'config');
  const issues = new IssueList();
  const result = brokerSchema.safeParse(source.value);
  if (!result.success) {
    addSchemaIssues(result.error, source.value, source, issues);
    throw issues.error();
  }
  const config = result.data;
  const book = instrumentBook(config.instruments, directory, source, issues);
  issues.throwIfAny();
  const used = config.instruments.use.flatMap((symbol) => book.get(symbol) ?? []);
  const context = { config, source, issues, book, used };
  checkAccount(context);
  checkInstrumentsInUse(context);
  checkHost(config.server.host, 'server', source, issues);
  if (config.market.kind === 'synthetic') checkSyntheticMarket(context, config.market);
  else checkFilesMarket(context, config.market);
  issues.throwIfAny();
  const sources =
    config.market.kind === 'files' ? findSources({ source, directory }, config.market, issues) : [];
  issues.throwIfAny();
  const market = withMarketDefaults(config.market, config.instruments.use);
  const specs = inMarket(config.market, used);
  const instruments = specs.map(instrumentOf);
  const calendars = compileCalendars(instruments, WIDEST_PERIOD);
  const account = { ...config.account, costBasis: 'lots' as const };
  const shared = sharedConfig({ account }, instruments, calendars);
  // A request is answered at once, and the server keeps the log itself.
  const latency = { submit: '0ms', cancel: '0ms', report: '0ms' };
  const venue = { ...venueSchema.parse({}), ...config.venue, latency };
  const loaded = { config: { market }, instruments: specs };
  const hashes = new ContentHashes(cache?.hashes);
  const quotes = await marketSource(loaded, shared, sources, { hashes, cache });
  return {
    books: {
      venue: { ...simVenueConfig({ venue }, shared, WIDEST_PERIOD), logMax: 0 },
      accountId: config.account.id,
      transactionsKept: config.server.transactionsKept,
      endedKept: config.server.endedKept,
    },
    market: quotes,
    layout: configHash({
      account: config.account,
      instruments: specs,
      market: quotes.fingerprint,
      venue: config.venue,
    }),
    server: {
      ...config.server,
      dataDirectory: resolve(directory, config.server.dataDirectory),
    },
  };
}
