/**
 * Statistics for judging results, in doubles: they are shown and compared, never booked. Only the
 * four operations and the square root are used where it matters, so that every machine agrees.
 */

const EULER_GAMMA = 0.577_215_664_901_532_9;

/** Moments of a series: deviation by n − 1; skewness and kurtosis (3 is normal) by n. */
export interface Moments {
  readonly count: number;
  readonly mean: number;
  readonly deviation: number;
  readonly skewness: number;
  readonly kurtosis: number;
}

/** `undefined` with fewer than two values, or when all are equal. */
export function momentsOf(values: readonly number[]): Moments | undefined {
  const count = values.length;
  if (count < 2) return undefined;
  const mean = values.reduce((sum, value) => sum + value, 0) / count;
  let [second, third, fourth] = [0, 0, 0];
  for (const value of values) {
    const off = value - mean;
    second += off * off;
    third += off * off * off;
    fourth += off * off * off * off;
  }
  if (!(second > 0)) return undefined;
  const spread = second / count;
  return {
    count,
    mean,
    deviation: Math.sqrt(second / (count - 1)),
    skewness: third / count / (spread * Math.sqrt(spread)),
    kurtosis: fourth / count / (spread * spread),
  };
}

/**
 * Φ(x), the share of a normal distribution below x, to about 15 digits. Source: G. Marsaglia,
 * "Evaluating the Normal Distribution", Journal of Statistical Software 11(4), 2004.
 */
export function normalShareBelow(x: number): number {
  if (x < -8) return 0;
  if (x > 8) return 1;
  let term = x;
  let sum = x;
  for (let odd = 3; sum + term !== sum; odd += 2) {
    term = (term * x * x) / odd;
    sum += term;
  }
  return 0.5 + (sum * Math.exp((-x * x) / 2)) / Math.sqrt(2 * Math.PI);
}

/** The x of which Φ(x) is `share`, found by halving; between −8 and 8. */
export function normalQuantile(share: number): number {
  let low = -8;
  let high = 8;
  for (let i = 0; i < 80; i += 1) {
    const middle = (low + high) / 2;
    if (normalShareBelow(middle) < share) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}

/**
 * The largest Sharpe ratio to be expected of `trials` independent strategies without any skill,
 * whose ratios scatter with `deviation`. Source: D. H. Bailey and M. López de Prado, "The Deflated
 * Sharpe Ratio", Journal of Portfolio Management 40(5), 2014, equation of SR₀.
 */
export function luckySharpe(trials: number, deviation: number): number {
  if (trials < 2) return 0;
  const first = normalQuantile(1 - 1 / trials);
  const second = normalQuantile(1 - 1 / (trials * Math.E));
  return deviation * ((1 - EULER_GAMMA) * first + EULER_GAMMA * second);
}

/** A Sharpe ratio per observation, not annualised, and the shape of the returns it came from. */
export interface ObservedSharpe {
  readonly sharpe: number;
  readonly observations: number;
  readonly skewness: number;
  readonly kurtosis: number;
}

/**
 * Probability that the true ratio is above `benchmark`: the probabilistic Sharpe ratio, and with
 * {@link luckySharpe} as benchmark the deflated one (same source). `undefined` where the formula
 * has no value.
 */
export function sharpeConfidence(
  { sharpe, observations, skewness, kurtosis }: ObservedSharpe,
  benchmark: number,
): number | undefined {
  const variance = 1 - skewness * sharpe + ((kurtosis - 1) / 4) * sharpe * sharpe;
  if (!(variance > 0) || observations < 2) return undefined;
  const steps = Math.sqrt(observations - 1);
  return normalShareBelow(((sharpe - benchmark) * steps) / Math.sqrt(variance));
}
