import { present } from '../model/assert.ts';
import type { Ledger } from '../venues/server/ledger.ts';
import type { Transaction, WireObject } from '../venues/server/wire.ts';

/** An order of the engine as the broker's log tells of it. */
export interface TrueOrder {
  readonly clientOrderId: string;
  /** Comes with a fill of another order. */
  readonly isLeg: boolean;
  state: 'open' | 'ended' | 'rejected';
  /** Numbers that it has at the broker and that are open. */
  readonly open: Set<string>;
  /** The broker's newest number of it. */
  brokerOrderId: string;
  /** Ids of its executions. */
  readonly fills: string[];
}

/** An execution, with what it did to the position of its instrument. */
export interface TrueFill {
  readonly id: string;
  readonly order: TrueOrder | undefined;
  readonly before: number;
  readonly after: number;
}

export interface TruthHooks {
  /** The broker took an order of the engine's prefix. */
  readonly taken: (order: TrueOrder) => void;
  /** It took another one with the same client order id. */
  readonly takenTwice: (clientOrderId: string) => void;
  readonly filled: (fill: TrueFill) => void;
}

function textOf(of: WireObject | undefined, name: string): string {
  const value = of?.[name];
  return typeof value === 'string' ? value : '';
}

/** What the broker did, folded from its log, each transaction once it was durable. */
export class BrokerTruth {
  readonly orders = new Map<string, TrueOrder>();
  readonly #byNumber = new Map<string, TrueOrder>();
  readonly #positions = new Map<string, number>();
  readonly #prefix: string;
  readonly #hooks: TruthHooks;
  last = 0;
  fills = 0;

  constructor(prefix: string, hooks: TruthHooks) {
    this.#prefix = prefix;
    this.#hooks = hooks;
  }

  take(transactions: readonly Transaction[]): void {
    for (const one of transactions) {
      this.last = Number(one.id);
      if (one.type === 'ORDER_FILL') this.#filled(one);
      else if (one.type === 'ORDER_CANCEL') this.#cancelled(one);
      else if (one.type.endsWith('_ORDER')) this.#made(one);
      else if (one.type.endsWith('_ORDER_REJECT')) this.#rejected(one);
    }
  }

  /** The client order id of an order of the engine; empty for any other. */
  #idOf(one: Transaction): string {
    const extensions = one['clientExtensions'];
    const isObject = typeof extensions === 'object' && extensions !== null;
    const id = isObject && !Array.isArray(extensions) ? textOf(extensions as WireObject, 'id') : '';
    return id.startsWith(this.#prefix) ? id : '';
  }

  #made(one: Transaction): void {
    const id = this.#idOf(one);
    if (id === '') return;
    const reason = textOf(one, 'reason');
    const known = this.orders.get(id);
    // Each fill of an order that comes in parts opens a trade with legs of its own.
    if (known !== undefined && reason === 'CLIENT_ORDER') this.#hooks.takenTwice(id);
    const order: TrueOrder = known ?? {
      clientOrderId: id,
      isLeg: reason === 'ON_FILL',
      state: 'open',
      open: new Set(),
      brokerOrderId: one.id,
      fills: [],
    };
    order.open.add(one.id);
    order.state = 'open';
    order.brokerOrderId = one.id;
    this.orders.set(id, order);
    this.#byNumber.set(one.id, order);
    if (known === undefined && !order.isLeg) this.#hooks.taken(order);
  }

  #rejected(one: Transaction): void {
    const id = this.#idOf(one);
    if (id === '' || this.orders.has(id)) return;
    const rejected = { clientOrderId: id, isLeg: false, brokerOrderId: one.id, fills: [] };
    this.orders.set(id, { ...rejected, open: new Set(), state: 'rejected' });
  }

  #cancelled(one: Transaction): void {
    this.#ended(textOf(one, 'orderID'));
  }

  /** What a part of it left goes on under the next number, or is cancelled. */
  #ended(number: string): void {
    const order = this.#byNumber.get(number);
    order?.open.delete(number);
    if (order?.open.size === 0) order.state = 'ended';
  }

  #filled(one: Transaction): void {
    const number = textOf(one, 'orderID');
    const order = this.#byNumber.get(number);
    const name = textOf(one, 'instrument');
    const before = this.#positions.get(name) ?? 0;
    const after = before + Number(textOf(one, 'units'));
    this.#positions.set(name, after);
    if (order !== undefined) {
      this.fills += 1;
      order.fills.push(one.id);
      this.#ended(number);
    }
    this.#hooks.filled({ id: one.id, order, before, after });
  }
}

/** The net position of each instrument in the broker's own books. */
export function positionsOf(ledger: Ledger): readonly number[] {
  const held = ledger.format.instruments.map(() => 0);
  for (const { instrument, units } of ledger.openTrades()) {
    held[instrument] = present(held[instrument], 'position') + units;
  }
  return held;
}
