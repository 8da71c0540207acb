import type { FieldIo, Walkable } from '../../model/codec.ts';
import type { Money } from '../../model/units.ts';

/** After so many losing trades in a row the strategy's entries wait so long. */
export interface StreakSpec {
  readonly losses: number;
  readonly waitUs: number;
}

/**
 * Losing trades in a row, by strategy. A trade is a position from flat to flat, or to the other
 * side; its result is the money that the venue stated for its fills, commission taken off. A part
 * of the book: it changes by records alone.
 */
export class LosingStreaks implements Walkable {
  readonly spec: StreakSpec;
  readonly #losses: Float64Array;
  readonly #until: Float64Array;
  /** Result so far of the trade that is open, by instrument. */
  readonly #open: bigint[];

  constructor(spec: StreakSpec, strategies: number, instruments: number) {
    this.spec = spec;
    this.#losses = new Float64Array(strategies);
    this.#until = new Float64Array(strategies);
    this.#open = Array.from({ length: instruments }, () => 0n);
  }

  /** How many strategies are counted. */
  get strategies(): number {
    return this.#losses.length;
  }

  /** Until when the strategy's entries wait, engine time. */
  waitsUntil(strategy: number): number {
    return this.#until[strategy] as number;
  }

  lossesOf(strategy: number): number {
    return this.#losses[strategy] as number;
  }

  /** A fill, with the position in its instrument before and after it. */
  filled(fill: {
    readonly strategy: number;
    readonly instrument: number;
    readonly result: Money;
    readonly before: number;
    readonly after: number;
    readonly time: number;
  }): void {
    const { strategy, instrument, before, after } = fill;
    const result = (this.#open[instrument] ?? 0n) + fill.result;
    const ended = before !== 0 && (after === 0 || before > 0 !== after > 0);
    this.#open[instrument] = ended ? 0n : result;
    if (!ended) return;
    const losses = result < 0n ? (this.#losses[strategy] as number) + 1 : 0;
    this.#losses[strategy] = losses;
    if (losses < this.spec.losses) return;
    this.#losses[strategy] = 0;
    this.#until[strategy] = fill.time + this.spec.waitUs;
  }

  walk(io: FieldIo): void {
    for (let i = 0; i < this.#losses.length; i++) {
      this.#losses[i] = io.int('losses', this.#losses[i] as number);
      this.#until[i] = io.int('lossesUntil', this.#until[i] as number);
    }
    for (let k = 0; k < this.#open.length; k++) {
      this.#open[k] = io.big('openResult', this.#open[k] ?? 0n);
    }
  }
}
