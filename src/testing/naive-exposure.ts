import type { Book } from '../kernel/book.ts';
import type { Order } from '../kernel/orders/order.ts';
import { OrderRole, Side } from '../model/order.ts';
import { type Fraction, fraction, multiply, ofDecimal, roundHalfAway } from './fraction.ts';

/** Exposure computed from positions, open orders and quotes, one by one. Money counts. */
export interface NaiveExposure {
  readonly instrument: readonly bigint[];
  readonly net: bigint;
  readonly gross: bigint;
  readonly margin: bigint;
  readonly active: number;
  readonly currency: ReadonlyMap<string, bigint>;
}

/** An order that is only thought of. */
export interface Supposed {
  readonly instrument: number;
  readonly side: Side;
  readonly quantity: number;
  readonly price: number;
}

function max(a: bigint, b: bigint): bigint {
  return a > b ? a : b;
}

function rateOf(book: Book, k: number): Fraction {
  return book.account.conversion.path(k).reduce((rate, { instrument: leg, inverse }) => {
    const { priceIncrement } = present(book, leg);
    const twice = (book.board.bid[leg] ?? 0) + (book.board.ask[leg] ?? 0);
    const price = multiply(fraction(twice, 2), ofDecimal(priceIncrement));
    return multiply(rate, inverse ? fraction(price.d, price.n) : price);
  }, fraction(1));
}

function present(book: Book, k: number): Book['instruments'][number] {
  const instrument = book.instruments[k];
  if (instrument === undefined) throw new Error(`instrument ${k}`);
  return instrument;
}

/** The dearest of the prices that the order has or asks for, and what it is reserved above it. */
function reservedPriceOf({ terms, premium, ...order }: Order): number {
  const { pendingQuantity, pendingLimitPrice, pendingStopPrice } = order;
  const asked = pendingQuantity === 0 ? [] : [pendingLimitPrice, pendingStopPrice];
  return Math.max(terms.limitPrice, terms.stopPrice, ...asked) + premium;
}

/** Value with all orders of one side filled, signed as that side; money counts. */
function sideValue(book: Book, k: number, side: Side, supposed: readonly Supposed[]): bigint {
  const own = book.account.positions[k]?.quantity ?? 0;
  const held = side * (own + (book.account.external[k]?.quantity ?? 0));
  const open = [...book.orders.open()]
    .filter(({ role, terms }) => role === OrderRole.order && terms.instrument === k)
    .filter(({ terms }) => terms.side === side)
    .map((order) => ({ quantity: order.remaining, price: reservedPriceOf(order) }));
  const more = supposed.filter((one) => one.instrument === k && one.side === side);
  const orders = [...open, ...more];
  const quantity = orders.reduce((sum, one) => sum + one.quantity, 0);
  const cost = orders.reduce((sum, one) => sum + BigInt(one.quantity) * BigInt(one.price), 0n);
  const price = BigInt(Math.max(book.board.bid[k] ?? 0, book.board.ask[k] ?? 0));
  const opened = quantity + Math.min(0, held);
  let native = BigInt(held) * price + cost;
  if (held < 0 && opened <= 0) native = BigInt(opened) * price;
  if (held < 0 && opened > 0) {
    native = roundHalfAway(fraction(cost * BigInt(opened), BigInt(quantity)));
  }
  const { priceIncrement, sizeIncrement, contractSize } = present(book, k);
  const unit = multiply(
    ofDecimal(priceIncrement),
    ofDecimal(sizeIncrement),
    ofDecimal(contractSize),
  );
  const scale = fraction(10n ** BigInt(book.account.spec.decimals));
  return roundHalfAway(multiply(fraction(native), unit, rateOf(book, k), scale));
}

export function naiveExposure(book: Book, ...supposed: readonly Supposed[]): NaiveExposure {
  const currencyUp = new Map<string, bigint>();
  const currencyDown = new Map<string, bigint>();
  const note = (map: Map<string, bigint>, code: string, value: bigint): void => {
    map.set(code, (map.get(code) ?? 0n) + value);
  };
  let netUp = 0n;
  let netDown = 0n;
  let gross = 0n;
  let margin = 0n;
  let active = 0;
  const instrument = book.instruments.map(({ base, quote, marginRate }, k) => {
    const up = sideValue(book, k, Side.buy, supposed);
    const down = -sideValue(book, k, Side.sell, supposed);
    netUp += up;
    netDown += down;
    gross += max(up, 0n) + max(-down, 0n);
    const worst = max(up, -down);
    const asked = multiply(fraction(worst), ofDecimal(marginRate));
    margin += (asked.n + asked.d - 1n) / asked.d;
    note(currencyUp, base, up);
    note(currencyDown, base, down);
    note(currencyUp, quote, -down);
    note(currencyDown, quote, -up);
    if (isActive(book, k, supposed)) active += 1;
    return worst;
  });
  const currency = new Map(
    [...currencyUp].map(([code, up]) => [code, max(up, -(currencyDown.get(code) ?? 0n))]),
  );
  return { instrument, net: max(netUp, -netDown), gross, margin, active, currency };
}

function isActive(book: Book, k: number, supposed: readonly Supposed[]): boolean {
  const own = book.account.positions[k]?.quantity ?? 0;
  const held = own + (book.account.external[k]?.quantity ?? 0);
  const orders = [...book.orders.open()].some(
    ({ terms, role, remaining }) =>
      terms.instrument === k && role === OrderRole.order && remaining > 0,
  );
  return held !== 0 || orders || supposed.some((one) => one.instrument === k);
}
