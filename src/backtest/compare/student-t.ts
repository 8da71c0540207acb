/** Coefficients of Lanczos' approximation with g = 7, to 15 digits (Godfrey, 2001). */
const LANCZOS_G = 7;
const LANCZOS = [
  0.99999999999980993, 676.5203681218851, -1259.1392167224028, 771.32342877765313,
  -176.61502916214059, 12.507343278686905, -0.13857109526572012, 9.9843695780195716e-6,
  1.5056327351493116e-7,
] as const;

const ITERATIONS_MAX = 1000;
const TINY = 1e-300;
const PRECISION = 1e-15;

/** Natural logarithm of the gamma function for x ≥ ½. */
export function logGamma(x: number): number {
  const z = x - 1;
  let series: number = LANCZOS[0];
  for (let i = 1; i < LANCZOS.length; i++) series += (LANCZOS[i] ?? 0) / (z + i);
  const t = z + LANCZOS_G + 0.5;
  return 0.5 * Math.log(2 * Math.PI) + (z + 0.5) * Math.log(t) - t + Math.log(series);
}

function apartFromZero(value: number): number {
  return Math.abs(value) < TINY ? TINY : value;
}

/** The continued fraction of the incomplete beta function: DLMF 8.17.22, by Lentz's method. */
function betaFraction(x: number, a: number, b: number): number {
  let c = 1;
  let d = 1 / apartFromZero(1 - ((a + b) * x) / (a + 1));
  let fraction = d;
  for (let m = 1; m <= ITERATIONS_MAX; m++) {
    const even = (m * (b - m) * x) / ((a + 2 * m - 1) * (a + 2 * m));
    const odd = (-(a + m) * (a + b + m) * x) / ((a + 2 * m) * (a + 2 * m + 1));
    let change = 1;
    for (const term of [even, odd]) {
      d = 1 / apartFromZero(1 + term * d);
      c = apartFromZero(1 + term / c);
      change = c * d;
      fraction *= change;
    }
    if (Math.abs(change - 1) < PRECISION) break;
  }
  return fraction;
}

/** Regularised incomplete beta function Iₓ(a, b), 0 ≤ x ≤ 1, a and b ≥ ½. */
export function incompleteBeta(x: number, a: number, b: number): number {
  if (x <= 0) return 0;
  if (x >= 1) return 1;
  const log = logGamma(a + b) - logGamma(a) - logGamma(b) + a * Math.log(x) + b * Math.log1p(-x);
  const front = Math.exp(log);
  // The fraction converges fast below the mean; above it the function is mirrored: DLMF 8.17.4.
  if (x < (a + 1) / (a + b + 2)) return (front * betaFraction(x, a, b)) / a;
  return 1 - (front * betaFraction(1 - x, b, a)) / b;
}

/**
 * Probability that |T| ≥ |t| for Student's t with `degrees` of freedom: I at ν ÷ (ν + t²) of
 * (ν/2, ½). Source: DLMF 8.17; Abramowitz and Stegun 26.7.1.
 */
export function twoSidedP(t: number, degrees: number): number {
  const square = t * t;
  // Near the middle the other side of the function keeps the digits: DLMF 8.17.4.
  if (square < degrees) return 1 - incompleteBeta(square / (degrees + square), 0.5, degrees / 2);
  return incompleteBeta(degrees / (degrees + square), degrees / 2, 0.5);
}

/** P(T ≤ t) of Student's t. */
export function studentCdf(t: number, degrees: number): number {
  const tail = twoSidedP(t, degrees) / 2;
  return t < 0 ? tail : 1 - tail;
}
