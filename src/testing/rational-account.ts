import type { Instrument } from '../model/instrument.ts';
import {
  type Fraction,
  fraction,
  invert,
  multiply,
  ONE,
  ofDecimal,
  roundHalfAway,
} from './fraction.ts';

/**
 * A naive account in exact rational numbers, written from the rules and not from the engine:
 * ARCHITECTURE §3 (money exact, half away from zero, PnL in quote currency, converted at the rate
 * of the fill), §10 (closing q of Q releases round(cost·q/Q), the remainder stays; rounded once per
 * booking), X25 (`average` or `lots`, oldest first; one row per closed slice), X18 (mid rates),
 * X24 (transfers shift the peak). It recomputes every figure from scratch after each event.
 */
export interface OracleQuote {
  readonly bid: number;
  readonly ask: number;
}

export interface OracleSlice {
  readonly side: number;
  readonly quantity: number;
  /** Price counts × quantity counts. */
  readonly released: bigint;
  readonly profit: bigint;
  readonly money: bigint;
}

interface OracleLot {
  quantity: bigint;
  /** What the whole lot cost, price counts × quantity counts. */
  cost: bigint;
}

type Basis = 'average' | 'lots';

function smaller(a: bigint, b: bigint): bigint {
  return a < b ? a : b;
}

/** Position in one instrument: signed lots, all on one side. */
export class OraclePosition {
  readonly #basis: Basis;
  #side = 0;
  #lots: OracleLot[] = [];

  constructor(basis: Basis) {
    this.#basis = basis;
  }

  get quantity(): bigint {
    return BigInt(this.#side) * this.#lots.reduce((sum, lot) => sum + lot.quantity, 0n);
  }

  get cost(): bigint {
    return this.#lots.reduce((sum, lot) => sum + lot.cost, 0n);
  }

  /** Closes what the fill closes, then opens the rest; money is left to the account. */
  fill(side: number, quantity: number, price: number): Omit<OracleSlice, 'money'>[] {
    const slices: Omit<OracleSlice, 'money'>[] = [];
    let left = BigInt(quantity);
    while (left > 0n && this.#lots.length > 0 && this.#side === -side) {
      const lot = this.#lots[0] ?? { quantity: 0n, cost: 0n };
      const taken = smaller(left, lot.quantity);
      const released = roundHalfAway(fraction(lot.cost * taken, lot.quantity));
      const proceeds = BigInt(price) * taken;
      const profit = side < 0 ? proceeds - released : released - proceeds;
      slices.push({ side: -side, quantity: Number(taken), released, profit });
      lot.quantity -= taken;
      lot.cost -= released;
      left -= taken;
      this.#lots = this.#lots.filter(({ quantity: held }) => held > 0n);
    }
    if (left > 0n) this.#open(side, left, BigInt(price) * left);
    return slices;
  }

  #open(side: number, quantity: bigint, cost: bigint): void {
    this.#side = side;
    const lot = this.#lots[0];
    if (this.#basis === 'lots' || lot === undefined) {
      this.#lots.push({ quantity, cost });
      return;
    }
    lot.quantity += quantity;
    lot.cost += cost;
  }
}

export class RationalAccount {
  readonly #instruments: readonly Instrument[];
  readonly #currency: string;
  readonly #scale: Fraction;
  readonly #quotes: (OracleQuote | undefined)[];
  readonly positions: readonly OraclePosition[];
  readonly external: readonly OraclePosition[];
  balance: bigint;
  realized = 0n;
  peak: bigint;
  maxDrawdown = 0n;

  constructor(
    instruments: readonly Instrument[],
    account: {
      readonly currency: string;
      readonly decimals: number;
      readonly openingBalance: bigint;
      readonly costBasis: Basis;
    },
  ) {
    this.#instruments = instruments;
    this.#currency = account.currency;
    this.#scale = fraction(10n ** BigInt(account.decimals));
    this.#quotes = instruments.map(() => undefined);
    this.positions = instruments.map(() => new OraclePosition(account.costBasis));
    this.external = instruments.map(() => new OraclePosition(account.costBasis));
    this.balance = account.openingBalance;
    this.peak = account.openingBalance;
  }

  #at(k: number): Instrument {
    const instrument = this.#instruments[k];
    if (instrument === undefined) throw new RangeError(`instrument ${k}`);
    return instrument;
  }

  /** Mid of the last quote in the instrument's own price, if it was quoted. */
  #mid(k: number): Fraction | undefined {
    const quote = this.#quotes[k];
    if (quote === undefined) return undefined;
    return multiply(fraction(quote.bid + quote.ask, 2), ofDecimal(this.#at(k).priceIncrement));
  }

  /** One step from a currency: through every instrument that has it, in their order. */
  #steps(from: string): { readonly to: string; readonly rate: () => Fraction | undefined }[] {
    return this.#instruments.flatMap(({ base, quote }, k) => {
      const forward = { to: quote, rate: () => this.#mid(k) };
      const back = {
        to: base,
        rate: () => {
          const mid = this.#mid(k);
          return mid === undefined ? undefined : invert(mid);
        },
      };
      if (base === from) return [forward];
      return quote === from ? [back] : [];
    });
  }

  /** Quote currency of `k` to account currency: the shortest path of at most two steps. */
  rate(k: number): Fraction | undefined {
    const from = this.#at(k).quote;
    if (from === this.#currency) return ONE;
    const steps = this.#steps(from);
    const direct = steps.find(({ to }) => to === this.#currency);
    if (direct !== undefined) return direct.rate();
    for (const first of steps) {
      const second = this.#steps(first.to).find(({ to }) => to === this.#currency);
      const [a, b] = [first.rate(), second?.rate()];
      if (second === undefined) continue;
      return a === undefined || b === undefined ? undefined : multiply(a, b);
    }
    return undefined;
  }

  /** Quote currency of one price count times one quantity count. */
  #unit(k: number): Fraction {
    const { priceIncrement, sizeIncrement, contractSize } = this.#at(k);
    return multiply(ofDecimal(priceIncrement), ofDecimal(sizeIncrement), ofDecimal(contractSize));
  }

  /** Counts of price × quantity in account money, rounded once. */
  money(native: Fraction, k: number, rate: Fraction): bigint {
    return roundHalfAway(multiply(native, this.#unit(k), rate, this.#scale));
  }

  quote(k: number, bid: number, ask: number): void {
    this.#quotes[k] = { bid, ask };
    this.#follow();
  }

  /** A fill of the strategies; the money that the venue states is what our rules give. */
  fill(
    k: number,
    side: number,
    quantity: number,
    price: number,
    commission: bigint,
  ): OracleSlice[] {
    const rate = this.rate(k) ?? ONE;
    const slices = (this.positions[k]?.fill(side, quantity, price) ?? []).map((slice) => ({
      ...slice,
      money: this.money(fraction(slice.profit), k, rate),
    }));
    const gained = slices.reduce((sum, slice) => sum + slice.money, 0n);
    this.realized += gained;
    this.balance += gained - commission;
    this.#follow();
    return slices;
  }

  /** A fill that is nobody's here: position and stated money. */
  externalFill(k: number, side: number, quantity: number, price: number, amount: bigint): void {
    this.external[k]?.fill(side, quantity, price);
    this.realized += amount;
    this.balance += amount;
    this.#follow();
  }

  cash(amount: bigint, isTransfer: boolean): void {
    this.balance += amount;
    if (isTransfer) this.peak += amount;
    this.#follow();
  }

  /** Longs are worth the bid, shorts the ask; each instrument's mark is rounded once. */
  get unrealized(): bigint {
    return this.#instruments.reduce((sum, _, k) => sum + this.#markOf(k), 0n);
  }

  #net(k: number): { readonly quantity: bigint; readonly cost: bigint } {
    const both = [this.positions[k], this.external[k]];
    let quantity = 0n;
    let cost = 0n;
    for (const position of both) {
      const held = position?.quantity ?? 0n;
      quantity += held;
      cost += (held < 0n ? -1n : 1n) * (position?.cost ?? 0n);
    }
    return { quantity, cost };
  }

  #markOf(k: number): bigint {
    const { quantity, cost } = this.#net(k);
    const quote = this.#quotes[k];
    const rate = this.rate(k);
    if (quote === undefined || rate === undefined) return 0n;
    const price = BigInt(quantity > 0n ? quote.bid : quote.ask);
    return this.money(fraction(quantity * price - cost), k, rate);
  }

  get equity(): bigint {
    return this.balance + this.unrealized;
  }

  #follow(): void {
    const { equity } = this;
    if (equity > this.peak) this.peak = equity;
    if (this.peak - equity > this.maxDrawdown) this.maxDrawdown = this.peak - equity;
  }

  /** |quantity| × mid × margin rate, rounded once an instrument; nothing without price or rate. */
  get marginUsed(): bigint | undefined {
    let total = 0n;
    for (let k = 0; k < this.#instruments.length; k++) {
      const { quantity } = this.#net(k);
      if (quantity === 0n) continue;
      const quote = this.#quotes[k];
      const rate = this.rate(k);
      if (quote === undefined || rate === undefined) return undefined;
      const mid = fraction(quote.bid + quote.ask, 2);
      const size = multiply(fraction(quantity < 0n ? -quantity : quantity), mid);
      total += this.money(multiply(size, ofDecimal(this.#at(k).marginRate)), k, rate);
    }
    return total;
  }
}
