import type { QuoteBoard } from '../../market/quote-board.ts';
import { absBig, divideRounded, powerOfTen } from '../../model/arithmetic.ts';
import { assert, present } from '../../model/assert.ts';
import type { FieldIo, Walkable } from '../../model/codec.ts';
import { type Instrument, valueUnit } from '../../model/instrument.ts';
import type { InstrumentIndex, Money, Quantity } from '../../model/units.ts';
import type { Rate } from '../../model/venue.ts';
import { ChangeLog } from '../exposure/change-log.ts';
import type { Conversion } from './conversion.ts';
import { type ClosedSlice, type CostBasis, Position, type PositionFill } from './position.ts';

/** What an account is: its currency, the scale its money is kept at, and how cost is set. */
export interface AccountSpec {
  readonly currency: string;
  /** Money is counted in 10^-decimals of the currency. */
  readonly decimals: number;
  readonly openingBalance: Money;
  readonly costBasis: CostBasis;
  /** How far the venue's rounding may lead from ours, a closed slice; left out: not at all. */
  readonly realizedTolerance?: Money;
}

// Slots of the figures that change with each mark: typed, so that no mark allocates.
const UNREALIZED = 0;
/** Peak of equity less balance: what unrealised profit must pass for a new peak. */
const PEAK_GAP = 1;
const MAX_DRAWDOWN = 2;
const BALANCE = 3;
const SLOTS = 4;
/** Unrealised profit below and above which a mark is worth a look. Not saved: told anew. */
const LOW = 4;
const HIGH = 5;
/** Counts quotes. Not saved: who follows it looks at all after a restart. */
const QUOTES_HELD = 6;
const SLOTS_IN_ALL = 7;

// Fields of an instrument's mark, side by side in one array.
const QUANTITY = 0;
const COST = 1;
const MULTIPLIER = 2;
const MARK = 3;
const STRIDE = 4;

/** How a quote of an instrument moves equity. */
const NOT = 0;
/** By the position in it, and one multiplication tells how. */
const DIRECTLY = 1;
/** Through a rate, or as the rate of other positions. */
const INDIRECTLY = 2;

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
  readonly #figures = new Float64Array(SLOTS_IN_ALL);
  /**
   * By instrument: net quantity, its cost as a number (the position keeps the exact one), money
   * counts per value unit where that is all there is to a mark (else 0), and the mark itself.
   */
  readonly #marks: Float64Array;
  readonly #moves: Uint8Array;
  /** Instruments that are held, in their order; as many as `heldCount` says. */
  readonly held: Int32Array;
  heldCount = 0;
  readonly positionChanges = new ChangeLog();
  #isWatched = false;
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
    this.#marks = new Float64Array(instruments.length * STRIDE);
    for (let k = 0; k < instruments.length; k++) {
      this.#marks[k * STRIDE + MULTIPLIER] = conversion.directMultiplier(k);
    }
    this.#moves = new Uint8Array(instruments.length);
    this.held = new Int32Array(instruments.length);
    this.#dependents = instruments.map((_, leg) =>
      instruments.flatMap((__, k) =>
        conversion.path(k).some((step) => step.instrument === leg) ? [k] : [],
      ),
    );
    this.#setBalance(spec.openingBalance);
    this.#figures[PEAK_GAP] = 0;
    this.watch(Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY);
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
    const figures = this.#figures;
    return BigInt((figures[PEAK_GAP] as number) + (figures[BALANCE] as number)) as Money;
  }
  get maxDrawdown(): Money {
    return BigInt(this.#figures[MAX_DRAWDOWN] as number) as Money;
  }

  /** Balance and equity as numbers of money counts, for what is compared. */
  get balanceCount(): number {
    return this.#figures[BALANCE] as number;
  }
  get equityCount(): number {
    return (this.#figures[BALANCE] as number) + (this.#figures[UNREALIZED] as number);
  }

  /** Counts the quotes that something held is marked by: while it stands, so do those quotes. */
  get quotesHeld(): number {
    return this.#figures[QUOTES_HELD] as number;
  }

  /** Marks that bring equity below `low` or above `high` are told by {@link mark}. */
  watch(low: number, high: number): void {
    this.#isWatched = low !== Number.NEGATIVE_INFINITY || high !== Number.POSITIVE_INFINITY;
    this.#figures[LOW] = low - this.balanceCount;
    this.#figures[HIGH] = high - this.balanceCount;
  }

  /** Does equity stand outside what is watched? */
  get isOutside(): boolean {
    const figures = this.#figures;
    const unrealized = figures[UNREALIZED] as number;
    return unrealized < (figures[LOW] as number) || unrealized > (figures[HIGH] as number);
  }

  #setBalance(balance: Money): void {
    const count = Number(balance);
    assert(Math.abs(count) <= MONEY_COUNT_MAX, `balance ${balance} is beyond what is supported`);
    this.#balance = balance;
    const figures = this.#figures;
    const fall = (figures[BALANCE] as number) - count;
    figures[PEAK_GAP] = (figures[PEAK_GAP] as number) + fall;
    figures[LOW] = (figures[LOW] as number) + fall;
    figures[HIGH] = (figures[HIGH] as number) + fall;
    figures[BALANCE] = count;
  }

  /**
   * Hot path: marks what the quote just taken for instrument `k` moves, and follows peak and
   * drawdown. True where equity stands outside what is watched.
   */
  mark(k: number, bid: number, ask: number): boolean {
    const moves = this.#moves[k] as number;
    if (moves === NOT) return false;
    this.#figures[QUOTES_HELD] = (this.#figures[QUOTES_HELD] as number) + 1;
    if (moves === DIRECTLY) this.#markDirectly(k, bid, ask);
    else this.#markIndirectly(k);
    return this.#isWatched && this.isOutside;
  }

  #markDirectly(k: number, bid: number, ask: number): void {
    const marks = this.#marks;
    const at = k * STRIDE;
    const quantity = marks[at] as number;
    const product = quantity * (quantity > 0 ? bid : ask);
    const native = product - (marks[at + COST] as number);
    const value = native * (marks[at + MULTIPLIER] as number);
    const change = value - (marks[at + MARK] as number);
    if (change === 0) return;
    if (Math.abs(product) > MARK_MAX || Math.abs(value) > MARK_MAX) {
      this.#markIndirectly(k);
      return;
    }
    const figures = this.#figures;
    const unrealized = (figures[UNREALIZED] as number) + change;
    marks[at + MARK] = value;
    figures[UNREALIZED] = unrealized;
    const fall = (figures[PEAK_GAP] as number) - unrealized;
    if (fall < 0) figures[PEAK_GAP] = unrealized;
    else if (fall > (figures[MAX_DRAWDOWN] as number)) figures[MAX_DRAWDOWN] = fall;
  }

  #markIndirectly(k: number): void {
    if (this.#isHeld(k)) this.#markOne(k);
    for (const dependent of this.#dependents[k] as readonly number[]) {
      if (dependent !== k && this.#isHeld(dependent)) this.#markOne(dependent);
    }
    this.#followPeak();
  }

  /** Signed quantity that the account holds of an instrument, the strategies' and external. */
  netQuantity(k: number): Quantity {
    return this.#marks[k * STRIDE] as Quantity;
  }

  /** Own and external may cancel out and leave a locked amount, which still moves with its rate. */
  #isHeld(k: number): boolean {
    const at = k * STRIDE;
    return this.#marks[at + QUANTITY] !== 0 || this.#marks[at + COST] !== 0;
  }

  /** Marks every position at the quotes of now: for books that are not marked at each quote. */
  markAll(): void {
    for (let k = 0; k < this.#instruments.length; k++) if (this.#isHeld(k)) this.#markOne(k);
    this.#followPeak();
  }

  #markOne(k: number): void {
    const quantity = this.#marks[k * STRIDE + QUANTITY] as number;
    const board = this.#board;
    if (!board.has(k) || !this.conversion.rate(k, board, this.#rate)) return;
    const price = (quantity > 0 ? board.bid[k] : board.ask[k]) as number;
    const cost = this.#marks[k * STRIDE + COST] as number;
    const native = quantity * price - cost;
    if (Number.isSafeInteger(quantity * price) && Number.isSafeInteger(native)) {
      this.#setMark(k, this.conversion.markOf(native, k, this.#rate));
      return;
    }
    const exact = BigInt(quantity) * BigInt(price) - BigInt(cost);
    const value = Number(this.conversion.moneyOf(exact, k, this.#rate));
    assert(Number.isSafeInteger(value), `mark of instrument ${k} is beyond a safe integer`);
    this.#setMark(k, value);
  }

  #setMark(k: number, value: number): void {
    const figures = this.#figures;
    const at = k * STRIDE + MARK;
    figures[UNREALIZED] = (figures[UNREALIZED] as number) + value - (this.#marks[at] as number);
    this.#marks[at] = value;
  }

  #followPeak(): void {
    const figures = this.#figures;
    const unrealized = figures[UNREALIZED] as number;
    const fall = (figures[PEAK_GAP] as number) - unrealized;
    if (fall < 0) figures[PEAK_GAP] = unrealized;
    else if (fall > (figures[MAX_DRAWDOWN] as number)) figures[MAX_DRAWDOWN] = fall;
  }

  /**
   * What exits may rest on where others trade the same account (X13, X24): the strategies' own
   * position, or the whole account's where that is nearer to zero; zero where the signs differ.
   * What a margin closeout or a trade by hand has closed already is not closed again.
   */
  reducible(k: InstrumentIndex): Quantity {
    const own = present(this.positions[k], 'position').quantity;
    const whole = own + present(this.external[k], 'external position').quantity;
    if (Math.sign(whole) !== Math.sign(own)) return 0 as Quantity;
    return (Math.abs(whole) < Math.abs(own) ? whole : own) as Quantity;
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
    this.#marks[k * STRIDE + QUANTITY] = quantity;
    this.#marks[k * STRIDE + COST] = cost;
    if (this.#isHeld(k)) this.#markOne(k);
    else this.#setMark(k, 0);
    this.positionChanges.note(k);
    this.#refreshMoves();
  }

  #refreshMoves(): void {
    this.heldCount = 0;
    for (let k = 0; k < this.#moves.length; k++) {
      if (this.#marks[k * STRIDE] !== 0) {
        this.held[this.heldCount] = k;
        this.heldCount += 1;
      }
      const dependents = this.#dependents[k] as readonly number[];
      const others = dependents.some((at) => this.#isHeld(at));
      const direct = this.#marks[k * STRIDE + MULTIPLIER] !== 0;
      const own = this.#isHeld(k);
      this.#moves[k] = others || (own && !direct) ? INDIRECTLY : own ? DIRECTLY : NOT;
    }
  }

  /** The broker's balance at which the books begin: no profit, and no loss. */
  open(balance: Money): void {
    const more = Number(balance - this.#balance);
    this.#setBalance(balance);
    this.#figures[PEAK_GAP] = (this.#figures[PEAK_GAP] as number) + more;
    this.#followPeak();
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
    if (isTransfer) {
      this.#figures[PEAK_GAP] = (this.#figures[PEAK_GAP] as number) + Number(amount);
    }
    this.#followPeak();
  }

  /** Is what the venue realised on `slices` slices what we make of them, but for rounding (X25)? */
  agrees(own: Money, stated: Money, slices: number): boolean {
    const { realizedTolerance = 0n } = this.spec;
    return absBig(own - stated) <= realizedTolerance * BigInt(Math.max(1, slices));
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
      const at = k * STRIDE;
      this.#marks[at] = io.int('quantity', this.#marks[at] as number);
      this.#marks[at + COST] = io.int('cost', this.#marks[at + COST] as number);
      this.#marks[at + MARK] = io.int('mark', this.#marks[at + MARK] as number);
    }
    if (!io.reading) return;
    for (let k = 0; k < this.#instruments.length; k++) this.positionChanges.note(k);
    this.#refreshMoves();
  }
}

/** Cost with the position's sign: what a mark subtracts from quantity × price. */
function signedCost(position: Position): bigint {
  return position.quantity < 0 ? -position.cost : position.cost;
}
