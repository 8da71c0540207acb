import { assert } from '../../model/assert.ts';
import type { FieldIo } from '../../model/codec.ts';

/**
 * What all indicators share. They take one value and give one value, by + − × ÷ and square roots on
 * doubles only, so every engine computes the same bits. What they give is NaN until `ready`: a
 * comparison with it is false, and the codec refuses to record it.
 */

const PERIOD_MAX = 1_000_000;

export function checkPeriod(period: number): void {
  const valid = Number.isInteger(period) && period >= 1 && period <= PERIOD_MAX;
  assert(valid, `period ${period} is not a whole number of 1…${PERIOD_MAX}`);
}

/** One value of a window, for `FieldIo.scalars`. */
export function walkValue(io: FieldIo, value: number): number {
  return io.float('value', value);
}
