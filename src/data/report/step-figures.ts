import { Histogram } from './histogram.ts';

function gcd(a: number, b: number): number {
  let [x, y] = [a, b];
  while (y !== 0) [x, y] = [y, x % y];
  return x;
}

const US_PER_MS = 1000;

/** How fine prices and times are, and how close quotes follow each other. */
export class StepFigures {
  /** All prices are multiples of this many increments; 0 before the first. */
  priceStep = 0;
  /** All times are multiples of this many µs since 1970; 0 before the first. */
  timeStepUs = 0;
  /** Least time between two quotes of different moments; infinite before there are two. */
  minSpacingUs = Number.POSITIVE_INFINITY;
  /** Milliseconds from each quote to the next, rounded down. */
  readonly spacing = new Histogram();

  add(time: number, bid: number, ask: number): void {
    const step = this.priceStep;
    if (step !== 1) {
      if (step === 0 || bid % step !== 0) this.priceStep = gcd(bid, step);
      if (ask % this.priceStep !== 0) this.priceStep = gcd(ask, this.priceStep);
    }
    const timeStep = this.timeStepUs;
    if (timeStep === 0 || time % timeStep !== 0) this.timeStepUs = gcd(time, timeStep);
  }

  /** The time from the quote before. */
  follow(spacingUs: number): void {
    this.spacing.add(Math.floor(spacingUs / US_PER_MS));
    if (spacingUs > 0 && spacingUs < this.minSpacingUs) this.minSpacingUs = spacingUs;
  }

  /** Share of the quotes that follow at one to `times` the least spacing, 0 to 1. */
  shareNearLeast(times: number): number {
    const least = Math.floor(this.minSpacingUs / US_PER_MS);
    if (!Number.isFinite(least) || this.spacing.total === 0) return 0;
    let near = 0;
    for (let ms = least; ms <= least * times; ms++) near += this.spacing.weightOf(ms);
    return near / this.spacing.total;
  }
}
