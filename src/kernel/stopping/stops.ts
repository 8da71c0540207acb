import { assert } from '../../model/assert.ts';
import type { FieldIo, Walkable } from '../../model/codec.ts';
import {
  blankFlattening,
  blankOverride,
  causesOf,
  type Flattening,
  FlattenStep,
  type Override,
  type StopCause,
  walkFlattening,
  walkOverride,
} from '../../model/control.ts';
import { TradingState } from '../../model/gate.ts';
import { InputKind } from '../../model/inputs.ts';
import { BREAK_KINDS, type Reconciled } from '../../model/reconciliation.ts';
import {
  type FlatteningRecord,
  type OverriddenRecord,
  RecordKind,
  type TradingStateRecord,
} from '../../model/records.ts';
import { type InstrumentIndex, NO_TIME, type OrderHandle, type TimeUs } from '../../model/units.ts';

/** The job that closes the position in an instrument (X22): its last step, and what came since. */
export interface FlattenJob {
  readonly last: Flattening;
  readonly since: TimeUs;
  /** A comparison since its last question showed the broker flat as well. */
  flat: boolean;
}

/**
 * Why the engine takes no new risk, what of it is passed over, and the positions that are being
 * closed. A part of the book: it changes by records and by inputs alone.
 */
export class Stops implements Walkable {
  /** Who led to the trading state in force, why and when; empty for nobody yet. */
  by = '';
  reason = '';
  since: TimeUs = NO_TIME;
  #override: Override = blankOverride();
  readonly #jobs = new Map<InstrumentIndex, FlattenJob>();
  /** A start is under way: nothing can be sent before its connection is open. */
  starting = false;
  /** The engine is about to stop: strategies ask for nothing new. */
  closing = false;
  /** Engine and broker were compared since the start: positions are what they are known to be. */
  caughtUp = false;

  get override(): Readonly<Override> {
    return this.#override;
  }

  /** Jobs that are not done, in the order in which they began. */
  get jobs(): readonly FlattenJob[] {
    return [...this.#jobs.values()];
  }

  job(k: InstrumentIndex): FlattenJob | undefined {
    return this.#jobs.size === 0 ? undefined : this.#jobs.get(k);
  }

  /** Is it an exit of ours, which passes where no strategy's does (X21)? */
  sends(order: OrderHandle): boolean {
    return this.jobs.some(({ last }) => last.order === order);
  }

  /** Causes that are passed over at `time`. */
  overridden(time: TimeUs): readonly StopCause[] {
    return time < this.#override.until ? causesOf(this.#override.causes) : [];
  }

  /** When the override ends; Infinity for none. */
  get overrideEnds(): number {
    const { until } = this.#override;
    return until === NO_TIME ? Number.POSITIVE_INFINITY : until;
  }

  /** A start begins, or the engine is about to stop. */
  turn(kind: typeof InputKind.configured | typeof InputKind.closing): void {
    this.closing = kind === InputKind.closing;
    if (this.closing) return;
    this.starting = true;
    this.caughtUp = false;
  }

  connected(open: boolean): void {
    if (open) this.starting = false;
  }

  moved({ to, by, reason }: TradingStateRecord, time: TimeUs): void {
    this.by = by;
    this.reason = reason;
    this.since = time;
    // What was passed over was so for the engine that was armed.
    if (to !== TradingState.active) this.#override = blankOverride();
  }

  follow(record: OverriddenRecord | FlatteningRecord, time: TimeUs): void {
    if (record.kind === RecordKind.overridden) this.#override = { ...record.override };
    else this.#flattened(record.flattening, time);
  }

  #flattened(last: Flattening, time: TimeUs): void {
    const { instrument, step } = last;
    if (step === FlattenStep.done || step === FlattenStep.givenUp) {
      this.#jobs.delete(instrument);
      return;
    }
    const since = this.#jobs.get(instrument)?.since ?? time;
    this.#jobs.set(instrument, { last: { ...last }, since, flat: false });
  }

  compared({ breaks, drifts }: Reconciled): void {
    if (breaks.some(({ kind }) => BREAK_KINDS[kind] === 'stale_source')) return;
    this.caughtUp = true;
    for (const job of this.#jobs.values()) {
      const { step, instrument } = job.last;
      if (step !== FlattenStep.verify) continue;
      job.flat = !drifts.some((drift) => drift.instrument === instrument);
    }
  }

  walk(io: FieldIo): void {
    this.by = io.text('stateBy', this.by);
    this.reason = io.text('stateReason', this.reason);
    this.since = io.int('stateSince', this.since) as TimeUs;
    walkOverride(io, this.#override);
    this.starting = io.bool('starting', this.starting);
    this.closing = io.bool('closing', this.closing);
    this.caughtUp = io.bool('caughtUp', this.caughtUp);
    const jobs = io.list('flattenJobs', [...this.#jobs.values()].map(saved), blankJob, walkJob);
    if (!io.reading) return;
    this.#jobs.clear();
    for (const job of jobs) {
      assert(!this.#jobs.has(job.last.instrument), 'one job for an instrument');
      this.#jobs.set(job.last.instrument, job);
    }
  }
}

/** A job that may be written to while it is read. */
type SavedJob = { -readonly [K in keyof FlattenJob]: FlattenJob[K] };

function saved({ last, since, flat }: FlattenJob): SavedJob {
  return { last: { ...last }, since, flat };
}

function blankJob(): SavedJob {
  return { last: blankFlattening(), since: NO_TIME, flat: false };
}

function walkJob(io: FieldIo, job: SavedJob): void {
  walkFlattening(io, job.last);
  job.since = io.int('since', job.since) as TimeUs;
  job.flat = io.bool('flat', job.flat);
}
