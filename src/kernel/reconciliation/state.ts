import type { FieldIo, Walkable } from '../../model/codec.ts';
import { type Asked, Question } from '../../model/doubt.ts';
import {
  blankSnapshot,
  type Reconciled,
  type Snapshot,
  type SnapshotPosition,
  walkPositions,
  walkSnapshot,
} from '../../model/reconciliation.ts';
import { NO_TIME, type Quantity, type TimeUs } from '../../model/units.ts';
import { walkDue } from '../orders/doubts.ts';
import { breakKey } from './breaks.ts';

const NEVER = Number.POSITIVE_INFINITY;

/**
 * How engine and broker stand to each other. A part of the book: it changes by records and by
 * inputs alone.
 */
export class Reconciliation implements Walkable {
  /** A comparison since the start was clean: new risk may be taken (X27). */
  armed = false;
  /** Breaks that are acted on are open. */
  held = false;
  /** Keys of the breaks that the last comparison showed. */
  seen: readonly string[] = [];
  /** The broker's positions where they differ. */
  drifts: readonly SnapshotPosition[] = [];
  /** A snapshot at a cursor that we have not reached. */
  pending: Snapshot | undefined;
  /** Snapshots asked for since the last that was of use. */
  attempts = 0;
  /** When a snapshot is asked for next, engine time; Infinity for not. */
  nextAt: number = NEVER;

  /** Nothing is known of the broker's side any more: compare before taking risk. */
  disarm(time: TimeUs): void {
    this.armed = false;
    this.pending = undefined;
    this.attempts = 0;
    this.nextAt = time;
  }

  asked({ question, attempt, nextAt }: Asked): void {
    if (question !== Question.snapshot) return;
    this.attempts = attempt;
    this.nextAt = nextAt === NO_TIME ? NEVER : nextAt;
  }

  compared(result: Reconciled): void {
    this.pending = undefined;
    this.held = result.held;
    if (result.clean) this.armed = true;
    this.seen = result.breaks.map(breakKey);
    this.drifts = result.drifts;
    if (result.clean) this.attempts = 0;
    this.nextAt = result.nextAt === NO_TIME ? NEVER : result.nextAt;
  }

  /** A snapshot ahead of us waits for the facts between: they are on their way, or will be read. */
  shown(snapshot: Snapshot, cursor: number): void {
    if (snapshot.cursor > cursor) this.pending = snapshot;
  }

  /**
   * The position that an exit may rest on (X13): ours, or while it differs the nearer to zero of
   * ours and the broker's, and zero where the signs differ.
   */
  exitPosition(k: number, ours: Quantity): Quantity {
    if (this.drifts.length === 0) return ours;
    const drift = this.drifts.find(({ instrument }) => instrument === k);
    if (drift === undefined) return ours;
    if (Math.sign(drift.quantity) !== Math.sign(ours)) return 0 as Quantity;
    return Math.abs(drift.quantity) < Math.abs(ours) ? drift.quantity : ours;
  }

  walk(io: FieldIo): void {
    this.armed = io.bool('armed', this.armed);
    this.held = io.bool('held', this.held);
    this.seen = io.scalars('seen', [...this.seen], '', (inner, key) => inner.text('key', key));
    this.drifts = walkPositions(io, 'drifts', [...this.drifts]);
    if (io.bool('hasPending', this.pending !== undefined)) {
      this.pending ??= blankSnapshot();
      walkSnapshot(io, this.pending);
    } else this.pending = undefined;
    this.attempts = io.int('snapshotAttempts', this.attempts);
    this.nextAt = walkDue(io, 'snapshotAt', this.nextAt);
  }
}
