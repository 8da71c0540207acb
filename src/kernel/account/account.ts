import type { QuoteBoard } from '../../market/quote-board.ts';
import { absBig, divideRounded, powerOfTen } from '../../model/arithmetic.ts';
import { assert, present } from '../../model/assert.ts';
import type { FieldIo, Walkable } from '../../model/codec.ts';
import { type Instrument, valueUnit } from '../../model/instrument.ts';
import type { InstrumentIndex, Money, Quantity } from '../../model/units.ts';
import type { Rate } from '../../model/venue.ts';
import type { Conversion } from './conversion.ts';
import { type ClosedSlice, type CostBasis, Position, type PositionFill } from './position.ts';

/** What an account is: its currency, the scale its money is kept at, and how cost is set. */
export interface AccountSpec {
  readonly currency: string;
  /** Money is counted in 10^-decimals of the currency. */
  readonly decimals: number;
  readonly openingBalance: Money;
  readonly costBasis: CostBasis;
}

// Slots of the figures that change with each mark: typed, so that no mark allocates.
const UNREALIZED = 0;
const PEAK = 1;
const MAX_DRAWDOWN = 2;
const BALANCE = 3;
const SLOTS = 4;

/** Marks are kept as safe integers; a balance beyond this many money counts is refused. */
const MONEY_COUNT_MAX = 4_000_000_000_000_000;

/** The largest mark that is taken as exact without a closer look. */
const MARK_MAX = Number.MAX_SAFE_INTEGER;

/**
 * Positions and money of one account. Booked money is exact `bigint`; marks, which are never
 * booked, are safe integers of the same unit. One class serves the engine's books and the
 * simulated venue's, each with an instance of its own.
 */
export class Account implements Walkable {
  readonly spec: AccountSpec;
  readonly conversion: Conversion;
  readonly #instruments: readonly Instrument[];
  readonly #board: QuoteBoard;
  /** The strategies' positions, by instrument. */
  readonly positions: readonly Position[];
  /** Positions taken by hand or adopted (X16): never exited by a strategy. */
  readonly external: readonly Position[];
  #balance: Money;
  #realized = 0n as Money;
  #commission = 0n as Money;
  #financing = 0n as Money;
  /** Fees, transfers and adjustments: what moves the balance and is not trading. */
  #otherCash = 0n as Money;
  readonly #figures = new Float64Array(SLOTS);
  readonly #unrealized: Float64Array;
  /** Cost of the strategies' position as a number, for marks; the position keeps the exact one. */
  readonly #cost: Float64Array;
  readonly #quantity: Float64Array;
  /** 1 where a quote of the instrument changes equity: a position, or the conversion of one. */
  readonly #moves: Uint8Array;
  /** Money counts per value unit where that is all there is to a mark, else 0. */
  readonly #multiplier: Float64Array;
  /** Instruments whose quote currency is converted through the instrument. */
  readonly #dependents: readonly (readonly number[])[];
  readonly #rate: Rate = { numerator: 1, denominator: 1 };

  constructor(
    spec: AccountSpec,
    instruments: readonly Instrument[],
    conversion: Conversion,
    board: QuoteBoard,
  ) {
    this.spec = spec;
    this.conversion = conversion;
    this.#instruments = instruments;
    this.#board = board;
    this.positions = instruments.map(() => new Position(spec.costBasis));
    this.external = instruments.map(() => new Position(spec.costBasis));
    this.#balance = spec.openingBalance;
    this.#unrealized = new Float64Array(instruments.length);
    this.#cost = new Float64Array(instruments.length);
    this.#quantity = new Float64Array(instruments.length);
    this.#moves = new Uint8Array(instruments.length);
    this.#multiplier = Float64Array.from(instruments, (_, k) => conversion.directMultiplier(k));
    this.#dependents = instruments.map((_, leg) =>
      instruments.flatMap((__, k) =>
        conversion.path(k).some((step) => step.instrument === leg) ? [k] : [],
      ),
    );
    this.#setBalance(spec.openingBalance);
    this.#figures[PEAK] = this.#figures[BALANCE] as number;
  }

  get balance(): Money {
    return this.#balance;
  }
  get realized(): Money {
    return this.#realized;
  }
  /** Commission paid: positive is cost. */
  get commission(): Money {
    return this.#commission;
  }
  /** Financing received: negative is cost. */
  get financing(): Money {
    return this.#financing;
  }
  get otherCash(): Money {
    return this.#otherCash;
  }
  get unrealized(): Money {
    return BigInt(this.#figures[UNREALIZED] as number) as Money;
  }
  get equity(): Money {
    return (this.#balance + this.unrealized) as Money;
  }
  get peak(): Money {
    return BigInt(this.#figures[PEAK] as number) as Money;
  }
  get maxDrawdown(): Money {
    return BigInt(this.#figures[MAX_DRAWDOWN] as number) as Money;
  }

  #setBalance(balance: Money): void {
    const count = Number(balance);
    assert(Math.abs(count) <= MONEY_COUNT_MAX, `balance ${balance} is beyond what is supported`);
    this.#balance = balance;
    this.#figures[BALANCE] = count;
  }

  /** Marks what the quote just taken for instrument `k` moves, and follows peak and drawdown. */
  mark(k: number): void {
    if (this.#moves[k] === 0) return;
    const quantity = this.#quantity[k] as number;
    if (quantity !== 0) {
      const price = (quantity > 0 ? this.#board.bid[k] : this.#board.ask[k]) as number;
      const native = quantity * price - (this.#cost[k] as number);
      const value = native * (this.#multiplier[k] as number);
      const direct = value !== 0 && value <= MARK_MAX && value >= -MARK_MAX;
      if (direct) this.#setMark(k, value);
      else this.#markOne(k);
    }
    const dependents = this.#dependents[k] as readonly number[];
    for (let i = 0; i < dependents.length; i++) {
      const dependent = dependents[i] as number;
      if (dependent !== k && this.#quantity[dependent] !== 0) this.#markOne(dependent);
    }
    this.#followPeak();
  }

  /** Marks every position at the quotes of now: for books that are not marked at each quote. */
  markAll(): void {
    for (let k = 0; k < this.#quantity.length; k++) if (this.#quantity[k] !== 0) this.#markOne(k);
    this.#followPeak();
  }

  #markOne(k: number): void {
    const quantity = this.#quantity[k] as number;
    const board = this.#board;
    if (!board.has(k) || !this.conversion.rate(k, board, this.#rate)) return;
    const price = (quantity > 0 ? board.bid[k] : board.ask[k]) as number;
    const native = quantity * price - (this.#cost[k] as number);
    const value = this.conversion.markOf(native, k, this.#rate);
    this.#setMark(k, value);
  }

  #setMark(k: number, value: number): void {
    const figures = this.#figures;
    figures[UNREALIZED] = (figures[UNREALIZED] as number) + value - (this.#unrealized[k] as number);
    this.#unrealized[k] = value;
  }

  #followPeak(): void {
    const figures = this.#figures;
    const equity = (figures[BALANCE] as number) + (figures[UNREALIZED] as number);
    const fall = (figures[PEAK] as number) - equity;
    if (fall < 0) figures[PEAK] = equity;
    else if (fall > (figures[MAX_DRAWDOWN] as number)) figures[MAX_DRAWDOWN] = fall;
  }

  /** Books a fill of a strategy's order; the money of it is booked by {@link bookCash}. */
  applyFill(k: InstrumentIndex, fill: PositionFill): readonly ClosedSlice[] {
    const slices = present(this.positions[k], 'position').apply(fill);
    this.#positionChanged(k);
    return slices;
  }

  /** Books a fill that no strategy asked for, to the external position. */
  applyExternalFill(k: InstrumentIndex, fill: PositionFill): readonly ClosedSlice[] {
    const slices = present(this.external[k], 'external position').apply(fill);
    this.#positionChanged(k);
    return slices;
  }

  #positionChanged(k: number): void {
    const own = present(this.positions[k], 'position');
    const external = present(this.external[k], 'external position');
    const quantity = own.quantity + external.quantity;
    const signed = signedCost(own) + signedCost(external);
    const cost = Number(signed);
    assert(Number.isSafeInteger(cost), `cost of instrument ${k} is beyond a safe integer`);
    this.#quantity[k] = quantity;
    this.#cost[k] = cost;
    if (quantity === 0) this.#settleFlat(k, cost);
    else this.#markOne(k);
    this.#refreshMoves();
  }

  /** With no net quantity the mark is a constant: zero, or what opposite positions have locked in. */
  #settleFlat(k: number, cost: number): void {
    const known = cost !== 0 && this.conversion.rate(k, this.#board, this.#rate);
    this.#setMark(k, known ? this.conversion.markOf(-cost, k, this.#rate) : 0);
  }

  #refreshMoves(): void {
    for (let k = 0; k < this.#moves.length; k++) {
      const dependents = this.#dependents[k] as readonly number[];
      const held = (at: number): boolean => this.#quantity[at] !== 0;
      this.#moves[k] = held(k) || dependents.some(held) ? 1 : 0;
    }
  }

  /** Books realised profit and commission as the venue states them. */
  bookTrade(realized: Money, commission: Money): void {
    this.#realized = (this.#realized + realized) as Money;
    this.#commission = (this.#commission + commission) as Money;
    this.#setBalance((this.#balance + realized - commission) as Money);
    this.#followPeak();
  }

  bookFinancing(amount: Money): void {
    this.#financing = (this.#financing + amount) as Money;
    this.#setBalance((this.#balance + amount) as Money);
    this.#followPeak();
  }

  /** Fees and adjustments; transfers also shift the peak, so that a deposit is no profit (X24). */
  bookOtherCash(amount: Money, isTransfer: boolean): void {
    this.#otherCash = (this.#otherCash + amount) as Money;
    this.#setBalance((this.#balance + amount) as Money);
    if (isTransfer) this.#figures[PEAK] = (this.#figures[PEAK] as number) + Number(amount);
    this.#followPeak();
  }

  /** Sum over slices of profit in account money, each rounded once at the rate of its fill. */
  realizedOf(slices: readonly ClosedSlice[], k: number, rate: Rate): Money {
    let total = 0n;
    for (const slice of slices) total += this.conversion.moneyOf(slice.pnl, k, rate);
    return total as Money;
  }

  /**
   * Margin that the broker asks for what is held: |quantity| × mid × margin rate, in account
   * money, rounded once an instrument. `undefined` while a price or a rate is missing.
   */
  marginUsed(): Money | undefined {
    let total = 0n;
    for (let k = 0; k < this.#instruments.length; k++) {
      const held = present(this.positions[k], 'position').quantity;
      const external = present(this.external[k], 'external position').quantity;
      if (held + external === 0) continue;
      const margin = this.marginOf(k, (held + external) as Quantity);
      if (margin === undefined) return undefined;
      total += margin;
    }
    return total as Money;
  }

  /** Margin for a quantity of instrument `k` at its present mid. */
  marginOf(k: number, quantity: Quantity): Money | undefined {
    const board = this.#board;
    const rate: Rate = { numerator: 1, denominator: 1 };
    if (!board.has(k) || !this.conversion.rate(k, board, rate)) return undefined;
    const instrument = present(this.#instruments[k], 'instrument');
    const unit = valueUnit(instrument);
    const { coefficient, decimals } = instrument.marginRate;
    const twiceMid = BigInt((board.bid[k] as number) + (board.ask[k] as number));
    const native = absBig(BigInt(quantity)) * twiceMid * unit.numerator * coefficient;
    const shift = unit.decimals + decimals;
    return divideRounded(
      native * BigInt(rate.numerator) * powerOfTen(this.spec.decimals),
      2n * powerOfTen(shift) * BigInt(rate.denominator),
    ) as Money;
  }

  walk(io: FieldIo): void {
    this.#balance = io.big('balance', this.#balance) as Money;
    this.#realized = io.big('realized', this.#realized) as Money;
    this.#commission = io.big('commission', this.#commission) as Money;
    this.#financing = io.big('financing', this.#financing) as Money;
    this.#otherCash = io.big('otherCash', this.#otherCash) as Money;
    for (let slot = 0; slot < SLOTS; slot++) {
      this.#figures[slot] = io.int('figure', this.#figures[slot] as number);
    }
    for (let k = 0; k < this.#instruments.length; k++) {
      present(this.positions[k], 'position').walk(io);
      present(this.external[k], 'external position').walk(io);
      this.#unrealized[k] = io.int('unrealized', this.#unrealized[k] as number);
      this.#cost[k] = io.int('cost', this.#cost[k] as number);
      this.#quantity[k] = io.int('quantity', this.#quantity[k] as number);
    }
    if (io.reading) this.#refreshMoves();
  }
}

/** Cost with the position's sign: what a mark subtracts from quantity × price. */
function signedCost(position: Position): bigint {
  return position.quantity < 0 ? -position.cost : position.cost;
}
