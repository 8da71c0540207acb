import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises';
import type { Assembly } from '../config/assembly.ts';
import { accountBinding, configuredInput } from '../config/configured-input.ts';
import type { RecordSink } from '../kernel/recorder.ts';
import { Calendar } from '../market/calendar.ts';
import type { Control } from '../model/control.ts';
import type { Configured } from '../model/inputs.ts';
import type { TimeUs } from '../model/units.ts';
import { BrokerEngine } from '../runtime/broker-engine.ts';
import { drawNonce } from '../runtime/draw-nonce.ts';
import type { EmbeddedConfigs } from '../runtime/embedded-engine.ts';
import type { LiveEngine } from '../runtime/live-engine.ts';
import type { AlertPort } from '../runtime/outbox.ts';
import { type OpenedFeed, PacedEngine } from '../runtime/paced-engine.ts';
import { UNPACED, type WallClock } from '../runtime/pacer.ts';
import { type LogPort, SEVERITY_NAMES } from '../runtime/ports.ts';
import { type FeedPosition, GeneratedFeed, TapeFeed } from '../runtime/quote-feed.ts';
import type { StrategyPolicy } from '../runtime/recover.ts';
import { RecoveryError } from '../runtime/recovery-error.ts';
import { routesOf } from './api.ts';
import { ApiMetrics } from './api-metrics.ts';
import { brokerAdapter } from './broker-adapter.ts';
import { gatesView } from './gates-view.ts';
import { type Health, type HostFacts, healthOf, type Identity } from './health.ts';
import { HostAddress } from './host-address.ts';
import { listen } from './listen.ts';
import { RecordMetrics, registerGauges } from './metrics.ts';
import { type App, createApp } from './server.ts';
import { isLoopback, LOOPBACK, Tokens } from './tokens.ts';
import { registerVenueGauges } from './venue-view.ts';

/** How an engine is to run. */
export interface RunOptions {
  readonly assembly: Assembly;
  readonly directory: string;
  readonly host: string;
  readonly port: number;
  /** Market time per real time; `UNPACED` plays as fast as it can. */
  readonly speed: number;
  readonly clock: WallClock;
  readonly log: LogPort;
  /** Further takers of records. */
  readonly sinks?: readonly RecordSink[];
  /** What becomes of the strategies; left out: they go on, or the start is refused. */
  readonly policy?: StrategyPolicy;
  /** Assembles an earlier configuration of the journal, whose tail it decided. */
  readonly assembleEarlier?: (configured: Configured) => Promise<Assembly>;
  /** Where tokens are taken from; left out, from the environment of the process. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** The directory is a copy from a backup, and an operator says so (X4). */
  readonly restored?: boolean;
  /** For tests that compare runs; else every start draws a new one (X4). */
  readonly nonce?: string;
}

/** A running engine with its host. */
export interface RunningEngine {
  readonly url: string;
  readonly engine: LiveEngine;
  health(): Health;
  /** An operator's word that does not come by HTTP: a signal. */
  control(control: Control): void;
  /** Ends it; what stopped it settles `ended`. Calling it again changes nothing. */
  stop(reason: string): void;
  /** Resolves once everything is saved and closed; rejects when the loop died. */
  readonly ended: Promise<void>;
}

const IDLE_MS = 10;

/** A generated market goes on by the wall; a tape goes on where it was left. */
function feedOpener(options: RunOptions): (left: FeedPosition | undefined) => Promise<OpenedFeed> {
  const { market } = options.assembly;
  const generate = market.live;
  const byTheWall = generate !== undefined && options.speed !== UNPACED;
  return async (left) => {
    const after = left?.time;
    if (byTheWall) {
      // Market time never goes back: a life at another speed may have left it ahead of the wall.
      const wall = options.clock.wallUs() as TimeUs;
      const resumes = after !== undefined && (options.speed !== 1 || after >= wall);
      const start = (resumes ? after + 1 : wall) as TimeUs;
      return { feed: new GeneratedFeed(generate, start), start, missed: !resumes };
    }
    const feed = new TapeFeed(market.read().blocks, left);
    const first = await feed.peekTime();
    const start = first ?? after ?? (options.clock.wallUs() as TimeUs);
    return { feed, start, missed: false };
  };
}

type Earlier = ReadonlyMap<string, EmbeddedConfigs>;

/** Opens the engine; a tail of earlier configurations is read with those. */
async function openEngine(options: RunOptions, metrics: RecordMetrics): Promise<LiveEngine> {
  const earlier = new Map<string, EmbeddedConfigs>();
  for (;;) {
    try {
      return createLiveEngine(options, metrics, earlier);
    } catch (error) {
      const wanted = error instanceof RecoveryError ? error.configured : undefined;
      const { assembleEarlier } = options;
      if (wanted === undefined || assembleEarlier === undefined) throw error;
      if (earlier.has(wanted.configHash)) throw error;
      earlier.set(wanted.configHash, await assembleEarlier(wanted));
    }
  }
}

function createLiveEngine(
  options: RunOptions,
  metrics: RecordMetrics,
  earlier: Earlier,
): LiveEngine {
  const { assembly, clock, speed } = options;
  const { broker, run } = assembly;
  const shared = { ...engineParts(options, metrics), clock };
  if (broker !== undefined) {
    return new BrokerEngine({
      ...shared,
      earlier: new Map([...earlier].map(([hash, { kernel }]) => [hash, kernel])),
      restored: options.restored === true,
      clockJumpMaxUs: run.clockJumpMaxUs,
      quoteAgeMaxUs: broker.quoteAgeMaxUs,
      gapMinUs: broker.gapMinUs,
      connect: (timers) => brokerAdapter(assembly, broker, options.env ?? process.env, timers),
    });
  }
  return new PacedEngine({
    ...shared,
    earlier,
    venue: assembly.venue,
    openFeed: feedOpener(options),
    speed,
    clockJumpMaxUs: speed === UNPACED ? Number.POSITIVE_INFINITY : run.clockJumpMaxUs,
  });
}

/** What every engine is made of, wherever its venue is. */
function engineParts(options: RunOptions, metrics: RecordMetrics) {
  const { assembly, log } = options;
  const goesOn: StrategyPolicy = { kind: 'continue' };
  const alerts: AlertPort = {
    alert: (severity, key, text) => log[SEVERITY_NAMES[severity]]({ alert: key }, text),
  };
  return {
    policy: options.policy ?? goesOn,
    kernel: assembly.kernel,
    configured: configuredInput(assembly),
    binding: accountBinding(assembly, 'paper'),
    prefix: assembly.prefix,
    nonce: options.nonce ?? drawNonce(),
    tradingState: assembly.tradingState,
    retention: assembly.retention,
    directory: options.directory,
    log,
    alerts,
    sinks: [metrics, ...(options.sinks ?? [])],
  };
}

/** Is any traded instrument in its session? Beyond the calendar nothing is. */
function sessionCheck(assembly: Assembly): (now: TimeUs) => boolean {
  const calendars = [...new Set(assembly.kernel.calendars)].map((table) => new Calendar(table));
  return (now) =>
    calendars.some(
      (calendar) => now >= calendar.from && now < calendar.horizon && calendar.isOpen(now),
    );
}

/** What the host shows of the engine, and lets be done with it. */
function appOf(
  options: RunOptions,
  engine: LiveEngine,
  metrics: RecordMetrics,
  tokens: Tokens,
  failed: (error: unknown) => void,
): { readonly app: App; readonly answers: ApiMetrics; readonly health: () => Health } {
  const { assembly, host, clock } = options;
  const { registry } = metrics;
  const { currency } = assembly.kernel.account;
  registerGauges(registry, engine, currency);
  registerVenueGauges(registry, engine);
  const isOpen = sessionCheck(assembly);
  const strategies = assembly.kernel.strategies.map(({ id }) => id);
  const identity: Identity = {
    version: assembly.engineVersion,
    id: assembly.id,
    configHash: assembly.configHash,
    currency,
    slippage: assembly.venue.slippage.name,
    gates: assembly.kernel.gates,
    strategies,
    strategySources: assembly.strategySources,
    dataVersion: assembly.market.fingerprint,
    timeZoneVersion: assembly.timeZoneVersion,
  };
  const facts = (): HostFacts => ({
    sessionOpen: isOpen(engine.now),
    rejects: metrics.rejects,
    denials: (gate) => metrics.denials(gate),
    tokens: tokens.provenance,
  });
  const health = (): Health => healthOf(engine, identity, facts());
  const routes = routesOf({
    engine,
    health,
    gates: () => gatesView(engine, { ...identity, denials: facts().denials }),
    registry,
    version: assembly.engineVersion,
    strategies,
    readsAreFree: !tokens.guardsReads,
  });
  const answers = new ApiMetrics(registry);
  const app = createApp(routes, {
    tokens,
    names: isLoopback(host) ? LOOPBACK : [],
    monotonicUs: () => clock.monotonicUs(),
    metrics: answers,
    failed,
  });
  return { app, answers, health };
}

/** Takes the directory, starts the engine, listens, and lets it trade until it is stopped. */
export async function runEngine(options: RunOptions): Promise<RunningEngine> {
  const { assembly, directory } = options;
  const { readTokenEnv, controlTokenEnv } = assembly.run;
  const metrics = new RecordMetrics();
  const engine = await openEngine(options, metrics);
  const end = new End();
  try {
    const env = options.env ?? process.env;
    const source = { env, readTokenEnv, controlTokenEnv, host: options.host, directory };
    const tokens = new Tokens(source);
    const fail = (error: unknown): void => end.fail(error);
    const { app, answers, health } = appOf(options, engine, metrics, tokens, fail);
    // The port first: an engine that nobody can look at must not trade.
    const host = await listen(app, options.host, options.port, fail, (status, count) =>
      answers.answered(status, count),
    );
    const address = new HostAddress(directory);
    const close = async (): Promise<void> => {
      address.forget();
      tokens.forget();
      await host.close();
    };
    try {
      address.write({ url: host.url, readTokenEnv, controlTokenEnv });
      await engine.start();
    } catch (error) {
      await close();
      throw error;
    }
    const ended = tradeUntil(engine, end, options, close);
    const control = (wanted: Control): void => {
      try {
        engine.control(wanted);
      } catch (error) {
        end.fail(error);
      }
    };
    return { url: host.url, engine, health, control, stop: (reason) => end.ask(reason), ended };
  } catch (error) {
    engine[Symbol.dispose]();
    throw error;
  }
}

/** How a run comes to its end: somebody asks for it, or something fails beside the loop. */
class End {
  readonly #woken = Promise.withResolvers<void>();
  #reason: string | undefined;
  #failure: { readonly error: unknown } | undefined;

  get reason(): string | undefined {
    return this.#reason;
  }

  ask(reason: string): void {
    this.#reason ??= reason;
    this.#woken.resolve();
  }

  fail(error: unknown): void {
    this.#failure ??= { error };
    this.#woken.resolve();
  }

  throwIfFailed(): void {
    if (this.#failure !== undefined) throw this.#failure.error;
  }

  /** A short sleep, cut short when the end is asked for. */
  async idle(): Promise<void> {
    const isAsked = this.#reason !== undefined;
    await (isAsked ? sleep(IDLE_MS) : Promise.race([sleep(IDLE_MS), this.#woken.promise]));
  }
}

/** Trades, and when it is asked to stop lets what is in flight end, within a limit. */
async function tradeUntil(
  engine: LiveEngine,
  end: End,
  { assembly, clock, log }: RunOptions,
  close: () => Promise<void>,
): Promise<void> {
  let deadline = Number.POSITIVE_INFINITY;
  try {
    for (;;) {
      const fed = await engine.pump();
      end.throwIfFailed();
      if (engine.ended) {
        engine.finish();
        end.ask('end of data');
        break;
      }
      const { reason } = end;
      if (reason !== undefined && deadline === Number.POSITIVE_INFINITY) {
        engine.close(reason);
        deadline = clock.monotonicUs() + assembly.run.stopWithinUs;
      }
      if (reason !== undefined && (!engine.inFlight || clock.monotonicUs() >= deadline)) break;
      await (fed ? nextTurn() : end.idle());
    }
    const reason = end.reason ?? 'stopped';
    const { inFlight } = engine;
    engine.stop(reason);
    log.info({ reason, inFlight }, 'stopped');
  } catch (error) {
    engine.fail(error instanceof Error ? error.message : String(error));
    throw error;
  } finally {
    await close();
    engine[Symbol.dispose]();
  }
}
