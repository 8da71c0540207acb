/**
 * Definitions of indicators over whole lists, for tests: sums in exact integers where a definition
 * is one of sums. Values are multiples of 0.5.
 */

/** n²·variance of doubled values, exactly: n·Σx² − (Σx)². */
function scaledVariance(window: readonly number[]): bigint {
  const whole = window.map((value) => BigInt(value * 2));
  const sum = whole.reduce((total, value) => total + value, 0n);
  const squares = whole.reduce((total, value) => total + value * value, 0n);
  return BigInt(window.length) * squares - sum * sum;
}

/** Population standard deviation. */
export function deviationOf(window: readonly number[]): number {
  return Math.sqrt(Number(scaledVariance(window))) / window.length / 2;
}

/** Mean. */
export function meanOf(window: readonly number[]): number {
  return Number(window.reduce((total, value) => total + BigInt(value * 2), 0n)) / window.length / 2;
}

/** Wilder’s or the usual exponential average of a list, from its seed on: unrolled. */
export function smoothed(values: readonly number[], n: number, weight: number): number {
  let result = values.slice(0, n).reduce((sum, value) => sum + value, 0) / n;
  for (const value of values.slice(n)) result = result * (1 - weight) + value * weight;
  return result;
}

/** Wilder’s relative strength index of a whole list. */
export function rsiOf(values: readonly number[], n: number): number {
  const changes = values.slice(1).map((value, i) => value - (values[i] ?? 0));
  const up = smoothed(
    changes.map((change) => Math.max(change, 0)),
    n,
    1 / n,
  );
  const down = smoothed(
    changes.map((change) => Math.max(-change, 0)),
    n,
    1 / n,
  );
  if (up === 0 && down === 0) return 50;
  return down === 0 ? 100 : 100 - 100 / (1 + up / down);
}

/** Percentile rank of the last value. */
export function rankOf(window: readonly number[]): number {
  const newest = window.at(-1) ?? 0;
  const below = window.filter((value) => value < newest).length;
  const equal = window.filter((value) => value === newest).length;
  return (100 * (below + equal / 2)) / window.length;
}
