import { assert } from '../../model/assert.ts';
import type { FieldIo, Walkable } from '../../model/codec.ts';
import { OrderState } from '../../model/order.ts';
import type { OrderMovedRecord } from '../../model/records.ts';
import { US_PER_SECOND } from '../../model/time.ts';
import type { TimeUs } from '../../model/units.ts';
import { OrderEvent } from './life-cycle.ts';

/** How long entries wait after a failure: it doubles from the first to the last (X12). */
const WAIT_FIRST_US = US_PER_SECOND;
const WAIT_LAST_US = 60 * US_PER_SECOND;

/** How long to wait after so many failures in a row, from 1. */
export function failureWaitUs(count: number): number {
  return Math.min(WAIT_LAST_US, WAIT_FIRST_US * 2 ** Math.min(count - 1, 30));
}

/** So many failed orders within such a time stop new risk (X12). */
export interface FailureLimits {
  readonly max: number;
  readonly withinUs: number;
}

/** Is it a state of an order that the broker never had? */
export function neverReached(state: OrderState): boolean {
  return state === OrderState.withdrawn || state === OrderState.notPlaced;
}

/** Did the order come to nothing by this step (X12)? What was presumed is not counted again. */
export function isFailure({ event, from, to }: OrderMovedRecord): boolean {
  if (from === OrderState.presumedAbsent) return false;
  return event === OrderEvent.refused || neverReached(to) || to === OrderState.presumedAbsent;
}

/**
 * Orders that came to nothing: not placed, refused, withdrawn, presumed absent. Entries of that
 * strategy and instrument wait; too many of them in a time stop new risk altogether.
 */
export class Failures implements Walkable {
  readonly #limits: FailureLimits;
  readonly #instruments: number = 0;
  /** By strategy and instrument: failures in a row, and until when entries wait. */
  readonly #counts: Float64Array;
  readonly #until: Float64Array;
  /** Times of the last failures, as many as the limit counts. */
  #times: number[] = [];

  constructor(limits: FailureLimits, strategies: number, instruments: number) {
    assert(limits.max > 0 && limits.withinUs > 0, 'limits of failures are positive');
    this.#limits = limits;
    this.#instruments = instruments;
    this.#counts = new Float64Array(strategies * instruments);
    this.#until = new Float64Array(strategies * instruments);
  }

  failed(strategy: number, k: number, time: TimeUs): void {
    const at = strategy * this.#instruments + k;
    const count = (this.#counts[at] as number) + 1;
    this.#counts[at] = count;
    this.#until[at] = time + failureWaitUs(count);
    this.#times.push(time);
    if (this.#times.length > this.#limits.max) this.#times.shift();
  }

  succeeded(strategy: number, k: number): void {
    const at = strategy * this.#instruments + k;
    this.#counts[at] = 0;
    this.#until[at] = 0;
  }

  /** Until when entries wait; 0 where nothing failed. */
  waitsUntil(strategy: number, k: number): TimeUs {
    return (this.#until[strategy * this.#instruments + k] ?? 0) as TimeUs;
  }

  /** Did as many fail within the time as stop new risk? */
  isTripped(time: TimeUs): boolean {
    const { max, withinUs } = this.#limits;
    return this.#times.length === max && time - (this.#times[0] as number) < withinUs;
  }

  walk(io: FieldIo): void {
    for (let i = 0; i < this.#counts.length; i++) {
      this.#counts[i] = io.int('failures', this.#counts[i] as number);
      this.#until[i] = io.int('failuresUntil', this.#until[i] as number);
    }
    this.#times = io.scalars('failureTimes', this.#times, 0, (inner, t) => inner.int('time', t));
  }
}
