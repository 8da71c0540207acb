import { SeededRandom } from '../../market/random.ts';

export interface Interval {
  readonly low: number;
  readonly high: number;
}

export interface BootstrapOptions {
  readonly seed: number;
  readonly resamples: number;
  /** Mean length of a block. */
  readonly blockLength: number;
  /** Share of the resampled means that lies inside, such as 0.95. */
  readonly confidence: number;
}

/** The usual order of growth for means: the cube root of the number of values, at least 1. */
export function blockLengthOf(values: number): number {
  return Math.max(1, Math.round(Math.cbrt(values)));
}

/**
 * Confidence interval of the mean of values that depend on their neighbours: percentiles of the
 * means of a stationary bootstrap, whose blocks start anywhere, wrap around the end and have
 * lengths of a geometric distribution. Source: Politis and Romano, "The Stationary Bootstrap",
 * Journal of the American Statistical Association 89 (1994). `values` is not empty.
 */
export function stationaryBootstrap(
  values: readonly number[],
  { seed, resamples, blockLength, confidence }: BootstrapOptions,
): Interval {
  const random = new SeededRandom(seed);
  const count = values.length;
  const column = Float64Array.from(values);
  const means = new Float64Array(resamples);
  for (let r = 0; r < resamples; r++) {
    let at = random.nextInt(count);
    let total = 0;
    for (let i = 0; i < count; i++) {
      total += column[at] as number;
      const ends = random.nextFloat() * blockLength < 1;
      at = ends ? random.nextInt(count) : (at + 1) % count;
    }
    means[r] = total / count;
  }
  means.sort();
  const tail = (1 - confidence) / 2;
  const place = (share: number): number => means[Math.round(share * (resamples - 1))] as number;
  return { low: place(tail), high: place(1 - tail) };
}
