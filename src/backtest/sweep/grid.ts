import { SeededRandom } from '../../market/random.ts';
import { present } from '../../model/assert.ts';
import { type Decimal, formatScaled, parseDecimal, toScaled } from '../../model/decimal.ts';
import { trimZeros } from '../results/decimal-text.ts';
import { SweepError } from './sweep-error.ts';

/** Most values of one key, and most points of a sweep. */
export const VALUES_MAX = 10_000;
export const POINTS_MAX = 10_000;

/** A key and its values as they were written, in order. */
export interface ValueSpec {
  readonly key: string;
  readonly values: readonly string[];
}

/** Number, and what may stand behind it: `5`, `0.25`, `100ms`. */
const NUMBER = /^([+-]?\d{1,30}(?:\.\d{1,18})?)([a-z]*)$/;

interface Measured {
  readonly value: Decimal;
  readonly unit: string;
}

function measured(text: string): Measured | undefined {
  const match = NUMBER.exec(text);
  if (match === null) return undefined;
  return { value: parseDecimal(match[1] ?? ''), unit: match[2] ?? '' };
}

/**
 * `KEY=FROM:TO:STEP` (both ends included; STEP left out is one of the last digit written) or
 * `KEY=A,B,C`. Steps are decimals and exact. Throws {@link SweepError}.
 */
export function parseValueSpec(text: string): ValueSpec {
  const equals = text.indexOf('=');
  const key = text.slice(0, Math.max(equals, 0)).trim();
  const spec = text.slice(equals + 1).trim();
  if (key === '' || spec === '') {
    throw new SweepError(`"${text}": KEY=FROM:TO:STEP or KEY=A,B,C is wanted`);
  }
  const ends = spec.split(':').map((part) => measured(part.trim()));
  const isRange = ends.length > 1 && ends.length <= 3 && ends.every((end) => end !== undefined);
  const values = isRange ? rangeOf(text, ends) : listOf(text, spec);
  if (values.length > VALUES_MAX) throw new SweepError(`"${text}": more than ${VALUES_MAX} values`);
  return { key, values };
}

function listOf(text: string, spec: string): string[] {
  const values = spec.split(',').map((value) => value.trim());
  if (values.includes('')) throw new SweepError(`"${text}": a value is empty`);
  const repeated = values.find((value, at) => values.indexOf(value) < at);
  if (repeated !== undefined) throw new SweepError(`"${text}": ${repeated} stands there twice`);
  return values;
}

function rangeOf(text: string, ends: readonly (Measured | undefined)[]): string[] {
  const refuse = (why: string): never => {
    throw new SweepError(`"${text}": ${why}`);
  };
  const from = present(ends[0], 'start');
  const to = present(ends[1], 'end');
  const finest = Math.max(from.value.decimals, to.value.decimals);
  const unitStep: Measured = { value: { coefficient: 1n, decimals: finest }, unit: from.unit };
  const step = ends.length === 3 ? present(ends[2], 'step') : unitStep;
  if (to.unit !== from.unit || step.unit !== from.unit) refuse('the units differ');
  const decimals = Math.max(finest, step.value.decimals);
  const first = toScaled(from.value, decimals);
  const last = toScaled(to.value, decimals);
  const stride = toScaled(step.value, decimals);
  if (stride <= 0n) refuse('a step is above zero');
  if (last < first) refuse('the end lies before the start');
  const count = (last - first) / stride + 1n;
  if (count > VALUES_MAX) refuse(`more than ${VALUES_MAX} values`);
  return Array.from({ length: Number(count) }, (_, at) => {
    const value = formatScaled(first + BigInt(at) * stride, decimals);
    return `${trimZeros(value, 0)}${from.unit}`;
  });
}

/** Points of all combinations; throws {@link SweepError} where they cannot be counted. */
export function combinations(sizes: readonly number[]): number {
  const count = sizes.reduce((product, size) => product * size, 1);
  if (Number.isSafeInteger(count)) return count;
  throw new SweepError('more combinations than can be counted: fewer keys, fewer values');
}

/** Positions of a combination's values, one a key; the last key changes fastest. */
export function positionsOf(sizes: readonly number[], combination: number): number[] {
  const positions = new Array<number>(sizes.length).fill(0);
  let rest = combination;
  for (let k = sizes.length - 1; k >= 0; k -= 1) {
    const size = present(sizes[k], 'size');
    positions[k] = rest % size;
    rest = Math.floor(rest / size);
  }
  return positions;
}

/**
 * `count` different numbers of `0 … total-1`, ascending, each set as likely as any other. Source:
 * R. W. Floyd, in J. Bentley, "Programming Pearls: A Sample of Brilliance", CACM 30(9), 1987.
 */
export function drawn(total: number, count: number, seed: number): number[] {
  if (count > total) {
    throw new SweepError(`there are ${total} combinations, fewer than the ${count} to draw`);
  }
  const random = new SeededRandom(seed);
  const taken = new Set<number>();
  for (let top = total - count; top < total; top += 1) {
    const candidate = Math.floor(random.nextFloat() * (top + 1));
    taken.add(taken.has(candidate) ? top : candidate);
  }
  return [...taken].sort((a, b) => a - b);
}
