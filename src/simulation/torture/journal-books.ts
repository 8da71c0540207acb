import type { PrintedFrame } from '../../journal/frame-printer.ts';
import { present } from '../../model/assert.ts';
import { parseScaled } from '../../model/decimal.ts';
import {
  BOOK_DECIMALS,
  type Execution,
  type JournalBooks,
  type JournaledOrder,
  type OpenOrder,
} from './books.ts';

/** What is no longer open. */
const ENDED = [
  'withdrawn',
  'filled',
  'cancelled',
  'expired',
  'rejected',
  'not_placed',
  'presumed_absent',
];
/** Of an order that never left. */
const NOT_SENT = ['withdrawn', 'intended'];

interface Definition {
  readonly symbol: string;
  readonly priceIncrement: string;
  readonly sizeIncrement: string;
}

interface Held {
  readonly order: string;
  readonly decision: string;
  readonly symbol: string;
  readonly sign: bigint;
  readonly isChild: boolean;
  state: string;
  quantity: number;
  quantityMax: number;
  filled: number;
  limitPrice: number;
  stopPrice: number;
  reached: boolean;
}

/** How one doubt about an order came and went. */
export interface DoubtStory {
  readonly order: string;
  readonly symbol: string;
  /** What stood in doubt: its submit, its cancel or its replace. */
  readonly about: string;
  readonly since: string;
  until: string;
  /** The row of the decision table that ended it, or what the broker told. */
  how: string;
  /** It could not be proved for a while. */
  presumed: boolean;
}

/**
 * The books that a journal amounts to, from its frames as the public reader prints them: what an
 * auditor would make of them, and nothing of the engine's own code for its books.
 */
export class JournalFold {
  #definitions = new Map<string, Definition>();
  readonly #orders = new Map<number, Held>();
  readonly #executions: Execution[] = [];
  readonly #positions = new Map<string, bigint>();
  readonly #doubts = new Map<number, DoubtStory>();
  readonly #unit: bigint;
  readonly stories: DoubtStory[] = [];
  /** Client order ids of children, by the handle that was kept for them. */
  readonly #reserved = new Map<number, Held>();
  #balance = 0n;
  #cursor = 0;
  /** Frames by kind. */
  readonly counts = new Map<string, number>();

  /** `moneyDecimals`: in which account money is counted. */
  constructor(moneyDecimals: number) {
    this.#unit = 10n ** BigInt(BOOK_DECIMALS - moneyDecimals);
  }

  take(frame: PrintedFrame): void {
    this.counts.set(frame.kind, (this.counts.get(frame.kind) ?? 0) + 1);
    this.#follow(Number(frame['cursor'] ?? 0));
    switch (frame.kind) {
      case 'configured':
        this.#configured(String(frame['configuration']));
        return;
      case 'opening':
        this.#balance = this.#money(frame['balance']);
        return;
      case 'intent':
        this.#intent(frame);
        return;
      case 'child_opened':
        this.#child(frame);
        return;
      case 'order_moved':
        this.#moved(frame);
        return;
      case 'fill_booked':
        this.#filled(frame);
        return;
      case 'ledger_booked':
        this.#ledger(frame);
        return;
      case 'verdict':
        this.#verdict(frame);
        return;
      default:
        return;
    }
  }

  #follow(cursor: number): void {
    if (cursor > this.#cursor) this.#cursor = cursor;
  }

  #money(value: unknown): bigint {
    return BigInt(String(value)) * this.#unit;
  }

  #configured(text: string): void {
    const { instruments } = JSON.parse(text) as {
      readonly instruments: { readonly definitions: readonly Definition[] };
    };
    this.#definitions = new Map(instruments.definitions.map((one) => [one.symbol, one]));
  }

  #amount(symbol: string, count: unknown, of: 'priceIncrement' | 'sizeIncrement'): bigint {
    const definition = present(this.#definitions.get(symbol), symbol);
    return BigInt(Number(count)) * parseScaled(definition[of], BOOK_DECIMALS);
  }

  #intent(frame: PrintedFrame): void {
    const { order, clientOrderId, decisionId, symbol, quantity } = frame;
    const sign = frame['side'] === 'buy' ? 1n : -1n;
    const held: Held = {
      order: String(clientOrderId),
      decision: String(decisionId),
      symbol: String(symbol),
      sign,
      isChild: false,
      state: 'intended',
      quantity: Number(quantity),
      quantityMax: Number(quantity),
      filled: 0,
      limitPrice: Number(frame['limitPrice']),
      stopPrice: Number(frame['stopPrice']),
      reached: false,
    };
    this.#orders.set(Number(order), held);
    for (const name of ['stopLossOrder', 'takeProfitOrder']) {
      const handle = Number(frame[name]);
      if (handle === 0) continue;
      const own = childId(held.order, handle - Number(order));
      this.#reserved.set(handle, {
        ...held,
        order: own,
        decision: '',
        sign: -sign,
        isChild: true,
        limitPrice: 0,
        stopPrice: 0,
      });
    }
  }

  #child(frame: PrintedFrame): void {
    const handle = Number(frame['order']);
    const reserved = present(this.#reserved.get(handle), `child ${handle}`);
    const quantity = Number(frame['quantity']);
    this.#orders.set(handle, {
      ...reserved,
      state: 'working',
      quantity,
      quantityMax: quantity,
      limitPrice: Number(frame['limitPrice']),
      stopPrice: Number(frame['stopPrice']),
      reached: true,
    });
  }

  #moved(frame: PrintedFrame): void {
    const handle = Number(frame['order']);
    const held = present(this.#orders.get(handle), `order ${handle}`);
    const to = String(frame['to']);
    held.state = to;
    if (!NOT_SENT.includes(to)) held.reached = true;
    const [quantity, limit, stop] = ['quantity', 'limitPrice', 'stopPrice'].map((name) =>
      Number(frame[name]),
    );
    if (quantity !== undefined && quantity > 0) {
      held.quantity = quantity;
      held.quantityMax = Math.max(held.quantityMax, quantity);
      held.limitPrice = limit ?? 0;
      held.stopPrice = stop ?? 0;
    }
    this.#follows(handle, held, frame);
  }

  /** A doubt begins where an order becomes doubtful, and ends where it is anything else. */
  #follows(handle: number, { order, symbol }: Held, frame: PrintedFrame): void {
    const to = String(frame['to']);
    const isDoubtful = to === 'in_doubt' || to === 'presumed_absent';
    const story = this.#doubts.get(handle);
    if (story === undefined) {
      if (!isDoubtful) return;
      const begun = { order, symbol, about: 'submit', since: frame.time, until: '', how: '' };
      const fresh = { ...begun, presumed: to === 'presumed_absent' };
      this.#doubts.set(handle, fresh);
      this.stories.push(fresh);
      return;
    }
    if (to === 'presumed_absent') story.presumed = true;
    if (isDoubtful) return;
    story.until = frame.time;
    if (story.how === '') story.how = `told: ${to}`;
    this.#doubts.delete(handle);
  }

  #verdict(frame: PrintedFrame): void {
    const handle = Number(frame['order']);
    const verdict = String(frame['verdict']);
    const held = this.#orders.get(handle);
    if (held === undefined || verdict === 'ask') return;
    const branch = String(frame['branch']);
    const story = this.#doubts.get(handle);
    if (verdict === 'presumed_absent') {
      if (story !== undefined) story.presumed = true;
    } else if (story !== undefined) story.how = `${verdict}: ${branch}`;
    else {
      const { order, symbol } = held;
      const how = `${verdict}: ${branch}`;
      const at = frame.time;
      const whole = { order, symbol, about: 'change', since: '', until: at, how, presumed: false };
      this.stories.push(whole);
    }
  }

  #filled(frame: PrintedFrame): void {
    const handle = Number(frame['order']);
    const held = present(this.#orders.get(handle), `order ${handle}`);
    const symbol = String(frame['symbol']);
    const sign = frame['side'] === 'buy' ? 1n : -1n;
    const units = sign * this.#amount(symbol, frame['quantity'], 'sizeIncrement');
    this.#executed({
      id: String(frame['executionId']),
      order: held.order,
      symbol,
      units,
      price: this.#amount(symbol, frame['price'], 'priceIncrement'),
      balance: this.#money(frame['balance']),
    });
    this.#balance += this.#money(frame['realized']) - this.#money(frame['commission']);
    held.filled = Number(frame['filled']);
    held.state = String(frame['to']);
    held.reached = true;
    this.#follows(handle, held, frame);
  }

  #executed(one: Execution): void {
    this.#executions.push(one);
    this.#positions.set(one.symbol, (this.#positions.get(one.symbol) ?? 0n) + one.units);
  }

  #ledger(frame: PrintedFrame): void {
    this.#balance += this.#money(frame['amount']);
    const fact = String(frame['fact']);
    if (fact !== 'foreign_fill' && fact !== 'margin_closeout') return;
    const symbol = String(frame['symbol']);
    if (Number(frame['quantity']) === 0) return;
    this.#executed({
      id: String(frame['reference']),
      order: '',
      symbol,
      units: this.#amount(symbol, frame['quantity'], 'sizeIncrement'),
      price: this.#amount(symbol, frame['price'], 'priceIncrement'),
      balance: this.#money(frame['balance']),
    });
  }

  /** Orders in doubt to the end. */
  get unresolved(): readonly DoubtStory[] {
    return [...this.#doubts.values()];
  }

  books(): JournalBooks {
    const orders = new Map<string, JournaledOrder>();
    const open: OpenOrder[] = [];
    for (const held of this.#reserved.values()) {
      orders.set(held.order, this.#journaled({ ...held, state: 'reserved' }));
    }
    for (const held of this.#orders.values()) {
      orders.set(held.order, this.#journaled(held));
      if (ENDED.includes(held.state)) continue;
      const price = held.stopPrice === 0 ? held.limitPrice : held.stopPrice;
      const left = held.sign * BigInt(held.quantity - held.filled);
      open.push({
        order: held.order,
        symbol: held.symbol,
        units: left * this.#amount(held.symbol, 1, 'sizeIncrement'),
        price: this.#amount(held.symbol, price, 'priceIncrement'),
      });
    }
    return {
      orders,
      open,
      executions: this.#executions,
      positions: this.#positions,
      balance: this.#balance,
      cursor: this.#cursor,
    };
  }

  #journaled({ order, decision, state, symbol, quantityMax, isChild, reached }: Held) {
    const unitsMax = this.#amount(symbol, quantityMax, 'sizeIncrement');
    return { order, decision, state, unitsMax, isChild, reached };
  }
}

/** The id of a child, which was kept with its parent's: so many numbers on (X5). */
function childId(parent: string, on: number): string {
  const match = /^(.+?[a-z0-9]{10})([a-z0-9]+)$/.exec(parent.slice(0));
  const [, head = '', digits = ''] = match ?? [];
  return `${head}${(Number.parseInt(digits, 36) + on).toString(36)}`;
}
