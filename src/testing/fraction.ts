/** An exact rational number, for models in tests: plain and slow on purpose. `d` is positive. */
export interface Fraction {
  readonly n: bigint;
  readonly d: bigint;
}

export const ZERO: Fraction = { n: 0n, d: 1n };
export const ONE: Fraction = { n: 1n, d: 1n };

export function fraction(n: bigint | number, d: bigint | number = 1n): Fraction {
  const top = BigInt(n);
  const bottom = BigInt(d);
  if (bottom === 0n) throw new RangeError('a fraction over zero');
  return bottom < 0n ? { n: -top, d: -bottom } : { n: top, d: bottom };
}

export function add(a: Fraction, b: Fraction): Fraction {
  return { n: a.n * b.d + b.n * a.d, d: a.d * b.d };
}

export function subtract(a: Fraction, b: Fraction): Fraction {
  return { n: a.n * b.d - b.n * a.d, d: a.d * b.d };
}

export function multiply(...factors: readonly Fraction[]): Fraction {
  return factors.reduce((a, b) => ({ n: a.n * b.n, d: a.d * b.d }), ONE);
}

export function invert(a: Fraction): Fraction {
  return fraction(a.d, a.n);
}

export function isEqual(a: Fraction, b: Fraction): boolean {
  return a.n * b.d === b.n * a.d;
}

/** The nearest integer; a half goes away from zero. Written as |x| + ½, cut. */
export function roundHalfAway(a: Fraction): bigint {
  const magnitude = a.n < 0n ? -a.n : a.n;
  const rounded = (2n * magnitude + a.d) / (2n * a.d);
  return a.n < 0n ? -rounded : rounded;
}

/** Coefficient and decimals of a decimal as a fraction. */
export function ofDecimal(value: {
  readonly coefficient: bigint;
  readonly decimals: number;
}): Fraction {
  return fraction(value.coefficient, 10n ** BigInt(value.decimals));
}
