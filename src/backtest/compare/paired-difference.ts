import { deviation, mean } from '../report/risk.ts';
import { blockLengthOf, type Interval, stationaryBootstrap } from './bootstrap.ts';
import { twoSidedP } from './student-t.ts';

export const BOOTSTRAP_SEED = 1;
export const BOOTSTRAP_RESAMPLES = 5000;
export const CONFIDENCE = 0.95;

/** Whether two runs differ, by the differences of their profits on the same days. */
export interface PairedDifference {
  readonly days: number;
  /** Mean of (second − first), account currency a day. */
  readonly mean: number;
  /** Student's t of the mean with `degrees` of freedom, and its two-sided p-value. */
  readonly t: number;
  readonly degrees: number;
  readonly p: number;
  /** Of the mean, by stationary bootstrap with blocks of this mean length. */
  readonly interval: Interval;
  readonly blockLength: number;
}

/** The test, or why there is none. Differences of profit, a day each. */
export function pairedDifference(
  differences: readonly number[],
): PairedDifference | { readonly undefinedBecause: string } {
  const days = differences.length;
  if (days < 2) return { undefinedBecause: 'fewer than two trading days in common' };
  const spread = deviation(differences);
  const centre = mean(differences);
  if (spread === 0) {
    const why = centre === 0 ? 'the same profit on every day' : 'the same difference on every day';
    return { undefinedBecause: why };
  }
  const t = centre / (spread / Math.sqrt(days));
  const blockLength = blockLengthOf(days);
  const interval = stationaryBootstrap(differences, {
    seed: BOOTSTRAP_SEED,
    resamples: BOOTSTRAP_RESAMPLES,
    blockLength,
    confidence: CONFIDENCE,
  });
  const degrees = days - 1;
  return { days, mean: centre, t, degrees, p: twoSidedP(t, degrees), interval, blockLength };
}
