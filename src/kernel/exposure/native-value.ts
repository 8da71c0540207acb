import { divideRounded, divideRoundedSmall } from '../../model/arithmetic.ts';

/**
 * `held` is positive on the orders' own side. They first close what is held on the other side; the
 * rest counts at their average price. NaN or not an integer where numbers cannot hold it.
 */
export function nativeWith(held: number, orders: number, cost: number, price: number): number {
  if (held >= 0) return exactly(exactly(held * price) + cost);
  const opened = orders + held;
  if (opened <= 0) return exactly(opened * price);
  const product = cost * opened;
  return Number.isSafeInteger(product) ? divideRoundedSmall(product, orders) : Number.NaN;
}

/** NaN for what is no safe integer, so that it stays so through sums. */
function exactly(value: number): number {
  return Number.isSafeInteger(value) ? value : Number.NaN;
}

/** The same in exact integers. */
export function exactWith(held: bigint, orders: bigint, cost: bigint, price: bigint): bigint {
  if (held >= 0n) return held * price + cost;
  const opened = orders + held;
  return opened <= 0n ? opened * price : divideRounded(cost * opened, orders);
}
