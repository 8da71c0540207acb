/** Values of a smaller magnitude are counted one by one. */
export const EXACT_BELOW = 16_384;
/** Beyond, a bucket reaches 1 % further than the one before. */
const LOG_STEP = Math.log(1.01);
const LEAST_ROOM = 64;

function bucketOf(magnitude: number): number {
  if (magnitude < EXACT_BELOW) return magnitude;
  return EXACT_BELOW + Math.floor(Math.log(magnitude / EXACT_BELOW) / LOG_STEP);
}

/** The value in the middle of a bucket, on the scale of logarithms. */
function middleOf(bucket: number): number {
  if (bucket < EXACT_BELOW) return bucket;
  return Math.round(EXACT_BELOW * Math.exp((bucket - EXACT_BELOW + 0.5) * LOG_STEP));
}

/** One sign of a histogram: weights by bucket, in an array that grows with the largest value. */
class Side {
  weights: Float64Array = new Float64Array(LEAST_ROOM);

  add(bucket: number, weight: number): void {
    if (bucket >= this.weights.length) this.#grow(bucket);
    this.weights[bucket] = (this.weights[bucket] as number) + weight;
  }

  #grow(bucket: number): void {
    const grown = new Float64Array(2 ** Math.ceil(Math.log2(bucket + 1)));
    grown.set(this.weights);
    this.weights = grown;
  }
}

/**
 * How often integers occur, by weight: exact for magnitudes below {@link EXACT_BELOW}, within 0.5 %
 * beyond. Memory is bounded whatever the values: at most some 20 000 buckets for each sign.
 * Display statistics: weights are doubles.
 */
export class Histogram {
  readonly #positive = new Side();
  readonly #negative = new Side();
  #total = 0;
  #max = Number.NEGATIVE_INFINITY;

  add(value: number, weight = 1): void {
    if (value >= 0) this.#positive.add(bucketOf(value), weight);
    else this.#negative.add(bucketOf(-value), weight);
    this.#total += weight;
    if (value > this.#max) this.#max = value;
  }

  /** Sum of all weights. */
  get total(): number {
    return this.#total;
  }

  /** The largest value, exact; `undefined` when there is none. */
  get max(): number | undefined {
    return this.#total === 0 ? undefined : this.#max;
  }

  /** Weight of one value below {@link EXACT_BELOW}, or of the bucket that it lies in. */
  weightOf(value: number): number {
    const side = value >= 0 ? this.#positive : this.#negative;
    return side.weights[bucketOf(Math.abs(value))] ?? 0;
  }

  /** The least value at or below which `share` of the weight lies; `undefined` when empty. */
  quantile(share: number): number | undefined {
    if (this.#total === 0) return undefined;
    const wanted = share * this.#total;
    let below = 0;
    const negative = this.#negative.weights;
    for (let bucket = negative.length - 1; bucket > 0; bucket--) {
      below += negative[bucket] as number;
      if (below >= wanted && below > 0) return -middleOf(bucket);
    }
    const positive = this.#positive.weights;
    for (let bucket = 0; bucket < positive.length; bucket++) {
      below += positive[bucket] as number;
      if (below >= wanted && below > 0) return Math.min(middleOf(bucket), this.#max);
    }
    return this.#max;
  }
}
