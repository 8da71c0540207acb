import type { QuoteBoard } from '../../market/quote-board.ts';
import { divideRounded, divideRoundedSmall, powerOfTen } from '../../model/arithmetic.ts';
import type { Instrument } from '../../model/instrument.ts';
import { Side } from '../../model/order.ts';
import type { Rate } from '../../model/venue.ts';
import type { Account } from '../account/account.ts';
import type { Reservations } from './reservations.ts';

// What an instrument adds, side by side in one array.
/** Value in account money if all buys fill and if all sells fill, signed. */
const UP = 0;
const DOWN = 1;
const MARGIN = 2;
/** 1 where there is a position or a reservation, else 0. */
const ACTIVE = 3;
// Position and orders that it was computed from.
const QUANTITY = 4;
const VERSION = 5;
const STRIDE = 6;

/** No instrument stands in this place of a conversion path. */
const NO_LEG = -1;

/** Sums over all instruments, in account money. */
export interface Sums {
  netUp: number;
  netDown: number;
  gross: number;
  margin: number;
  /** Instruments with a position or an order that could open one. */
  active: number;
}

function noSums(): Sums {
  return { netUp: 0, netDown: 0, gross: 0, margin: 0, active: 0 };
}

/** What an entry would add to what is held and reserved. */
export interface Addition {
  readonly instrument: number;
  readonly side: Side;
  /** Quantity, and its value in value units. */
  readonly quantity: number;
  readonly value: number;
}

/** How things would stand with an addition; the object is reused. */
export class Projection implements Sums {
  netUp = 0;
  netDown = 0;
  gross = 0;
  margin = 0;
  active = 0;
  /** The instrument has neither position nor order yet. */
  opens = false;
  /** Of the instrument alone: the worse of all buys and all sells. */
  instrument = 0;
  /** Of its base and its quote currency: the worse of both. */
  base = 0;
  quote = 0;
}

/** The worse of a value that may rise to `up` and fall to `down`. */
function worse(up: number, down: number): number {
  return up > -down ? up : -down;
}

/**
 * The account's exposure with every order filled that could fill (X17), in account money at the
 * rates of now. An instrument is valued again only when its position, its orders, its price or its
 * rate have changed since it was; sums follow by the difference. Nothing of it is state: it is a
 * function of positions, open orders and quotes.
 *
 * A position is valued at the higher side of the quote, a reservation at its own price. Buys first
 * close a short position, sells a long one; what they open counts at their average price. So orders
 * that only reduce reserve nothing.
 */
export class Exposure {
  readonly #account: Account;
  readonly #reservations: Reservations;
  readonly #board: QuoteBoard;
  readonly #size: number = 0;
  readonly #parts: Float64Array;
  readonly #sums: Sums = noSums();
  /** Codes of the currencies, and by instrument the place of its base and its quote among them. */
  readonly currencies: readonly string[];
  readonly #base: Uint16Array;
  readonly #quote: Uint16Array;
  readonly #currencyUp: Float64Array;
  readonly #currencyDown: Float64Array;
  /** Margin rate of an instrument: coefficient and the power of ten under it. */
  readonly #marginTop: Float64Array;
  readonly #marginBottom: Float64Array;
  /** Instruments through which each is converted. */
  readonly #firstLeg: Int32Array;
  readonly #secondLeg: Int32Array;
  /** Price of each, and twice the middles of its legs, when it was valued. */
  readonly #seenPrice: Float64Array;
  readonly #seenFirst: Float64Array;
  readonly #seenSecond: Float64Array;
  /** The active ones, in their order, when positions and orders had changed so often. */
  readonly #active: Int32Array;
  #activeCount = 0;
  #changes = -1;
  /** Sums left the range in which differences are exact: they are taken anew. */
  #inexact = false;
  /** No quote that the active instruments rest on is older than this venue time. */
  #oldest = 0.5;
  /** Nothing has changed since the last look, and since the last projection. */
  #fresh = false;
  #projected = false;
  #quantity = 0;
  #value = 0;
  readonly #rate: Rate = { numerator: 1, denominator: 1 };
  readonly #projection = new Projection();

  constructor(
    instruments: readonly Instrument[],
    account: Account,
    reservations: Reservations,
    board: QuoteBoard,
  ) {
    this.#account = account;
    this.#reservations = reservations;
    this.#board = board;
    this.#size = instruments.length;
    this.#parts = new Float64Array(instruments.length * STRIDE);
    const codes = new Set(instruments.flatMap(({ base, quote }) => [base, quote]));
    this.currencies = [...codes];
    const place = (code: string): number => this.currencies.indexOf(code);
    this.#base = Uint16Array.from(instruments, ({ base }) => place(base));
    this.#quote = Uint16Array.from(instruments, ({ quote }) => place(quote));
    this.#currencyUp = new Float64Array(codes.size);
    this.#currencyDown = new Float64Array(codes.size);
    const leg = (k: number, at: number): number =>
      account.conversion.path(k)[at]?.instrument ?? NO_LEG;
    this.#firstLeg = Int32Array.from(instruments, (_, k) => leg(k, 0));
    this.#secondLeg = Int32Array.from(instruments, (_, k) => leg(k, 1));
    this.#seenPrice = new Float64Array(instruments.length);
    this.#seenFirst = new Float64Array(instruments.length);
    this.#seenSecond = new Float64Array(instruments.length);
    this.#active = new Int32Array(instruments.length);
    this.#marginTop = Float64Array.from(instruments, ({ marginRate }) =>
      Number(marginRate.coefficient),
    );
    this.#marginBottom = Float64Array.from(instruments, ({ marginRate }) =>
      Number(powerOfTen(marginRate.decimals)),
    );
  }

  /** Forgets what was looked up: quotes, positions or orders may have changed since. */
  begin(): void {
    this.#fresh = false;
    this.#projected = false;
  }

  /** Venue time of the oldest quote that the value of instrument `k` rests on. */
  #quotedAt(k: number): number {
    const { time } = this.#board;
    const first = this.#firstLeg[k] as number;
    const second = this.#secondLeg[k] as number;
    let oldest = time[k] as number;
    if (first !== NO_LEG) oldest = Math.min(oldest, time[first] as number);
    if (second !== NO_LEG) oldest = Math.min(oldest, time[second] as number);
    return oldest;
  }

  /**
   * Venue time of the oldest quote that everything active and instrument `k` rest on, where that
   * is before `since`; else some time from `since` on. Of use after {@link now} or {@link with}.
   */
  oldest(k: number, since: number): number {
    // Quotes only get younger: what was young enough is so still.
    if (this.#oldest < since) {
      let oldest = Number.POSITIVE_INFINITY;
      for (let i = 0; i < this.#activeCount; i++) {
        oldest = Math.min(oldest, this.#quotedAt(this.#active[i] as number));
      }
      this.#oldest = oldest;
    }
    return Math.min(this.#oldest, this.#quotedAt(k));
  }

  /** Sums as things stand; `undefined` while an active instrument has no price or no rate. */
  now(): Readonly<Sums> | undefined {
    return this.#refresh() ? this.#sums : undefined;
  }

  /** Exposure of a currency as things stand, after {@link now}: the worse of both ways. */
  ofCurrency(at: number): number {
    return worse(this.#currencyUp[at] as number, this.#currencyDown[at] as number);
  }

  /** Exposure of an instrument as things stand, after {@link now}. */
  ofInstrument(k: number): number {
    const from = k * STRIDE;
    return worse(this.#parts[from + UP] as number, this.#parts[from + DOWN] as number);
  }

  /** Place of an instrument's base and quote currency. */
  baseOf(k: number): number {
    return this.#base[k] as number;
  }
  quoteOf(k: number): number {
    return this.#quote[k] as number;
  }

  /**
   * How things would stand with the addition; `undefined` while an active instrument, this one
   * among them, has no price or no rate. The object is reused. Between two calls of {@link begin}
   * additions are of one instrument and side.
   */
  with({ instrument: k, side, quantity, value }: Addition): Readonly<Projection> | undefined {
    const out = this.#projection;
    if (this.#projected && quantity === this.#quantity && value === this.#value) return out;
    if (!this.#refresh()) return undefined;
    const price = this.#priceOf(k);
    if (price === 0 || !this.#account.conversion.rate(k, this.#board, this.#rate)) return undefined;
    const parts = this.#parts;
    const from = k * STRIDE;
    const upBefore = parts[from + UP] as number;
    const downBefore = parts[from + DOWN] as number;
    const buys = side === Side.buy;
    const up = buys ? this.#sideValue(k, side, price, quantity, value) : upBefore;
    const down = buys ? downBefore : 0 - this.#sideValue(k, side, price, quantity, value);
    const { netUp, netDown, gross, margin, active } = this.#sums;
    const upMore = up - upBefore;
    const downMore = down - downBefore;
    out.netUp = netUp + upMore;
    out.netDown = netDown + downMore;
    out.gross = gross + grossOf(up, down) - grossOf(upBefore, downBefore);
    out.margin = margin + this.#marginOf(k, worse(up, down)) - (parts[from + MARGIN] as number);
    out.opens = parts[from + ACTIVE] === 0;
    out.active = active + 1 - (parts[from + ACTIVE] as number);
    out.instrument = worse(up, down);
    const base = this.#base[k] as number;
    const quote = this.#quote[k] as number;
    const currencyUp = this.#currencyUp;
    const currencyDown = this.#currencyDown;
    out.base = worse(
      (currencyUp[base] as number) + upMore,
      (currencyDown[base] as number) + downMore,
    );
    out.quote = worse(
      (currencyUp[quote] as number) - downMore,
      (currencyDown[quote] as number) - upMore,
    );
    this.#quantity = quantity;
    this.#value = value;
    this.#projected = true;
    return out;
  }

  /** The higher side of the quote; 0 while there is none. */
  #priceOf(k: number): number {
    const bid = this.#board.bid[k] as number;
    const ask = this.#board.ask[k] as number;
    return bid > ask ? bid : ask;
  }

  /** Values again what has changed; false while something active has no price or no rate. */
  #refresh(): boolean {
    if (this.#fresh) return true;
    const changes = this.#account.positionChanges + this.#reservations.changes;
    if (changes !== this.#changes) {
      if (!this.#lookAtAll()) return false;
      this.#changes = changes;
    }
    const active = this.#active;
    for (let i = 0; i < this.#activeCount; i++) {
      const k = active[i] as number;
      if (this.#isRepriced(k)) this.#revalue(k);
    }
    if (this.#inexact) this.#sumAnew();
    this.#fresh = true;
    return true;
  }

  #isRepriced(k: number): boolean {
    if (this.#priceOf(k) !== this.#seenPrice[k]) return true;
    const first = this.#firstLeg[k] as number;
    if (first === NO_LEG) return false;
    if (this.#twiceMiddle(first) !== this.#seenFirst[k]) return true;
    const second = this.#secondLeg[k] as number;
    return second !== NO_LEG && this.#twiceMiddle(second) !== this.#seenSecond[k];
  }

  /** 0 where there is no such leg. */
  #twiceMiddle(leg: number): number {
    if (leg === NO_LEG) return 0;
    return (this.#board.bid[leg] as number) + (this.#board.ask[leg] as number);
  }

  /** Positions or orders have changed: values those anew, and lists who is active. */
  #lookAtAll(): boolean {
    const parts = this.#parts;
    let count = 0;
    for (let k = 0; k < this.#size; k++) {
      const from = k * STRIDE;
      const quantity = this.#account.netQuantity(k);
      const version = this.#reservations.version(k);
      if (quantity !== parts[from + QUANTITY] || version !== parts[from + VERSION]) {
        if (!this.#hasValue(k)) {
          if (this.#isActive(k, quantity)) return false;
          continue;
        }
        parts[from + QUANTITY] = quantity;
        parts[from + VERSION] = version;
        this.#revalue(k);
      }
      if (parts[from + ACTIVE] === 0) continue;
      this.#active[count] = k;
      count += 1;
    }
    this.#activeCount = count;
    return true;
  }

  #hasValue(k: number): boolean {
    if (this.#priceOf(k) === 0) return false;
    return this.#account.conversion.rate(k, this.#board, this.#rate);
  }

  #isActive(k: number, quantity: number): boolean {
    const reservations = this.#reservations;
    const buys = reservations.quantity(k, Side.buy);
    return quantity !== 0 || buys !== 0 || reservations.quantity(k, Side.sell) !== 0;
  }

  /** The instrument has changed: its parts anew, and the sums by their difference. */
  #revalue(k: number): void {
    const parts = this.#parts;
    const price = this.#priceOf(k);
    this.#account.conversion.rate(k, this.#board, this.#rate);
    this.#seenPrice[k] = price;
    this.#seenFirst[k] = this.#twiceMiddle(this.#firstLeg[k] as number);
    this.#seenSecond[k] = this.#twiceMiddle(this.#secondLeg[k] as number);
    const from = k * STRIDE;
    const up = this.#sideValue(k, Side.buy, price, 0, 0);
    const down = 0 - this.#sideValue(k, Side.sell, price, 0, 0);
    const margin = this.#marginOf(k, worse(up, down));
    const active = this.#isActive(k, this.#account.netQuantity(k)) ? 1 : 0;
    if (active === 1) this.#oldest = Math.min(this.#oldest, this.#quotedAt(k));
    this.#add(k, -1);
    parts[from + UP] = up;
    parts[from + DOWN] = down;
    parts[from + MARGIN] = margin;
    parts[from + ACTIVE] = active;
    this.#add(k, 1);
  }

  #add(k: number, sign: 1 | -1): void {
    const parts = this.#parts;
    const from = k * STRIDE;
    const up = sign * (parts[from + UP] as number);
    const down = sign * (parts[from + DOWN] as number);
    const sums = this.#sums;
    sums.netUp += up;
    sums.netDown += down;
    sums.gross += sign * grossOf(sign * up, sign * down);
    sums.margin += sign * (parts[from + MARGIN] as number);
    sums.active += sign * (parts[from + ACTIVE] as number);
    const base = this.#base[k] as number;
    const quote = this.#quote[k] as number;
    const currencyUp = this.#currencyUp;
    const currencyDown = this.#currencyDown;
    currencyUp[base] = (currencyUp[base] as number) + up;
    currencyDown[base] = (currencyDown[base] as number) + down;
    currencyUp[quote] = (currencyUp[quote] as number) - down;
    currencyDown[quote] = (currencyDown[quote] as number) - up;
    // The gross sum bounds every other one.
    if (!Number.isSafeInteger(sums.gross)) this.#inexact = true;
  }

  #sumAnew(): void {
    Object.assign(this.#sums, noSums());
    this.#currencyUp.fill(0);
    this.#currencyDown.fill(0);
    this.#inexact = false;
    for (let k = 0; k < this.#size; k++) this.#add(k, 1);
  }

  /**
   * Value, in account money, that the position has once every order of the side has filled, with
   * the addition; the sign is that of the side. `#rate` is the instrument's.
   */
  #sideValue(k: number, side: Side, price: number, quantity: number, value: number): number {
    const held = side * this.#account.netQuantity(k);
    const orders = this.#reservations.quantity(k, side) + quantity;
    const cost = this.#reservations.value(k, side) + value;
    const native = nativeWith(held, orders, cost, price);
    const { conversion } = this.#account;
    if (Number.isSafeInteger(native)) return conversion.valueOf(native, k, this.#rate);
    const exactCost = this.#reservations.exactValue(k, side) + BigInt(value);
    const exact = exactWith(BigInt(held), BigInt(orders), exactCost, BigInt(price));
    return Number(conversion.moneyOf(exact, k, this.#rate));
  }

  /** Margin that the broker asks for a value, rounded up. */
  #marginOf(k: number, value: number): number {
    const top = (this.#marginTop[k] as number) * value;
    const bottom = this.#marginBottom[k] as number;
    if (Number.isSafeInteger(top) && Number.isSafeInteger(bottom)) {
      const rounded = divideRoundedSmall(top, bottom);
      return rounded * bottom < top ? rounded + 1 : rounded;
    }
    if (!Number.isSafeInteger(value)) return (this.#marginTop[k] as number) * (value / bottom);
    const exact = BigInt(this.#marginTop[k] as number) * BigInt(value);
    const below = BigInt(bottom);
    return Number((exact + below - 1n) / below);
  }

  /** Parts of an instrument, for a test to compare. */
  partsOf(k: number): readonly number[] {
    const from = k * STRIDE;
    return [...this.#parts.subarray(from, from + ACTIVE + 1)];
  }
}

/** Long and short that an instrument may come to, both. */
function grossOf(up: number, down: number): number {
  return (up > 0 ? up : 0) + (down < 0 ? -down : 0);
}

/**
 * `held` is positive on the orders' own side. They first close what is held on the other side; the
 * rest counts at their average price. NaN or not an integer where numbers cannot hold it.
 */
function nativeWith(held: number, orders: number, cost: number, price: number): number {
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

function exactWith(held: bigint, orders: bigint, cost: bigint, price: bigint): bigint {
  if (held >= 0n) return held * price + cost;
  const opened = orders + held;
  return opened <= 0n ? opened * price : divideRounded(cost * opened, orders);
}
