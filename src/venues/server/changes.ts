import type { Ledger } from './ledger.ts';
import {
  calculatedState,
  dynamicOrder,
  openInstruments,
  orderView,
  positionView,
  tradeView,
  unrealizedOf,
} from './views.ts';
import type { Transaction, WireObject } from './wire.ts';

/** Ids that transactions name, by what became of them. */
function changedIds(transactions: readonly Transaction[]) {
  const created = new Set<string>();
  const cancelled = new Set<string>();
  const filled = new Set<string>();
  const opened = new Set<string>();
  const reduced = new Set<string>();
  const closed = new Set<string>();
  const note = (set: Set<string>, value: unknown): void => {
    if (typeof value === 'string') set.add(value);
  };
  for (const one of transactions) {
    if (one.type.endsWith('_ORDER')) created.add(one.id);
    else if (one.type === 'ORDER_CANCEL') note(cancelled, one['orderID']);
    else if (one.type === 'ORDER_FILL') {
      note(filled, one['orderID']);
      note(opened, tradeIdOf(one['tradeOpened']));
      note(reduced, tradeIdOf(one['tradeReduced']));
      const parts = one['tradesClosed'];
      if (Array.isArray(parts)) for (const part of parts) note(closed, tradeIdOf(part));
    }
  }
  return { created, cancelled, filled, opened, reduced, closed };
}

function tradeIdOf(part: unknown): unknown {
  return typeof part === 'object' && part !== null ? Reflect.get(part, 'tradeID') : undefined;
}

/** What changed in the account after a transaction, and the figures that move by themselves. */
export function changesSince(ledger: Ledger, since: number): WireObject {
  const transactions = ledger.log.range(since + 1, ledger.log.last);
  const ids = changedIds(transactions);
  const orders = (wanted: ReadonlySet<string>): readonly WireObject[] =>
    [...wanted].flatMap((id) => {
      const order = ledger.orders.get(Number(id));
      return order === undefined ? [] : [orderView(ledger, order)];
    });
  const trades = (wanted: ReadonlySet<string>): readonly WireObject[] =>
    [...wanted].flatMap((id) => {
      const trade = ledger.trades.get(Number(id));
      return trade === undefined ? [] : [tradeView(ledger, trade, true)];
    });
  const touched = new Set(
    transactions.flatMap((one) => {
      const name = one.type === 'ORDER_FILL' ? one['instrument'] : undefined;
      const k = typeof name === 'string' ? ledger.format.find(name) : undefined;
      return k === undefined ? [] : [k];
    }),
  );
  return {
    changes: {
      ordersCreated: orders(ids.created),
      ordersCancelled: orders(ids.cancelled),
      ordersFilled: orders(ids.filled),
      ordersTriggered: [],
      tradesOpened: trades(ids.opened),
      tradesReduced: trades(ids.reduced),
      tradesClosed: trades(ids.closed),
      positions: [...touched].map((k) => positionView(ledger, k)),
      transactions,
    },
    state: stateOf(ledger),
    lastTransactionID: String(ledger.log.last),
  };
}

function stateOf(ledger: Ledger): WireObject {
  const { format } = ledger;
  const trades = ledger.openTrades();
  return {
    ...calculatedState(ledger),
    orders: [...ledger.pending.values()].map((order) => dynamicOrder(ledger, order)),
    trades: trades.map((trade) => {
      const { marginUsed = '0' } = tradeView(ledger, trade, true);
      const unrealizedPL = format.money(unrealizedOf(ledger, trade));
      return { id: String(trade.id), unrealizedPL, marginUsed };
    }),
    positions: openInstruments(ledger).map((k) => {
      const { instrument, unrealizedPL, marginUsed, long, short } = positionView(ledger, k);
      return {
        instrument,
        netUnrealizedPL: unrealizedPL,
        longUnrealizedPL: unrealizedIn(long),
        shortUnrealizedPL: unrealizedIn(short),
        marginUsed: marginUsed ?? '0',
      };
    }),
  };
}

function unrealizedIn(side: unknown): string {
  const value = typeof side === 'object' && side !== null ? Reflect.get(side, 'unrealizedPL') : '';
  return String(value);
}
