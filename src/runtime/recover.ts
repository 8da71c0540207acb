import type { GroupStore, TailCut } from '../journal/group-store.ts';
import { statesBytes } from '../journal/hashes.ts';
import { type Snapshot, SnapshotError, type StatePart } from '../journal/snapshot-file.ts';
import type { SnapshotStore } from '../journal/snapshot-store.ts';
import type { KernelConfig } from '../kernel/config.ts';
import { Kernel } from '../kernel/kernel.ts';
import type { RecordSink } from '../kernel/recorder.ts';
import { StrategyError } from '../kernel/strategy/guard.ts';
import { present } from '../model/assert.ts';
import { CodecError, Decoder, type Walkable } from '../model/codec.ts';
import type { Configured } from '../model/inputs.ts';
import type { KernelRecord } from '../model/records.ts';
import { bookLayout, strategiesLayout } from './layout.ts';
import { RecoveryError } from './recovery-error.ts';
import { type Divergence, type Follower, Replay } from './replay.ts';

/** What of the state is not the kernel's and goes with it: the books of an embedded venue. */
export interface Companion {
  readonly state: Walkable;
  readonly follower: Follower;
}

/**
 * What becomes of the strategies (X2, X3): they go on, and what stands against it stops the start;
 * where it does they start afresh; or they do not run. The last two in somebody's name.
 */
export type StrategyPolicy =
  | { readonly kind: 'continue' }
  | { readonly kind: 'fresh' | 'none'; readonly by: string; readonly reason: string };

export interface RecoverParts {
  readonly store: GroupStore;
  readonly snapshots: SnapshotStore;
  /** What is to run. */
  readonly kernel: KernelConfig;
  readonly configured: Configured;
  /** Earlier configurations by their hash, as far as they are known. */
  readonly earlier: ReadonlyMap<string, KernelConfig>;
  readonly policy: StrategyPolicy;
  /** Takes the records from here on; what is replayed it does not hear of. */
  readonly sink: RecordSink;
  readonly companionOf: ((kernel: Kernel, configHash: string) => Companion) | undefined;
}

/** What was found in the directory, and how the state was made from it. */
export interface Recovery {
  /** There was an earlier life. */
  readonly known: boolean;
  /** Name of the snapshot that was used; `undefined` for none. */
  readonly snapshot: string | undefined;
  /** Snapshots that were not: each with the reason. */
  readonly passedOver: readonly string[];
  /** Frames applied after it. */
  readonly frames: number;
  /** They were decided anew and compared, and not only folded. */
  readonly compared: boolean;
  readonly divergence: Divergence | undefined;
  readonly strategies: 'new' | 'continued' | 'fresh' | 'none';
  readonly tailCut: TailCut | undefined;
  /** A snapshot reaches beyond the journal's end: what was durable has been lost since. */
  readonly lostTail: boolean;
}

export interface Recovered {
  readonly kernel: Kernel;
  readonly companion: Companion | undefined;
  readonly recovery: Recovery;
}

/** Hands records to whoever is to have them now. */
class SwitchedSink implements RecordSink {
  target: RecordSink | undefined;

  record(record: KernelRecord, seq: number, time: number): void {
    this.target?.record(record, seq, time);
  }
}

/** A state on its way: the kernel with what goes with it, under one configuration. */
interface Life {
  readonly configured: Configured;
  readonly kernel: Kernel;
  readonly sink: SwitchedSink;
  readonly companion: Companion | undefined;
}

/** The snapshot does not belong to this journal after all. */
class OtherChain extends Error {}

/** Strategies cannot go on from the state that there is of them. */
class StrategyStateError extends Error {}

/** The state that the journal holds: the newest good snapshot, then every frame after it (X1). */
export function recover(parts: RecoverParts): Recovered {
  const { store, snapshots } = parts;
  const passedOver: string[] = [];
  let lostTail = false;
  for (const name of snapshots.names()) {
    try {
      const snapshot = snapshots.read(name);
      checkOrigin(snapshot, store);
      if (snapshot.frame > store.opened.frame) {
        lostTail = true;
        throw new OtherChain('it reaches beyond the end of the journal');
      }
      const found = new Rebuild(parts, snapshot).run();
      return finished(parts, found, { snapshot: name, passedOver, lostTail });
    } catch (error) {
      if (!(error instanceof SnapshotError || error instanceof OtherChain)) throw error;
      snapshots.passOver(name);
      passedOver.push(`${name} is passed over: ${error.message}`);
    }
  }
  const found = new Rebuild(parts, undefined).run();
  return finished(parts, found, { snapshot: undefined, passedOver, lostTail });
}

function checkOrigin({ journalId, frame, chainHead }: Snapshot, store: GroupStore): void {
  if (journalId !== store.journalId) throw new OtherChain('it is of another journal');
  const isLast = frame === store.opened.frame;
  if (isLast && chainHead !== store.opened.digest.toString('hex')) {
    throw new OtherChain('its journal went another way');
  }
}

function finished(
  parts: RecoverParts,
  { life, frames, compared, divergence, strategies }: Rebuilt,
  found: Pick<Recovery, 'snapshot' | 'passedOver' | 'lostTail'>,
): Recovered {
  const { kernel, companion, sink } = life;
  sink.target = parts.sink;
  kernel.effects.length = 0;
  const { tailCut, opened } = parts.store;
  const known = opened.frame > 0;
  const recovery = { known, frames, compared, divergence, strategies, tailCut, ...found };
  return { kernel, companion, recovery };
}

interface Rebuilt {
  readonly life: Life;
  readonly frames: number;
  readonly compared: boolean;
  readonly divergence: Divergence | undefined;
  readonly strategies: Recovery['strategies'];
}

/** One attempt to rebuild the state from a snapshot, or from the journal's beginning. */
class Rebuild {
  readonly #parts: RecoverParts;
  readonly #base: Snapshot | undefined;
  #frames = 0;

  constructor(parts: RecoverParts, base: Snapshot | undefined) {
    this.#parts = parts;
    this.#base = base;
  }

  run(): Rebuilt {
    const { policy } = this.#parts;
    if (!this.#hasTail && this.#base === undefined) return this.#nothingYet();
    const why = policy.kind === 'none' ? 'they are not to run' : this.#whyNotDecide();
    if (why !== undefined) return this.#accepted(why, undefined);
    try {
      const outcome = this.#replay(this.#begin(true), true);
      if (!('journaled' in outcome)) {
        return this.#done(outcome, this.#hasTail, undefined, 'continued');
      }
      const { frame, journaled, decided } = outcome;
      const differs = `frame ${frame} has ${journaled}, and now it decides ${decided}`;
      return this.#accepted(differs, outcome);
    } catch (error) {
      if (!(error instanceof StrategyStateError)) throw error;
      return this.#accepted(error.message, undefined);
    }
  }

  get #hasTail(): boolean {
    return this.#parts.store.opened.frame > (this.#base?.frame ?? 0);
  }

  #nothingYet(): Rebuilt {
    const { configured, policy } = this.#parts;
    const life = this.#life(configured, policy.kind !== 'none');
    return this.#done(life, false, undefined, policy.kind === 'none' ? 'none' : 'new');
  }

  #done(
    life: Life,
    compared: boolean,
    divergence: Divergence | undefined,
    strategies: Recovery['strategies'],
  ): Rebuilt {
    life.companion?.follower.end();
    life.kernel.folded();
    const now = this.#underPresent(life, strategies);
    return { life: now, frames: this.#frames, compared, divergence, strategies };
  }

  /** Why the strategies cannot decide the tail anew, or go on at its end; if they cannot. */
  #whyNotDecide(): string | undefined {
    const { configured } = this.#parts;
    const base = this.#base;
    const version = base?.configured.engineVersion ?? configured.engineVersion;
    if (this.#hasTail && version !== configured.engineVersion) {
      return `the journal goes on after its last snapshot, written by version ${version}`;
    }
    if (base === undefined) return undefined;
    const saved = base.parts.find(({ name }) => name === 'strategies');
    if (saved === undefined) return 'the last life ran without strategies';
    return undefined;
  }

  /** The books alone are taken over, if somebody accepted that. */
  #accepted(why: string, divergence: Divergence | undefined): Rebuilt {
    if (this.#parts.policy.kind !== 'continue') return this.#folded(divergence);
    throw new RecoveryError(
      'STRATEGY_DIVERGED',
      `the strategies cannot go on as they were: ${why}; accept that they start afresh ` +
        '(--accept-strategy-change --by NAME --reason TEXT), or manage what is open without them ' +
        '(--manage-only)',
    );
  }

  #folded(divergence: Divergence | undefined): Rebuilt {
    this.#frames = 0;
    const { policy } = this.#parts;
    const outcome = this.#replay(this.#begin(false), false);
    if ('journaled' in outcome) throw new Error('a fold compares nothing');
    return this.#done(outcome, false, divergence, policy.kind === 'none' ? 'none' : 'fresh');
  }

  /** The configuration that the tail begins under; where there is none, the present one. */
  get #startConfigured(): Configured {
    const { configured } = this.#parts;
    return this.#hasTail ? (this.#base?.configured ?? configured) : configured;
  }

  /** The state to begin with. */
  #begin(withStrategies: boolean): Life {
    const life = this.#life(this.#startConfigured, this.#runs);
    if (this.#base !== undefined) this.#load(life, this.#base.parts, withStrategies);
    return life;
  }

  get #runs(): boolean {
    return this.#parts.policy.kind !== 'none';
  }

  #configOf(configured: Configured): KernelConfig {
    const { kernel, earlier, configured: now } = this.#parts;
    const { configHash } = configured;
    const config = configHash === now.configHash ? kernel : earlier.get(configHash);
    if (config !== undefined) return config;
    const text = `the journal's tail was decided under configuration ${configHash}`;
    throw new RecoveryError('CONFIGURATION_UNKNOWN', text, configured);
  }

  #life(configured: Configured, runsStrategies: boolean): Life {
    const sink = new SwitchedSink();
    const kernel = new Kernel(this.#configOf(configured), sink, runsStrategies);
    const companion = this.#parts.companionOf?.(kernel, configured.configHash);
    return { configured, kernel, sink, companion };
  }

  #load(life: Life, parts: readonly StatePart[], withStrategies: boolean): void {
    const { kernel, companion } = life;
    const config = this.#configOf(life.configured);
    loadPart(parts, 'book', bookLayout(config), kernel.book);
    if (companion !== undefined) loadPart(parts, 'venue', bookLayout(config), companion.state);
    if (withStrategies) loadStrategies(parts, strategiesLayout(config), kernel);
    kernel.folded();
  }

  /** Applies the tail. What comes out lives under the configuration in force at the end. */
  #replay(begun: Life, decides: boolean): Life | Divergence {
    const { store } = this.#parts;
    const from = (this.#base?.frame ?? 0) + 1;
    let life = begun;
    let replay = this.#replayOf(life, decides);
    let divergence: Divergence | undefined;
    let isFirst = true;
    if (store.opened.frame < from) return life;
    store.read(from, (group, header) => {
      if (divergence !== undefined) return;
      if (isFirst) this.#checkJoin(header.firstFrame, header.previous);
      isFirst = false;
      let next = Math.max(from, header.firstFrame);
      for (;;) {
        const outcome = replay.group(group, header, next);
        if (outcome === 'applied') return;
        if (outcome === 'diverged') {
          divergence = present(replay.divergence, 'divergence');
          return;
        }
        this.#frames += replay.frames;
        life = this.#reconfigured(life, outcome.configured, decides);
        replay = this.#replayOf(life, decides);
        next = outcome.frame;
      }
    });
    this.#frames += replay.frames;
    return divergence ?? life;
  }

  #replayOf({ kernel, sink, companion, configured }: Life, decides: boolean): Replay {
    const replay = new Replay(kernel, decides, companion?.follower, configured.configHash);
    sink.target = replay;
    return replay;
  }

  #checkJoin(firstFrame: number, previous: Buffer): void {
    const base = this.#base;
    if (base === undefined) {
      if (firstFrame === 1) return;
      const text = `the journal begins with frame ${firstFrame}, and no snapshot leads there`;
      throw new RecoveryError('SNAPSHOT_MISSING', text);
    }
    if (firstFrame === base.frame + 1 && previous.toString('hex') === base.chainHead) return;
    throw new OtherChain('its journal went another way');
  }

  /** The same state under another configuration. */
  #reconfigured(life: Life, configured: Configured, withStrategies: boolean): Life {
    // A journal begins with its configuration: before it there is no state.
    const isFirst = this.#base === undefined && this.#frames === 0;
    if (isFirst && this.#hasTail) return this.#life(configured, this.#runs);
    life.kernel.folded();
    const before = this.#configOf(life.configured);
    const next = this.#life(configured, this.#runs);
    this.#load(next, stateParts(before, life, withStrategies), withStrategies);
    return next;
  }

  #underPresent(life: Life, strategies: Recovery['strategies']): Life {
    const { configured } = this.#parts;
    if (life.configured.configHash === configured.configHash) return life;
    return this.#reconfigured(life, configured, strategies === 'continued');
  }
}

function loadPart(
  parts: readonly StatePart[],
  name: string,
  layout: string,
  state: Walkable,
): void {
  const part = parts.find((one) => one.name === name);
  if (part === undefined) throw new SnapshotError(`it has no state of the ${name}`);
  if (part.layout !== layout) {
    const text =
      `the saved ${name} is of another configuration (${part.layout}); ` +
      `this one is ${layout}: use another directory`;
    throw new RecoveryError('STATE_OF_OTHER_CONFIGURATION', text);
  }
  const decoder = new Decoder(part.bytes);
  state.walk(decoder);
  decoder.end();
}

/** What a strategy's state does not fit is the operator's to judge, and no damage. */
function loadStrategies(parts: readonly StatePart[], layout: string, kernel: Kernel): void {
  try {
    loadPart(parts, 'strategies', layout, kernel.host);
  } catch (error) {
    const isTheirs =
      error instanceof CodecError || error instanceof StrategyError || isOfOther(error);
    if (!isTheirs || !(error instanceof Error)) throw error;
    throw new StrategyStateError(`their state does not fit them: ${error.message}`);
  }
}

function isOfOther(error: unknown): boolean {
  return error instanceof RecoveryError && error.code === 'STATE_OF_OTHER_CONFIGURATION';
}

/** The state of an engine in the parts that a snapshot holds. */
export function stateParts(
  config: KernelConfig,
  { kernel, companion }: Pick<Recovered, 'kernel' | 'companion'>,
  withStrategies: boolean,
): readonly StatePart[] {
  const layout = bookLayout(config);
  const states: { name: string; layout: string; state: Walkable }[] = [
    { name: 'book', layout, state: kernel.book },
  ];
  if (companion !== undefined) states.push({ name: 'venue', layout, state: companion.state });
  if (withStrategies) {
    states.push({ name: 'strategies', layout: strategiesLayout(config), state: kernel.host });
  }
  const bytes = statesBytes(states.map(({ state }) => state));
  return states.map(({ name, layout }, i) => {
    return { name, layout, bytes: present(bytes[i], 'bytes of a state') };
  });
}
