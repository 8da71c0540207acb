import { resolve } from 'node:path';
import type { QuoteCache } from '../data/cache/quote-cache.ts';
import type { Retention } from '../journal/retention.ts';
import { findConversionPath } from '../kernel/account/conversion.ts';
import type { KernelConfig } from '../kernel/config.ts';
import type { IdentityLimits } from '../kernel/orders/identity.ts';
import type { CalendarTable } from '../market/calendar.ts';
import { powerOfTen } from '../model/arithmetic.ts';
import { present, unreachable } from '../model/assert.ts';
import { parseDecimal, parseScaled } from '../model/decimal.ts';
import { TRADING_STATES, type TradingState } from '../model/gate.ts';
import type { Instrument } from '../model/instrument.ts';
import { type Money, money, timeUs } from '../model/units.ts';
import {
  BPS_DECIMALS,
  fixedBpsSlippage,
  type SlippageModel,
  zeroSlippage,
} from '../slippage/model.ts';
import { oandaCapabilities } from '../venues/oanda/capabilities.ts';
import type { CommissionSpec } from '../venues/sim/commission.ts';
import { type SimLatency, type SimVenueConfig, simCapabilities } from '../venues/sim/config.ts';
import type { Assembly, BrokerAccount, MarketSource } from './assembly.ts';
import { BROKERS_MARKET, brokerAccount } from './broker-account.ts';
import { compileCalendars, compileFinancing, type Period, WIDEST_PERIOD } from './calendars.ts';
import { canonicalJson, sha256Of } from './canonical-json.ts';
import { timeZoneDataVersion } from './compile-calendar.ts';
import { moneyDecimals } from './currencies.ts';
import { engineVersion } from './engine-version.ts';
import { type FileSourceOptions, fileSource, filesPeriod } from './file-source.ts';
import { gatesOf, riskSpec } from './gates.ts';
import { instrumentOf } from './instruments.ts';
import { IssueList } from './issue.ts';
import type { LoadedConfig } from './load.ts';
import { type FoundSource, findSources, periodOfNames } from './market-files.ts';
import type { FilesMarketConfig } from './market-schema.ts';
import type { Config } from './schema.ts';
import { bytesOf, parseUtc, spanUs } from './schema-parts.ts';
import { ContentHashes } from './source-content.ts';
import { absentStrategies, type LoadedStrategies, loadStrategies } from './strategies.ts';
import { syntheticSource } from './synthetic-source.ts';

/** What an assembly is for: a backtest needs an end, a running engine a market that runs. */
export const ASSEMBLY_PURPOSES = ['check', 'backtest', 'run'] as const;
export type AssemblyPurpose = (typeof ASSEMBLY_PURPOSES)[number];

export interface AssembleOptions {
  /** Quotes that are held already, in place of the market that is configured. */
  readonly market?: MarketSource;
  /** What is known of files by content, where many assemblies are made of the same files. */
  readonly hashes?: ContentHashes;
  /** Where quotes that were read from files are kept for the next run; left out, nowhere. */
  readonly cache?: QuoteCache | undefined;
  /** False to import no strategy: they stand in it by name alone, and do nothing. */
  readonly importsStrategies?: boolean;
}

/**
 * Builds from a loaded configuration all that an engine is made of: imports the strategies (with
 * the traps set), finds the market's files, compiles calendars. Throws `ConfigError`, and for files
 * that cannot be read `DataError`.
 *
 * For `check` nothing is read that only a run would need: the fingerprint of files is empty.
 */
export async function assemble(
  loaded: LoadedConfig,
  purpose: AssemblyPurpose = 'check',
  options: AssembleOptions = {},
): Promise<Assembly> {
  const { config } = loaded;
  const { cache } = options;
  const issues = new IssueList();
  const instruments = loaded.instruments.map(instrumentOf);
  checkPurpose(loaded, purpose, issues);
  const broker = purpose === 'run' ? brokerAccount(config) : undefined;
  const { market } = config;
  const isRead = broker === undefined && market.kind === 'files';
  const files = isRead ? findSources(loaded, market, issues) : [];
  const strategies =
    options.importsStrategies === false
      ? absentStrategies(loaded)
      : await loadStrategies(loaded, instruments, issues);
  issues.throwIfAny();
  // A running synthetic market goes on past the end that a backtest of it has.
  const goesOn = purpose === 'run' && (config.market.kind === 'synthetic' || broker !== undefined);
  const period = goesOn ? WIDEST_PERIOD : marketPeriod(config, files);
  const calendars = compileCalendars(instruments, period);
  const shared = sharedConfig(config, instruments, calendars, broker !== undefined);
  const configuration = canonicalJson(effectiveConfiguration(loaded, strategies));
  const hashes =
    purpose === 'check' ? undefined : (options.hashes ?? new ContentHashes(cache?.hashes));
  return {
    id: config.id,
    configuration,
    configHash: sha256Of(configuration),
    kernel: kernelConfig(config, shared, strategies, period, broker),
    venue: simVenueConfig(config, shared, period),
    market:
      options.market ??
      (broker === undefined
        ? await marketSource(loaded, shared, files, { hashes, cache })
        : BROKERS_MARKET),
    broker,
    strategySources: strategies.sources,
    engineVersion: engineVersion(),
    timeZoneVersion: timeZoneDataVersion(),
    prefix: config.prefix,
    seed: config.seed,
    tradingState: TRADING_STATES.indexOf(config.tradingState) as TradingState,
    retention: retentionOf(config),
    run: {
      dataDirectory: resolve(loaded.directory, config.run.dataDirectory),
      host: config.run.host,
      port: config.run.port,
      readTokenEnv: config.run.readTokenEnv,
      controlTokenEnv: config.run.controlTokenEnv,
      stopWithinUs: spanUs(config.run.stopWithin),
      clockJumpMaxUs: spanUs(config.killSwitch.clockJump),
    },
  };
}

function checkPurpose(loaded: LoadedConfig, purpose: AssemblyPurpose, issues: IssueList): void {
  const { market } = loaded.config;
  if (purpose === 'backtest' && market.kind === 'synthetic' && market.to === undefined) {
    issues.add(
      loaded.source,
      ['market', 'to'],
      'missing',
      'is missing: a backtest, and --speed max, need an end',
    );
  }
}

/** Times that the market's quotes lie in, as far as the configuration tells. */
function marketPeriod({ market }: Config, files: readonly FoundSource[]): Period {
  if (market.kind === 'files') return filesMarketPeriod(market, files);
  const from = parseUtc(market.from);
  const to = market.to === undefined ? undefined : parseUtc(market.to);
  return from === undefined || to === undefined ? WIDEST_PERIOD : { from, to };
}

/** What is known from the names of the files, cut to what is taken of them. */
function filesMarketPeriod(market: FilesMarketConfig, files: readonly FoundSource[]): Period {
  const named = periodOfNames(files) ?? WIDEST_PERIOD;
  const taken = filesPeriod(market);
  const from = timeUs(Math.max(named.from, taken.from));
  const to = timeUs(Math.min(named.to, taken.to));
  return from < to ? { from, to } : named;
}

/** The configuration as it is journaled and hashed: by content, whatever was left out filled in. */
function effectiveConfiguration(loaded: LoadedConfig, strategies: LoadedStrategies): unknown {
  const { $schema: _, ...config } = loaded.config;
  return {
    ...config,
    instruments: { ...config.instruments, definitions: loaded.instruments },
    strategies: config.strategies.map((strategy, at) => ({
      ...strategy,
      parameters: present(strategies.bindings[at], 'strategy').parameters,
    })),
  };
}

/** What instruments and account are, for books and venue alike. */
export type SharedConfig = Pick<
  KernelConfig & SimVenueConfig,
  'instruments' | 'calendars' | 'conversionPaths' | 'account'
>;

/** OANDA states money to four decimals, of each trade that a fill closes. */
function brokersRounding(decimals: number): Money {
  return money(powerOfTen(Math.max(0, decimals - 4)));
}

/** What the engine's books and the venue's have in common. */
export function sharedConfig(
  { account }: Pick<Config, 'account'>,
  instruments: readonly Instrument[],
  calendars: readonly CalendarTable[],
  isBrokers = false,
): SharedConfig {
  const { currency, balance, costBasis } = account;
  const decimals = present(moneyDecimals(currency), `decimals of ${currency}`);
  return {
    instruments,
    calendars,
    conversionPaths: instruments.map(({ quote }) =>
      present(findConversionPath(instruments, quote, currency), `path from ${quote}`),
    ),
    account: {
      currency,
      decimals,
      openingBalance: money(parseScaled(balance, decimals)),
      costBasis,
      ...(isBrokers ? { realizedTolerance: brokersRounding(decimals) } : {}),
    },
  };
}

function kernelConfig(
  config: Config,
  shared: SharedConfig,
  strategies: LoadedStrategies,
  period: Period,
  broker: BrokerAccount | undefined,
): KernelConfig {
  return {
    ...shared,
    strategies: strategies.bindings,
    gates: gatesOf(config.gates, shared),
    risk: riskSpec(config.gates, shared, period, slippageOf(config.venue.slippage)),
    keys: identityLimits(config),
    exits: config.exits,
    venue: broker === undefined ? simCapabilities(latencyOf(config)) : oandaCapabilities(),
    seed: config.seed,
    equityIntervalUs: spanUs(config.results.equityInterval),
    intentAgeMaxUs: spanUs(config.orders.intentAgeMax),
    failures: {
      max: config.orders.failures.max,
      withinUs: spanUs(config.orders.failures.within),
    },
    stops: {
      doubtAgeMaxUs: spanUs(config.killSwitch.doubtAge),
      venueLostMaxUs: spanUs(config.killSwitch.venueLost),
    },
    endedOrdersMax: config.orders.endedMax,
  };
}

/** A setting that is left out never comes to hold. */
function retentionOf({ journal = {} }: Config): Retention {
  const { archiveAfter, archiveOver, dropMarketDataAfter, dropMarketDataOver } = journal;
  const orNever = <T>(value: T | undefined, read: (value: T) => number): number =>
    value === undefined ? Number.POSITIVE_INFINITY : read(value);
  return {
    dropMarketAfterUs: orNever(dropMarketDataAfter, spanUs),
    dropMarketOverBytes: orNever(dropMarketDataOver, bytesOf),
    archiveAfterUs: orNever(archiveAfter, spanUs),
    archiveOverBytes: orNever(archiveOver, bytesOf),
  };
}

function identityLimits({ idempotency: { order, cancel }, gates }: Config): IdentityLimits {
  const { mode, within } = gates.duplicative;
  return {
    order: { capacity: order.capacity, ttlUs: spanUs(order.ttl) },
    cancel: {
      capacity: cancel.capacity,
      ttlUs: spanUs(cancel.ttl),
      answerWithinUs: spanUs(cancel.answerWithin),
    },
    repeatWithinUs: mode === 'off' ? 0 : spanUs(within),
  };
}

function latencyOf({ venue: { latency } }: Pick<Config, 'venue'>): SimLatency {
  return {
    submitUs: spanUs(latency.submit),
    cancelUs: spanUs(latency.cancel),
    reportUs: spanUs(latency.report),
  };
}

/** The simulated venue of a configuration. */
export function simVenueConfig(
  config: Pick<Config, 'venue'>,
  shared: SharedConfig,
  period: Period,
): SimVenueConfig {
  const { venue } = config;
  const { instruments } = shared;
  return {
    ...shared,
    financing: venue.financing
      ? compileFinancing(instruments, period)
      : instruments.map(() => undefined),
    latency: latencyOf(config),
    limitFill: venue.limitFill,
    commission: commissionOf(venue.commission),
    slippage: slippageOf(venue.slippage),
    marginCheck: venue.marginCheck,
    logMax: venue.transactionsKept,
  };
}

function commissionOf(spec: Config['venue']['commission']): CommissionSpec {
  switch (spec.kind) {
    case 'none':
      return { kind: 'none' };
    case 'per_fill':
      return { kind: 'per_fill', amount: parseDecimal(spec.amount) };
    case 'per_unit': {
      const { kind, amount, minimum } = spec;
      return { kind, amount: parseDecimal(amount), minimum: parseDecimal(minimum) };
    }
    case 'bps': {
      const { kind, rate, minimum } = spec;
      return { kind, rate: parseDecimal(rate), minimum: parseDecimal(minimum) };
    }
    default:
      return unreachable(spec);
  }
}

function slippageOf(spec: Config['venue']['slippage']): SlippageModel {
  if (spec.model === 'zero') return zeroSlippage;
  return fixedBpsSlippage(Number(parseScaled(spec.bps, BPS_DECIMALS)));
}

/** Where the quotes of a configuration come from. */
export async function marketSource(
  loaded: Pick<LoadedConfig, 'instruments'> & { readonly config: Pick<Config, 'market'> },
  { instruments, calendars }: SharedConfig,
  files: readonly FoundSource[],
  options: FileSourceOptions,
): Promise<MarketSource> {
  const { market } = loaded.config;
  if (market.kind === 'synthetic') return syntheticSource(loaded, market, instruments, calendars);
  return await fileSource(market, files, instruments, options);
}
