import type { QuoteBlock } from '../src/market/quotes.ts';

/**
 * The floor: what the same arithmetic costs in one loop over packed typed arrays with nothing
 * around it. Market orders wait a latency and fill at the first quote at or after; positions are
 * marked at every quote; equity, peak and drawdown follow; one-minute bars; two EMAs cross.
 *
 * It has no records, no gates, no order states, no exactness checks and no second account at a
 * venue. The kernel is measured against it as a share of its rate. Frozen: it changes only
 * together with a note in docs/decisions.
 */

const MINUTE_US = 60_000_000;
const LATENCY_US = 50_000;
const UNITS = 10_000;
const MONEY_PER_TICK = 10;
const FAST = 2 / (10 + 1);
const SLOW = 2 / (30 + 1);
const NEVER = Number.POSITIVE_INFINITY;

export interface FloorResult {
  readonly orders: number;
  readonly bars: number;
  readonly equity: number;
  readonly maxDrawdown: number;
}

/** How often a strategy on quotes looks at its averages, in quotes of one instrument. */
export const LOOK_EVERY = 1000;

export function floorLoop(
  block: QuoteBlock,
  instruments: number,
  onEveryQuote: boolean,
): FloorResult {
  const { time, instrument, bid, ask } = block;
  const lastBid = new Int32Array(instruments);
  const lastAsk = new Int32Array(instruments);
  const position = new Float64Array(instruments);
  const cost = new Float64Array(instruments);
  const marked = new Float64Array(instruments);
  const pendingAt = new Float64Array(instruments).fill(NEVER);
  const pendingUnits = new Float64Array(instruments);
  const barEnd = new Float64Array(instruments);
  const open = new Int32Array(instruments);
  const high = new Int32Array(instruments);
  const low = new Int32Array(instruments);
  const close = new Int32Array(instruments);
  const fast = new Float64Array(instruments);
  const slow = new Float64Array(instruments);
  const seen = new Int32Array(instruments);
  const side = new Int8Array(instruments);
  let balance = 100_000_000_000;
  let unrealized = 0;
  let peak = balance;
  let maxDrawdown = 0;
  let orders = 0;
  let bars = 0;

  const look = (k: number, value: number, t: number, decide: boolean): void => {
    const count = (seen[k] as number) + 1;
    seen[k] = count;
    if (count === 1) {
      fast[k] = value;
      slow[k] = value;
      return;
    }
    fast[k] = (fast[k] as number) + FAST * (value - (fast[k] as number));
    slow[k] = (slow[k] as number) + SLOW * (value - (slow[k] as number));
    if (!decide || count < 30) return;
    const want = (fast[k] as number) > (slow[k] as number) ? 1 : -1;
    if (want === side[k]) return;
    side[k] = want;
    pendingUnits[k] = want * UNITS - (position[k] as number);
    pendingAt[k] = t + LATENCY_US;
    orders += 1;
  };

  for (let i = 0; i < block.count; i++) {
    const t = time[i] as number;
    const k = instrument[i] as number;
    const b = bid[i] as number;
    const a = ask[i] as number;
    lastBid[k] = b;
    lastAsk[k] = a;
    if (t >= (pendingAt[k] as number)) {
      const units = pendingUnits[k] as number;
      const price = units > 0 ? a : b;
      const held = position[k] as number;
      const closing =
        held !== 0 && held > 0 !== units > 0 ? Math.min(Math.abs(units), Math.abs(held)) : 0;
      const released =
        closing === 0 ? 0 : Math.round(((cost[k] as number) * closing) / Math.abs(held));
      const proceeds = closing * price * Math.sign(held);
      balance += (proceeds - released) * MONEY_PER_TICK;
      const opening = units + closing * Math.sign(held);
      cost[k] = (cost[k] as number) - released + opening * price;
      position[k] = held + units;
      pendingAt[k] = NEVER;
    }
    const held = position[k] as number;
    if (held !== 0) {
      const value = (held * (held > 0 ? b : a) - (cost[k] as number)) * MONEY_PER_TICK;
      unrealized += value - (marked[k] as number);
      marked[k] = value;
      const equity = balance + unrealized;
      if (equity > peak) peak = equity;
      else if (peak - equity > maxDrawdown) maxDrawdown = peak - equity;
    }
    const mid = b + a;
    if (t >= (barEnd[k] as number)) {
      if (barEnd[k] !== 0) {
        bars += 1;
        if (!onEveryQuote) look(k, (close[k] as number) / 2, t, true);
      }
      barEnd[k] = (Math.floor(t / MINUTE_US) + 1) * MINUTE_US;
      open[k] = mid;
      high[k] = mid;
      low[k] = mid;
      close[k] = mid;
    } else {
      if (mid > (high[k] as number)) high[k] = mid;
      if (mid < (low[k] as number)) low[k] = mid;
      close[k] = mid;
    }
    if (onEveryQuote) look(k, mid / 2, t, ((seen[k] as number) + 1) % LOOK_EVERY === 0);
  }
  return { orders, bars, equity: balance + unrealized, maxDrawdown };
}
