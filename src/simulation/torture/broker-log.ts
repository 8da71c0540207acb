import { isDeepStrictEqual } from 'node:util';
import { parseScaled } from '../../model/decimal.ts';
import {
  BOOK_DECIMALS,
  type BrokerBooks,
  type BrokerOrder,
  type Execution,
  type OpenOrder,
} from './books.ts';

/** A transaction, or any other object, as the broker tells it. */
export type Told = Readonly<Record<string, unknown>>;

function text(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

function amount(value: unknown): bigint {
  return parseScaled(text(value), BOOK_DECIMALS);
}

/** `EUR_USD` is EURUSD. */
function symbolOf(told: Told): string {
  return text(told['instrument']).replace('_', '');
}

function clientIdOf(told: Told): string {
  const { clientExtensions } = told;
  const isGiven = typeof clientExtensions === 'object' && clientExtensions !== null;
  return isGiven ? text(Reflect.get(clientExtensions, 'id')) : '';
}

/** The transactions of an account, read in pieces over its lives; what was told must stay. */
export class BrokerLog {
  readonly #transactions: Told[] = [];
  /** Client order ids of orders that were made, with the broker's number. */
  readonly made = new Map<string, string>();
  /** Orders that a client asked for, by an id with the prefix. */
  asked = 0;
  fills = 0;
  /** The first order that was made twice; empty while there is none. */
  repeated = '';
  readonly #prefix: string;

  constructor(prefix: string) {
    this.#prefix = prefix;
  }

  get last(): number {
    return this.#transactions.length;
  }

  /** What changed of what had been told; `undefined` where it is as it was. */
  add(transactions: readonly Told[]): string | undefined {
    for (const one of transactions) {
      const id = Number(one['id']);
      const before = this.#transactions[id - 1];
      if (before !== undefined) {
        if (isDeepStrictEqual(before, one)) continue;
        return `${JSON.stringify(before)} became ${JSON.stringify(one)}`;
      }
      if (id !== this.last + 1) return `transaction ${id} follows ${this.last}`;
      this.#transactions.push(one);
      this.#note(one);
    }
    return undefined;
  }

  #note(one: Told): void {
    const type = text(one['type']);
    if (type === 'ORDER_FILL') this.fills += 1;
    if (!type.endsWith('_ORDER')) return;
    const order = clientIdOf(one);
    if (!order.startsWith(this.#prefix)) return;
    const isAsked = one['reason'] === 'CLIENT_ORDER';
    if (isAsked && this.made.has(order) && this.repeated === '') this.repeated = order;
    this.made.set(order, text(one['id']));
    if (isAsked) this.asked += 1;
  }

  /** The books, by the log and by the account as it stands at the end of it. */
  books(account: Told): BrokerBooks {
    const orders: BrokerOrder[] = [];
    const executions: Execution[] = [];
    const names = new Map<string, string>();
    for (const one of this.#transactions) {
      const type = text(one['type']);
      const id = text(one['id']);
      if (type.endsWith('_ORDER')) {
        const order = clientIdOf(one);
        names.set(id, order);
        orders.push({ id, order, isAsked: one['reason'] === 'CLIENT_ORDER' });
      } else if (type === 'ORDER_FILL') executions.push(this.#execution(one, names));
    }
    return {
      orders,
      executions,
      open: openOrders(account),
      positions: positionsOf(account),
      balance: amount(account['balance']),
      cursor: Number(account['lastTransactionID']),
    };
  }

  #execution(one: Told, names: ReadonlyMap<string, string>): Execution {
    const name = names.get(text(one['orderID'])) ?? '';
    return {
      id: text(one['id']),
      order: name.startsWith(this.#prefix) ? name : '',
      symbol: symbolOf(one),
      units: amount(one['units']),
      price: amount(one['price']),
      balance: amount(one['accountBalance']),
    };
  }
}

function list(value: unknown): readonly Told[] {
  return Array.isArray(value) ? (value as readonly Told[]) : [];
}

function openOrders(account: Told): readonly OpenOrder[] {
  const trades = new Map(list(account['trades']).map((one) => [text(one['id']), one]));
  return list(account['orders']).map((one) => {
    const trade = trades.get(text(one['tradeID']));
    // What protects a trade is as large as the trade, on the other side.
    const units = trade === undefined ? amount(one['units']) : -amount(trade['currentUnits']);
    const symbol = symbolOf(trade ?? one);
    return { order: clientIdOf(one), symbol, units, price: amount(one['price']) };
  });
}

function positionsOf(account: Told): ReadonlyMap<string, bigint> {
  const held = list(account['positions']).map((one): [string, bigint] => {
    const sides = ['long', 'short'].map((side) => one[side] as Told);
    return [symbolOf(one), sides.reduce((sum, side) => sum + amount(side['units']), 0n)];
  });
  return new Map(held.filter(([, units]) => units !== 0n));
}
