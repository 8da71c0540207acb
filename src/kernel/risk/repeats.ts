import type { FieldIo, Walkable } from '../../model/codec.ts';
import type { Side } from '../../model/order.ts';
import { TimeRing } from './time-ring.ts';

/** So many fills of one strategy and side within such a time stop its entries. */
export interface RepeatSpec {
  readonly fills: number;
  readonly withinUs: number;
}

/**
 * Repeated automated execution: the last fills of each strategy and side, and the strategies that
 * were stopped by them until an operator enables them by name. A part of the book: it changes by
 * records and by the input `enableStrategy` alone.
 */
export class Repeats implements Walkable {
  readonly spec: RepeatSpec;
  /** By strategy: buys, then sells. */
  readonly #fills: readonly TimeRing[];
  readonly #stopped: Uint8Array;

  constructor(spec: RepeatSpec, strategies: number) {
    this.spec = spec;
    this.#fills = Array.from({ length: 2 * strategies }, () => new TimeRing(spec.fills));
    this.#stopped = new Uint8Array(strategies);
  }

  isStopped(strategy: number): boolean {
    return this.#stopped[strategy] === 1;
  }

  filled(strategy: number, side: Side, time: number): void {
    const ring = this.#ring(strategy, side);
    ring.add(time);
    const { fills, withinUs } = this.spec;
    if (ring.nthLast(fills) >= time - withinUs) this.#stopped[strategy] = 1;
  }

  #ring(strategy: number, side: Side): TimeRing {
    return this.#fills[2 * strategy + (side > 0 ? 0 : 1)] as TimeRing;
  }

  /** An operator's word: it may open risk again, and its fills are counted anew. */
  enable(strategy: number): void {
    if (strategy >= this.#stopped.length) return;
    this.#stopped[strategy] = 0;
    this.#ring(strategy, 1).clear();
    this.#ring(strategy, -1).clear();
  }

  walk(io: FieldIo): void {
    for (const ring of this.#fills) ring.walk(io);
    for (let i = 0; i < this.#stopped.length; i++) {
      this.#stopped[i] = io.u8('stopped', this.#stopped[i] as number);
    }
  }
}
