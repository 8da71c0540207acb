import { candles, type History } from './candles.ts';
import type { Ledger } from './ledger.ts';
import type { Operation } from './operations.ts';
import { Queries, type Query } from './queries.ts';
import type { Answer } from './wire.ts';

/** A request as far as a route needs it. */
export interface RouteCall {
  /** What stood in the place of each `:name` of the path. */
  readonly at: readonly string[];
  readonly query: Query;
  readonly body: unknown;
  /** `http://host/v3/accounts/ID`, for links. */
  readonly root: string;
}

/** What a path answers with. */
export type Route =
  | {
      readonly kind: 'read';
      readonly read: (
        ledger: Ledger,
        call: RouteCall,
        history: History,
      ) => Answer | Promise<Answer>;
    }
  | { readonly kind: 'write'; readonly operation: (call: RouteCall) => Operation }
  | { readonly kind: 'stream'; readonly stream: 'transactions' | 'prices' };

interface Entry {
  readonly method: string;
  readonly path: RegExp;
  readonly name: string;
  readonly route: Route;
}

const ACCOUNT = '/v3/accounts/:';

function pattern(path: string): RegExp {
  return new RegExp(`^${path.replaceAll(':', '([^/]{1,200})')}$`);
}

function read(
  path: string,
  name: string,
  answer: (queries: Queries, call: RouteCall) => Answer,
): Entry {
  const route: Route = {
    kind: 'read',
    read: (ledger, call) => answer(new Queries(ledger), call),
  };
  return { method: 'GET', path: pattern(path), name, route };
}

function write(
  method: string,
  path: string,
  name: string,
  operation: (call: RouteCall) => Operation,
): Entry {
  return { method, path: pattern(ACCOUNT + path), name, route: { kind: 'write', operation } };
}

function candlesAt(path: string, place: number): Entry {
  const route: Route = {
    kind: 'read',
    read: (ledger, { at, query }, history) => candles(ledger, history, at[place] ?? '', query),
  };
  return { method: 'GET', path: pattern(path), name: 'candles', route };
}

const READS: readonly Entry[] = [
  read('/v3/accounts', 'accounts', (queries) => queries.accounts()),
  read(ACCOUNT, 'account', (queries) => queries.account()),
  read(`${ACCOUNT}/summary`, 'summary', (queries) => queries.summary()),
  read(`${ACCOUNT}/instruments`, 'instruments', (queries, { query }) => queries.instruments(query)),
  read(`${ACCOUNT}/changes`, 'changes', (queries, { query }) => queries.changes(query)),
  read(`${ACCOUNT}/pricing`, 'pricing', (queries, { query }) => queries.pricing(query)),
  read(`${ACCOUNT}/orders`, 'orders', (queries, { query }) => queries.orders(query)),
  read(`${ACCOUNT}/pendingOrders`, 'pending_orders', (queries) => queries.pendingOrders()),
  read(`${ACCOUNT}/orders/:`, 'order', (queries, { at }) => queries.order(at[1] ?? '')),
  read(`${ACCOUNT}/trades`, 'trades', (queries, { query }) => queries.trades(query)),
  read(`${ACCOUNT}/openTrades`, 'open_trades', (queries) => queries.openTrades()),
  read(`${ACCOUNT}/trades/:`, 'trade', (queries, { at }) => queries.trade(at[1] ?? '')),
  read(`${ACCOUNT}/positions`, 'positions', (queries) => queries.positions()),
  read(`${ACCOUNT}/openPositions`, 'open_positions', (queries) => queries.openPositions()),
  read(`${ACCOUNT}/positions/:`, 'position', (queries, { at }) => queries.position(at[1] ?? '')),
  read(`${ACCOUNT}/transactions`, 'transaction_pages', (queries, { query, root }) =>
    queries.transactionPages(query, root),
  ),
  read(`${ACCOUNT}/transactions/idrange`, 'transaction_range', (queries, { query }) =>
    queries.transactionRange(query),
  ),
  read(`${ACCOUNT}/transactions/sinceid`, 'transactions_since', (queries, { query }) =>
    queries.transactionsSince(query),
  ),
];

const STREAMS: readonly Entry[] = [
  {
    method: 'GET',
    path: pattern(`${ACCOUNT}/transactions/stream`),
    name: 'transactions',
    route: { kind: 'stream', stream: 'transactions' },
  },
  {
    method: 'GET',
    path: pattern(`${ACCOUNT}/pricing/stream`),
    name: 'prices',
    route: { kind: 'stream', stream: 'prices' },
  },
];

const WRITES: readonly Entry[] = [
  write('POST', '/orders', 'create_order', ({ body }) => ({ op: 'create_order', body })),
  write('PUT', '/orders/:', 'replace_order', ({ at, body }) => ({
    op: 'replace_order',
    order: at[1] ?? '',
    body,
  })),
  write('PUT', '/orders/:/cancel', 'cancel_order', ({ at }) => ({
    op: 'cancel_order',
    order: at[1] ?? '',
  })),
  write('PUT', '/orders/:/clientExtensions', 'order_extensions', ({ at, body }) => ({
    op: 'order_extensions',
    order: at[1] ?? '',
    body,
  })),
  write('PUT', '/trades/:/close', 'close_trade', ({ at, body }) => ({
    op: 'close_trade',
    trade: at[1] ?? '',
    body,
  })),
  write('PUT', '/trades/:/clientExtensions', 'trade_extensions', ({ at, body }) => ({
    op: 'trade_extensions',
    trade: at[1] ?? '',
    body,
  })),
  write('PUT', '/trades/:/orders', 'trade_orders', ({ at, body }) => ({
    op: 'trade_orders',
    trade: at[1] ?? '',
    body,
  })),
  write('PUT', '/positions/:/close', 'close_position', ({ at, body }) => ({
    op: 'close_position',
    instrument: at[1] ?? '',
    body,
  })),
  write('PATCH', '/configuration', 'configure', ({ body }) => ({ op: 'configure', body })),
];

const TRANSACTION = read(`${ACCOUNT}/transactions/:`, 'transaction', (queries, { at }) =>
  queries.transaction(at[1] ?? ''),
);

/** In order: what stands for itself comes before what stands for any id. */
const ROUTES: readonly Entry[] = [
  ...STREAMS,
  ...READS,
  candlesAt('/v3/instruments/:/candles', 0),
  candlesAt(`${ACCOUNT}/instruments/:/candles`, 1),
  ...WRITES,
  TRANSACTION,
];

/** The route of a request; 404 or 405 where there is none. */
export function findRoute(
  method: string,
  path: string,
): { readonly name: string; readonly route: Route; readonly at: readonly string[] } | 404 | 405 {
  let isKnown = false;
  for (const entry of ROUTES) {
    const match = entry.path.exec(path);
    if (match === null) continue;
    isKnown = true;
    if (entry.method !== method) continue;
    const at = match.slice(1).map(decoded);
    return { name: entry.name, route: entry.route, at };
  }
  return isKnown ? 405 : 404;
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
