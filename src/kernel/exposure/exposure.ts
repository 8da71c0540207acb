import type { QuoteBoard } from '../../market/quote-board.ts';
import { divideRoundedSmall, powerOfTen } from '../../model/arithmetic.ts';
import type { Instrument } from '../../model/instrument.ts';
import { Side } from '../../model/order.ts';
import type { Rate } from '../../model/venue.ts';
import type { Account } from '../account/account.ts';
import type { Conversion } from '../account/conversion.ts';
import { exactWith, nativeWith } from './native-value.ts';
import { type Addition, noSums, Projection, type Sums } from './projection.ts';
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

/** An instrument that others are converted through, and which. */
interface Leg {
  readonly instrument: number;
  readonly dependents: readonly number[];
}

function legsOf(count: number, conversion: Conversion): readonly Leg[] {
  const all = Array.from({ length: count }, (_, k) => k);
  const isLegOf = (leg: number, k: number): boolean =>
    conversion.path(k).some(({ instrument }) => instrument === leg);
  return all
    .map((instrument) => ({
      instrument,
      dependents: all.filter((k) => isLegOf(instrument, k)),
    }))
    .filter(({ dependents }) => dependents.length > 0);
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
  /** Price of each instrument when it was valued. */
  readonly #seenPrice: Int32Array;
  /** Instruments that others are converted through, and twice their middle when looked at. */
  readonly #legs: readonly Leg[];
  readonly #seenLeg: Float64Array;
  /** Changes of orders and of positions that were followed; −1 before the first look. */
  #orderChanges = -1;
  #positionChanges = -1;
  /** Quotes of what is held that were followed. */
  #quotesHeld = -1;
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
    this.#seenPrice = new Int32Array(instruments.length);
    this.#legs = legsOf(instruments.length, account.conversion);
    this.#seenLeg = new Float64Array(this.#legs.length);
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
    let oldest = time[k] as number;
    const path = this.#account.conversion.path(k);
    for (let at = 0; at < path.length; at++) {
      oldest = Math.min(oldest, time[path[at]?.instrument ?? k] as number);
    }
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
      for (let at = 0; at < this.#size; at++) {
        if (this.#parts[at * STRIDE + ACTIVE] === 1) oldest = Math.min(oldest, this.#quotedAt(at));
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
    if (!this.#followChanges()) return false;
    const { bid, ask } = this.#board;
    const seenLeg = this.#seenLeg;
    for (let at = 0; at < seenLeg.length; at++) {
      const { instrument, dependents } = this.#legs[at] as Leg;
      const twiceMiddle = (bid[instrument] as number) + (ask[instrument] as number);
      if (twiceMiddle === seenLeg[at]) continue;
      seenLeg[at] = twiceMiddle;
      for (const k of dependents) {
        if (this.#parts[k * STRIDE + ACTIVE] === 1) this.#revalue(k);
      }
    }
    this.#followHeld();
    if (this.#inexact) this.#sumAnew();
    this.#fresh = true;
    return true;
  }

  /** Values what is held anew where its price has moved; the rest has that of its orders alone. */
  #followHeld(): void {
    const { held, heldCount, quotesHeld } = this.#account;
    if (quotesHeld === this.#quotesHeld) return;
    this.#quotesHeld = quotesHeld;
    const { bid, ask } = this.#board;
    const seenPrice = this.#seenPrice;
    for (let i = 0; i < heldCount; i++) {
      const k = held[i] as number;
      const low = bid[k] as number;
      const high = ask[k] as number;
      if ((low > high ? low : high) !== seenPrice[k]) this.#revalue(k);
    }
  }

  /** Values what positions and orders have changed; false where that cannot be valued. */
  #followChanges(): boolean {
    const orders = this.#reservations.changes;
    const positions = this.#account.positionChanges;
    const ordersFrom = this.#orderChanges;
    const positionsFrom = this.#positionChanges;
    if (orders.count === ordersFrom && positions.count === positionsFrom) return true;
    const first = ordersFrom < 0;
    if (first || !orders.remembers(ordersFrom) || !positions.remembers(positionsFrom)) {
      for (let k = 0; k < this.#size; k++) if (!this.#follow(k)) return false;
    } else {
      for (let n = ordersFrom; n < orders.count; n++) {
        if (!this.#follow(orders.at(n))) return false;
      }
      for (let n = positionsFrom; n < positions.count; n++) {
        if (!this.#follow(positions.at(n))) return false;
      }
    }
    // One that was let go and taken again may have missed quotes meanwhile.
    if (positions.count !== positionsFrom) this.#quotesHeld = -1;
    this.#orderChanges = orders.count;
    this.#positionChanges = positions.count;
    return true;
  }

  /** Values an instrument anew if its position or its orders have changed. */
  #follow(k: number): boolean {
    const parts = this.#parts;
    const from = k * STRIDE;
    const quantity = this.#account.netQuantity(k);
    const version = this.#reservations.version(k);
    if (quantity === parts[from + QUANTITY] && version === parts[from + VERSION]) return true;
    if (!this.#hasValue(k)) return !this.#isActive(k, quantity);
    parts[from + QUANTITY] = quantity;
    parts[from + VERSION] = version;
    this.#revalue(k);
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
    const from = k * STRIDE;
    const up = this.#sideValue(k, Side.buy, price, 0, 0);
    const down = 0 - this.#sideValue(k, Side.sell, price, 0, 0);
    const margin = this.#marginOf(k, worse(up, down));
    const active = this.#isActive(k, this.#account.netQuantity(k)) ? 1 : 0;
    // Quotes only get younger: what was active before has none that is older.
    const becameActive = active > (parts[from + ACTIVE] as number);
    if (becameActive) this.#oldest = Math.min(this.#oldest, this.#quotedAt(k));
    const upBefore = parts[from + UP] as number;
    const downBefore = parts[from + DOWN] as number;
    const marginMore = margin - (parts[from + MARGIN] as number);
    const activeMore = active - (parts[from + ACTIVE] as number);
    parts[from + UP] = up;
    parts[from + DOWN] = down;
    parts[from + MARGIN] = margin;
    parts[from + ACTIVE] = active;
    const sums = this.#sums;
    sums.gross += grossOf(up, down) - grossOf(upBefore, downBefore);
    sums.margin += marginMore;
    sums.active += activeMore;
    this.#addSides(k, up - upBefore, down - downBefore);
  }

  #addSides(k: number, up: number, down: number): void {
    const sums = this.#sums;
    sums.netUp += up;
    sums.netDown += down;
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
    const sums = this.#sums;
    const parts = this.#parts;
    for (let k = 0; k < this.#size; k++) {
      const from = k * STRIDE;
      const up = parts[from + UP] as number;
      const down = parts[from + DOWN] as number;
      sums.gross += grossOf(up, down);
      sums.margin += parts[from + MARGIN] as number;
      sums.active += parts[from + ACTIVE] as number;
      this.#addSides(k, up, down);
    }
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
    if (native === 0) return 0;
    const { conversion } = this.#account;
    if (Number.isSafeInteger(native)) return conversion.valueOf(native, k, this.#rate);
    const exactCost = this.#reservations.exactValue(k, side) + BigInt(value);
    const exact = exactWith(BigInt(held), BigInt(orders), exactCost, BigInt(price));
    return Number(conversion.moneyOf(exact, k, this.#rate));
  }

  /** Margin that the broker asks for a value, rounded up. */
  #marginOf(k: number, value: number): number {
    if (value === 0) return 0;
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
}

/** Long and short that an instrument may come to, both. */
function grossOf(up: number, down: number): number {
  return (up > 0 ? up : 0) + (down < 0 ? -down : 0);
}
