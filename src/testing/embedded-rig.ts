import type { Disk } from '../journal/disk.ts';
import { stateHash } from '../journal/hashes.ts';
import type { KernelConfig } from '../kernel/config.ts';
import type { RecordSink } from '../kernel/recorder.ts';
import type { StrategyDefinition } from '../kernel/strategy/api.ts';
import { TradingState } from '../model/gate.ts';
import { type Configured, InputKind } from '../model/inputs.ts';
import type { TimeUs } from '../model/units.ts';
import { EmbeddedEngine, type EmbeddedEngineParts } from '../runtime/embedded-engine.ts';
import type { LogPort } from '../runtime/ports.ts';
import { TEST_START, testConfigs, testInstrument } from './builders.ts';
import { busyStrategy } from './busy-strategy.ts';

/** How an engine of the rig differs from the usual one. */
export interface EmbeddedOptions {
  readonly strategy?: StrategyDefinition<unknown>;
  readonly kernel?: Partial<KernelConfig>;
  readonly configHash?: string;
  readonly engineVersion?: string;
  readonly nonce?: string;
  readonly parts?: Partial<Omit<EmbeddedEngineParts, 'kernel' | 'venue'>>;
  readonly sinks?: readonly RecordSink[];
  readonly log?: LogPort;
}

const SILENT: LogPort = { info: () => undefined, warn: () => undefined, error: () => undefined };

export function configuredOf(configHash: string, engineVersion: string): Configured {
  return {
    kind: InputKind.configured,
    configuration: '{}',
    configHash,
    dataVersion: '',
    engineVersion,
    timeZoneVersion: '2026a',
    strategySources: [],
  };
}

/** The kernel's configuration of the rig: two instruments and one busy strategy. */
export function embeddedConfigs(options: EmbeddedOptions = {}): ReturnType<typeof testConfigs> {
  const definition = options.strategy ?? busyStrategy;
  return testConfigs({
    instruments: [testInstrument('EURUSD'), testInstrument('GBPUSD')],
    strategies: [{ id: 'test', definition, parameters: {} }],
    venue: { logMax: 500 },
    ...(options.kernel === undefined ? {} : { kernel: options.kernel }),
  });
}

/** Opens the engine of the directory `data`, and does not start it. */
export function openEmbedded(disk: Disk, options: EmbeddedOptions = {}): EmbeddedEngine {
  const { configHash = 'c1', engineVersion = '1', nonce = 'abcdefghij' } = options;
  return new EmbeddedEngine(
    {
      disk,
      directory: 'data',
      ...embeddedConfigs(options),
      configured: configuredOf(configHash, engineVersion),
      binding: { venue: 'sim', environment: 'paper', account: 'a1', currency: 'USD' },
      log: options.log ?? SILENT,
      sinks: options.sinks ?? [],
      segments: { segmentBytes: 1024 * 1024, ageMaxUs: Number.MAX_SAFE_INTEGER, journalId: 'j' },
      prefix: 'T',
      nonce,
      tradingState: TradingState.active,
      alerts: { alert: () => undefined },
      ...options.parts,
    },
    TEST_START,
  );
}

/** Hashes of everything that a crash must not change: book, strategies and venue. */
export function statesOf({ kernel, venue }: EmbeddedEngine): Record<string, string> {
  return {
    book: stateHash(kernel.book),
    strategies: stateHash(kernel.host),
    venue: stateHash(venue),
  };
}

/** Starts an engine where its market stands. */
export function beginEmbedded(engine: EmbeddedEngine): EmbeddedEngine {
  engine.begin(Math.max(engine.kernel.book.time, TEST_START) as TimeUs);
  return engine;
}
