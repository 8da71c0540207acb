import type { QuoteBlock } from '../../market/quotes.ts';
import { assert, present, unreachable } from '../../model/assert.ts';
import type { FieldIo, Walkable } from '../../model/codec.ts';
import { Side } from '../../model/order.ts';
import type { TimeUs } from '../../model/units.ts';
import { marketable, reaches } from '../sim/matching.ts';
import { DUE_ANY } from '../sim/sim-venue.ts';
import { configureAccount } from './configure.ts';
import type { OrderEntry } from './entries.ts';
import { FactDesk } from './facts.ts';
import { FillDesk, type FillScene } from './fill-desk.ts';
import { wireTime } from './format.ts';
import { type BooksConfig, Ledger } from './ledger.ts';
import type { Operation } from './operations.ts';
import { OrderDesk } from './order-desk.ts';
import { MalformedRequest } from './order-request.ts';
import { OrderRequests } from './order-requests.ts';
import { TradeRequests } from './trade-requests.ts';
import { type Answer, refusal } from './wire.ts';

/**
 * The books of one account at the simulated venue, spoken in the words of the wire. They are a
 * function of what they are given: quotes in order, and operations with their times. They have no
 * clock and no files.
 */
export class BrokerBooks implements Walkable {
  readonly ledger: Ledger;
  readonly #desk: OrderDesk;
  readonly #fills: FillDesk;
  readonly #orders: OrderRequests;
  readonly #trades: TradeRequests;
  readonly #facts: FactDesk;
  readonly #scenes = new Map<number, FillScene>();

  constructor(config: BooksConfig) {
    this.ledger = new Ledger(config, (cursor, bid, ask, slices) => {
      this.#scenes.set(cursor, { bid, ask, slices });
    });
    const { ledger } = this;
    this.#desk = new OrderDesk(ledger, () => this.#settle(ledger.now));
    this.#fills = new FillDesk(ledger, this.#desk, this.#scenes);
    this.#orders = new OrderRequests(ledger, this.#desk);
    this.#trades = new TradeRequests(ledger, this.#desk, this.#orders);
    this.#facts = new FactDesk(ledger, this.#desk, this.#orders, this.#trades, this.#fills);
  }

  #settle(now: TimeUs): void {
    this.#fills.settle(now);
  }

  /** Takes the rows `from … to − 1` of a block of quotes, in order of time. */
  feed(block: QuoteBlock, from: number, to: number): void {
    const { board, account } = this.ledger;
    for (let row = from; row < to; row++) {
      const time = block.time[row] as TimeUs;
      this.#passTo(time);
      const k = block.instrument[row] as number;
      if (account.halted.includes(k)) continue;
      const limit = account.liquidity.find(([one]) => one === k)?.[1];
      board.bid[k] = block.bid[row] as number;
      board.ask[k] = block.ask[row] as number;
      board.bidSize[k] = limit ?? (block.bidSize[row] as number);
      board.askSize[k] = limit ?? (block.askSize[row] as number);
      board.time[k] = time;
      this.#quoted(k, time);
    }
  }

  #quoted(k: number, time: TimeUs): void {
    const { ledger } = this;
    ledger.begin(time);
    ledger.venue.quoted(k);
    this.#settle(time);
    if (ledger.pending.size === 0) return;
    for (const order of [...ledger.pending.values()]) {
      if (order.spec.instrument !== k || order.state !== 'PENDING') continue;
      if (order.held) this.#touch(order);
      else if (order.spec.kind === 'TRAILING_STOP_LOSS') this.#trail(order);
    }
  }

  /** A market-if-touched order becomes a market order once the market is at its price. */
  #touch(order: OrderEntry): void {
    const { instrument: k, price, units } = order.spec;
    const bid = this.ledger.board.bid[k] as number;
    const ask = this.ledger.board.ask[k] as number;
    const side = units > 0 ? Side.buy : Side.sell;
    // Below the market a buy waits for it to fall, above for it to rise; a sell the other way.
    const isLimit = order.fromAbove === units > 0;
    const isTouched = isLimit ? marketable(side, price, bid, ask) : reaches(side, price, bid, ask);
    if (!isTouched) return;
    this.ledger.begin(this.ledger.now);
    this.#desk.place(order);
  }

  /** A trailing stop follows the side that closes it, and never comes back. */
  #trail(order: OrderEntry): void {
    const { board } = this.ledger;
    const { instrument: k, distance, units } = order.spec;
    const closesLong = units < 0;
    const touch = (closesLong ? board.bid[k] : board.ask[k]) as number;
    const stop = closesLong ? touch - distance : touch + distance;
    const follows = closesLong ? stop > order.stop : stop < order.stop;
    if (follows) this.#desk.moveStop(order, stop);
  }

  /** Lets happen what the calendar brings up to a time: expiries and rollovers. */
  #passTo(now: TimeUs): void {
    const { ledger } = this;
    // In order of time, so that it does not matter how often time is passed on.
    for (;;) {
      const due = ledger.venue.due[DUE_ANY] as number;
      const held = ledger.heldUntil;
      if (Math.min(due, held) > now) break;
      if (due <= held) this.#settle(due as TimeUs);
      else this.#expireHeld(held);
    }
    ledger.begin(now);
  }

  #expireHeld(at: number): void {
    const { ledger } = this;
    for (const order of ledger.pending.values()) {
      if (!order.held || order.expiresAt !== at) continue;
      ledger.begin(at as TimeUs);
      this.#desk.cancel(order, 'TIME_IN_FORCE_EXPIRED');
    }
    ledger.planExpiries();
  }

  /** Every quote up to `now` has been fed: time may pass to it. */
  advance(now: TimeUs): void {
    assert(now >= this.ledger.now, 'time does not go back');
    this.#passTo(now);
  }

  /** Does what is asked, now. A body that cannot be understood is an answer as well. */
  apply(operation: Operation): Answer {
    if (operation.op === 'pass') return { status: 200, body: {} };
    this.ledger.account.requests += 1;
    this.ledger.begin(this.ledger.now);
    try {
      return this.#apply(operation);
    } catch (error) {
      if (!(error instanceof MalformedRequest)) throw error;
      return refusal(400, error.message);
    }
  }

  #apply(operation: Exclude<Operation, { readonly op: 'pass' }>): Answer {
    const { reject } = operation;
    switch (operation.op) {
      case 'begin':
        return this.#begin();
      case 'create_order':
        return this.#orders.create(operation.body, reject);
      case 'replace_order':
        return this.#orders.replace(operation.order, operation.body, reject);
      case 'cancel_order':
        return this.#orders.cancel(operation.order, reject);
      case 'order_extensions':
        return this.#orders.setExtensions(operation.order, operation.body);
      case 'close_trade':
        return this.#trades.close(operation.trade, operation.body, reject);
      case 'trade_extensions':
        return this.#trades.setExtensions(operation.trade, operation.body);
      case 'trade_orders':
        return this.#trades.setOrders(operation.trade, operation.body);
      case 'close_position':
        return this.#trades.closePosition(operation.instrument, operation.body, reject);
      case 'configure':
        return configureAccount(this.ledger, operation.body);
      case 'fact':
        return this.#facts.make(operation.body);
      default:
        return unreachable(operation);
    }
  }

  /** The first transactions of an account. */
  #begin(): Answer {
    const { ledger } = this;
    const { account, venue, format } = ledger;
    assert(ledger.log.last === 0, 'an account begins once');
    venue.open(ledger.now);
    account.created = wireTime(ledger.now);
    account.resettableSince = account.created;
    const [siteID, divisionID, , accountNumber] = ledger.config.accountId.split('-').map(Number);
    ledger.record('CREATE', {
      divisionID: present(divisionID, 'division'),
      siteID: present(siteID, 'site'),
      accountUserID: ledger.userId,
      accountNumber: present(accountNumber, 'account number'),
      homeCurrency: venue.account.spec.currency,
    });
    const balance = format.money(venue.account.balance);
    ledger.record('TRANSFER_FUNDS', {
      amount: balance,
      fundingReason: 'CLIENT_FUNDING',
      comment: 'opening balance',
      accountBalance: balance,
    });
    return { status: 200, body: {} };
  }

  walk(io: FieldIo): void {
    this.ledger.walk(io);
  }
}
