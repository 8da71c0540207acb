import { fixed } from '../report/texts.ts';
import { type Comparison, type Difference, LEVEL } from './compare-results.ts';
import { BOOTSTRAP_RESAMPLES, BOOTSTRAP_SEED } from './paired-difference.ts';

/** Below this many days neither the test nor the interval keeps its promise. */
const FEW_DAYS = 30;

/** `0.012`; what is smaller than three digits show is said to be so. */
export function pText(p: number): string {
  return p < 0.001 ? '< 0.001' : fixed(p, 3);
}

/** The test of a run against the first, in a line. */
export function testText({ test }: Difference): string {
  if ('undefinedBecause' in test) return test.undefinedBecause;
  const { days, mean, t, degrees, p, interval, blockLength } = test;
  return (
    `mean difference a day ${fixed(mean, 2)} over ${days} days, ` +
    `95 % interval ${fixed(interval.low, 2)} to ${fixed(interval.high, 2)} ` +
    `(blocks of ${blockLength}), t = ${fixed(t, 2)}, ${degrees} degrees of freedom, ` +
    `p = ${pText(p)}${days < FEW_DAYS ? `; ${days} days are too few to rely on either` : ''}`
  );
}

/** What the tests rest on, and what they cannot say. */
export function methodLines({ differences }: Comparison): readonly string[] {
  const lines = [
    "Paired differences of profit on common trading days. p is two-sided, by Student's t, which " +
      'takes days as independent; the interval is a stationary bootstrap (Politis and Romano ' +
      `1994), ${BOOTSTRAP_RESAMPLES} resamples, seed ${BOOTSTRAP_SEED}, which allows for days ` +
      'that depend on one another.',
    'A test of one history says nothing about how the runs were chosen: the best of many trials ' +
      'looks better than it is.',
  ];
  if (differences.length < 2) return lines;
  return [
    ...lines,
    `${differences.length} runs are tested against A: verdicts at ${LEVEL * 100} % use p-values ` +
      "adjusted by Holm's method.",
  ];
}
