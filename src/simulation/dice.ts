import { SeededRandom } from '../market/random.ts';
import { assert } from '../model/assert.ts';

const TWO_32 = 4_294_967_296;

/** Random choices of the simulated world: a function of seed and stream alone. */
export class Dice {
  readonly #random: SeededRandom;

  constructor(seed: number, stream: number) {
    this.#random = new SeededRandom(seed, stream);
  }

  /** True in this share of the draws, 0 … 1. */
  chance(share: number): boolean {
    return this.#random.nextUint32() < share * TWO_32;
  }

  /** A whole number of 0 … bound − 1. */
  below(bound: number): number {
    return Math.floor((this.#random.nextUint32() / TWO_32) * bound);
  }

  /** A whole number from one bound to the other, both included. */
  between(from: number, to: number): number {
    return from + this.below(to - from + 1);
  }

  pick<T>(choices: readonly T[]): T {
    const choice = choices[this.below(choices.length)];
    assert(choice !== undefined, 'a choice among none');
    return choice;
  }
}
