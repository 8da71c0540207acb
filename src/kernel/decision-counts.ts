import type { FieldIo, Walkable } from '../model/codec.ts';
import type { DecisionRef } from '../model/order.ts';

/**
 * Decisions taken so far, by strategy and instrument; those that the engine took for a strategy are
 * counted apart, and downwards.
 */
export class DecisionCounts implements Walkable {
  readonly #instruments: number = 0;
  readonly #own: Float64Array;
  readonly #engines: Float64Array;

  constructor(strategies: number, instruments: number) {
    this.#instruments = instruments;
    this.#own = new Float64Array(strategies * instruments);
    this.#engines = new Float64Array(strategies * instruments);
  }

  /** Number of the last decision of a strategy on an instrument; 0 before the first. */
  last(strategy: number, k: number): number {
    return this.#own[strategy * this.#instruments + k] as number;
  }

  /** Number that the next decision of a strategy on an instrument gets. */
  next(strategy: number, k: number): number {
    return this.last(strategy, k) + 1;
  }

  /** Number that the next decision of the engine for a strategy on an instrument gets. */
  nextOfEngine(strategy: number, k: number): number {
    return -(this.#engines[strategy * this.#instruments + k] as number) - 1;
  }

  note({ strategy, instrument, number }: DecisionRef): void {
    const counts = number < 0 ? this.#engines : this.#own;
    counts[strategy * this.#instruments + instrument] = Math.abs(number);
  }

  walk(io: FieldIo): void {
    for (let i = 0; i < this.#own.length; i++) {
      this.#own[i] = io.int('decisions', this.#own[i] as number);
      this.#engines[i] = io.int('engineDecisions', this.#engines[i] as number);
    }
  }
}
