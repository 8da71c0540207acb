import type { Account } from '../../kernel/account/account.ts';
import type { QuoteBoard } from '../../market/quote-board.ts';
import { assert, present } from '../../model/assert.ts';
import { type InstrumentIndex, NO_PRICE, type Quantity, type TimeUs } from '../../model/units.ts';
import { blankLedgerFact, type LedgerFact, LedgerKind } from '../../model/venue.ts';
import type { SimVenueConfig } from './config.ts';
import { financingOf } from './financing.ts';

const NEVER = Number.POSITIVE_INFINITY;

/** When positions are charged for being held overnight, and what they are charged (X35). */
export class Rollovers {
  readonly #config: SimVenueConfig;
  readonly #account: Account;
  readonly #board: QuoteBoard;
  /** The next rollover of each instrument. */
  readonly #times: Float64Array;
  #next = NEVER;

  constructor(config: SimVenueConfig, account: Account, board: QuoteBoard) {
    this.#config = config;
    this.#account = account;
    this.#board = board;
    this.#times = new Float64Array(config.instruments.length).fill(NEVER);
  }

  /** Time of the next rollover of any instrument, µs; Infinity when there is none. */
  get next(): number {
    return this.#next;
  }

  /** Looks for the first rollovers after a time. */
  plan(from: number): void {
    this.#next = NEVER;
    for (const [k, table] of this.#config.financing.entries()) {
      const at = table?.times.find((time) => time > from) ?? NEVER;
      this.#times[k] = at;
      if (at < this.#next) this.#next = at;
    }
  }

  /** Books the rollovers of `now` and hands over a fact for each position that was charged. */
  charge(now: TimeUs, booked: (fact: LedgerFact) => void): void {
    for (let k = 0; k < this.#times.length; k++) {
      if (this.#times[k] !== now) continue;
      const fact = this.#chargeOne(k as InstrumentIndex, now);
      if (fact !== undefined) booked(fact);
    }
    this.plan(now);
  }

  #chargeOne(k: InstrumentIndex, now: TimeUs): LedgerFact | undefined {
    const instrument = present(this.#config.instruments[k], 'instrument');
    const table = present(this.#config.financing[k], 'financing table');
    const { quantity } = present(this.#account.positions[k], 'position');
    const rate = { numerator: 1, denominator: 1 };
    if (quantity === 0 || instrument.financing === undefined) return undefined;
    const hasRate = this.#account.conversion.rate(k, this.#board, rate);
    assert(hasRate, 'a held position has a rate');
    const twiceMid = (this.#board.bid[k] as number) + (this.#board.ask[k] as number);
    const days = present(table.days[table.times.indexOf(now)], 'days');
    const { decimals } = this.#account.spec;
    const { financing } = instrument;
    const amount = financingOf(instrument, financing, quantity, twiceMid, days, rate, decimals);
    this.#account.bookFinancing(amount);
    return {
      ...blankLedgerFact(),
      fact: LedgerKind.financing,
      instrument: k,
      hasInstrument: true,
      quantity: 0 as Quantity,
      price: NO_PRICE,
      amount,
      balance: this.#account.balance,
      reason: `${days} days`,
      venueTime: now,
    };
  }
}
