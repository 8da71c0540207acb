import { randomInt } from 'node:crypto';
import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises';
import type { Assembly } from '../config/assembly.ts';
import { accountBinding, configuredInput } from '../config/configured-input.ts';
import type { RecordSink } from '../kernel/recorder.ts';
import { Calendar } from '../market/calendar.ts';
import type { Configured } from '../model/inputs.ts';
import type { TimeUs } from '../model/units.ts';
import type { EmbeddedConfigs } from '../runtime/embedded-engine.ts';
import { LiveEngine, type OpenedFeed } from '../runtime/live-engine.ts';
import { UNPACED, type WallClock } from '../runtime/pacer.ts';
import { type LogPort, SEVERITY_NAMES } from '../runtime/ports.ts';
import { type FeedPosition, GeneratedFeed, TapeFeed } from '../runtime/quote-feed.ts';
import type { StrategyPolicy } from '../runtime/recover.ts';
import { RecoveryError } from '../runtime/recovery-error.ts';
import { type Health, healthOf } from './health.ts';
import { RecordMetrics, registerGauges } from './metrics.ts';
import { createApp, type Host, listen } from './server.ts';

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
  /** For tests that compare runs; else every start draws a new one (X4). */
  readonly nonce?: string;
}

/** A running engine with its host. */
export interface RunningEngine {
  readonly url: string;
  readonly engine: LiveEngine;
  health(): Health;
  /** Ends it; what stopped it settles `ended`. Calling it again changes nothing. */
  stop(reason: string): void;
  /** Resolves once everything is saved and closed; rejects when the loop died. */
  readonly ended: Promise<void>;
}

const IDLE_MS = 10;
const NONCE_ALPHABET = 'abcdefghijklmnopqrstuvwxyz0123456789';
const NONCE_LENGTH = 10;

function drawNonce(): string {
  const letter = (): string => NONCE_ALPHABET.charAt(randomInt(NONCE_ALPHABET.length));
  return Array.from({ length: NONCE_LENGTH }, letter).join('');
}

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
  const { assembly, log } = options;
  return new LiveEngine({
    earlier,
    policy: options.policy ?? { kind: 'continue' },
    kernel: assembly.kernel,
    venue: assembly.venue,
    configured: configuredInput(assembly),
    binding: accountBinding(assembly, 'paper'),
    prefix: assembly.prefix,
    nonce: options.nonce ?? drawNonce(),
    tradingState: assembly.tradingState,
    directory: options.directory,
    openFeed: feedOpener(options),
    speed: options.speed,
    clock: options.clock,
    log,
    alerts: {
      alert: (severity, key, text) => log[SEVERITY_NAMES[severity]]({ alert: key }, text),
    },
    sinks: [metrics, ...(options.sinks ?? [])],
  });
}

/** Is any traded instrument in its session? Beyond the calendar nothing is. */
function sessionCheck(assembly: Assembly): (now: TimeUs) => boolean {
  const calendars = [...new Set(assembly.kernel.calendars)].map((table) => new Calendar(table));
  return (now) =>
    calendars.some(
      (calendar) => now >= calendar.from && now < calendar.horizon && calendar.isOpen(now),
    );
}

/** Takes the directory, starts the engine, listens, and lets it trade until it is stopped. */
export async function runEngine(options: RunOptions): Promise<RunningEngine> {
  const { assembly, log } = options;
  const metrics = new RecordMetrics();
  const engine = await openEngine(options, metrics);
  try {
    registerGauges(metrics.registry, engine, assembly.kernel.account.currency);
    const isOpen = sessionCheck(assembly);
    const identity = {
      version: assembly.engineVersion,
      id: assembly.id,
      configHash: assembly.configHash,
      currency: assembly.kernel.account.currency,
    };
    const health = (): Health => healthOf(engine, identity, isOpen(engine.now));
    const app = createApp({ health, registry: metrics.registry });
    // The port first: an engine that nobody can look at must not trade.
    const host = await listen(app, options.host, options.port);
    try {
      await engine.start();
    } catch (error) {
      await host.close();
      throw error;
    }
    const stopping = Promise.withResolvers<string>();
    const ended = tradeUntil(engine, stopping.promise, host, log);
    return { url: host.url, engine, health, stop: stopping.resolve, ended };
  } catch (error) {
    engine[Symbol.dispose]();
    throw error;
  }
}

async function tradeUntil(
  engine: LiveEngine,
  stopping: Promise<string>,
  host: Host,
  log: LogPort,
): Promise<void> {
  let reason: string | undefined;
  const asked = stopping.then((why) => {
    reason = why;
  });
  try {
    while (reason === undefined) {
      const fed = await engine.pump();
      if (engine.ended) {
        engine.finish();
        reason = 'end of data';
      } else if (fed) await nextTurn();
      else await Promise.race([sleep(IDLE_MS), asked]);
    }
    engine.stop(reason);
    log.info({ reason }, 'stopped');
  } catch (error) {
    engine.fail(error instanceof Error ? error.message : String(error));
    throw error;
  } finally {
    await host.close();
    engine[Symbol.dispose]();
  }
}
