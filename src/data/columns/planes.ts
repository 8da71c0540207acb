import { assert } from '../../model/assert.ts';

/**
 * Byte planes: the lowest bytes of all numbers of a column, then their second bytes, and so on. Of
 * numbers that are mostly small the higher planes are nearly constant, which is what a compressor
 * sees at once. A plane that would be all zero is left out.
 */

const TWO_32 = 4_294_967_296;
/** Planes of a safe integer. */
export const PLANES_MAX = 7;

/** Whole numbers from 0 to 2^53 − 1 in two halves, so that the loops stay in 32-bit integers. */
export interface Halves {
  readonly low: Uint32Array;
  /** Read only where a column has more than four planes. */
  readonly high: Uint32Array;
}

export function createHalves(rows: number): Halves {
  return { low: new Uint32Array(rows), high: new Uint32Array(rows) };
}

/** Bytes that hold every number up to `max`. */
export function planesFor(max: number): number {
  let planes = 0;
  for (let rest = max; rest > 0; rest = Math.floor(rest / 256)) planes += 1;
  return planes;
}

function putPlane(raw: Uint8Array, at: number, from: Uint32Array, rows: number, shift: number) {
  for (let i = 0; i < rows; i += 1) raw[at + i] = (from[i] as number) >>> shift;
}

/** Writes the lowest `planes` planes at `at`; returns the position after them. */
export function putPlanes(
  raw: Uint8Array,
  at: number,
  { low, high }: Halves,
  rows: number,
  planes: number,
): number {
  for (let plane = 0; plane < planes; plane += 1) {
    const half = plane < 4 ? low : high;
    putPlane(raw, at + plane * rows, half, rows, 8 * (plane & 3));
  }
  return at + planes * rows;
}

/** Numbers of at most four planes, each read once. */
function takeHalf(into: Uint32Array, raw: Uint8Array, at: number, rows: number, planes: number) {
  const b = at + rows;
  const c = b + rows;
  const d = c + rows;
  if (planes === 0) {
    into.fill(0, 0, rows);
  } else if (planes === 1) {
    for (let i = 0; i < rows; i += 1) into[i] = raw[at + i] as number;
  } else if (planes === 2) {
    for (let i = 0; i < rows; i += 1) {
      into[i] = (raw[at + i] as number) | ((raw[b + i] as number) << 8);
    }
  } else if (planes === 3) {
    for (let i = 0; i < rows; i += 1) {
      const low = (raw[at + i] as number) | ((raw[b + i] as number) << 8);
      into[i] = low | ((raw[c + i] as number) << 16);
    }
  } else {
    for (let i = 0; i < rows; i += 1) {
      const low = (raw[at + i] as number) | ((raw[b + i] as number) << 8);
      into[i] = low | ((raw[c + i] as number) << 16) | ((raw[d + i] as number) << 24);
    }
  }
}

/** Reads what {@link putPlanes} wrote; returns the position after it. */
export function takePlanes(
  into: Halves,
  raw: Uint8Array,
  at: number,
  rows: number,
  planes: number,
): number {
  takeHalf(into.low, raw, at, rows, Math.min(planes, 4));
  if (planes > 4) takeHalf(into.high, raw, at + 4 * rows, rows, planes - 4);
  return at + planes * rows;
}

/** Stores whole numbers divided by their common `unit`; returns the largest of them. */
export function putNumbers(
  { low, high }: Halves,
  values: Float64Array,
  rows: number,
  unit: number,
): number {
  assert(unit > 0 && Number.isSafeInteger(unit), 'numbers to encode are whole');
  let max = 0;
  for (let i = 0; i < rows; i += 1) {
    const value = (values[i] as number) / unit;
    assert(value >= 0 && value <= Number.MAX_SAFE_INTEGER, 'a number to encode is in range');
    if (value < TWO_32) {
      low[i] = value;
      high[i] = 0;
    } else {
      const top = Math.floor(value / TWO_32);
      low[i] = value - top * TWO_32;
      high[i] = top;
    }
    if (value > max) max = value;
  }
  return max;
}

/** `unit × number`, for a column of independent numbers. */
export function scaled(
  into: Float64Array,
  { low, high }: Halves,
  rows: number,
  planes: number,
  unit: number,
): void {
  if (planes === 0) {
    into.fill(0, 0, rows);
  } else if (planes <= 4) {
    for (let i = 0; i < rows; i += 1) into[i] = (low[i] as number) * unit;
  } else {
    for (let i = 0; i < rows; i += 1) {
      into[i] = ((high[i] as number) * TWO_32 + (low[i] as number)) * unit;
    }
  }
}

/** Running sums from `base` on, for a column of steps. */
export function summed(
  into: Float64Array,
  { low, high }: Halves,
  rows: number,
  planes: number,
  { base, unit }: { readonly base: number; readonly unit: number },
): void {
  let value = base;
  if (planes <= 4) {
    for (let i = 0; i < rows; i += 1) {
      value += (low[i] as number) * unit;
      into[i] = value;
    }
  } else {
    for (let i = 0; i < rows; i += 1) {
      value += ((high[i] as number) * TWO_32 + (low[i] as number)) * unit;
      into[i] = value;
    }
  }
}
