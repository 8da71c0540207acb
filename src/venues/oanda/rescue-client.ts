import { z } from 'zod';
import {
  type OrderName,
  type Outcome,
  type Reduction,
  type RescueOrder,
  type RescuePort,
  type RescuePosition,
  RescueUnreachableError,
  type RescueView,
} from '../rescue-port.ts';

/** Whose account, and with what it is spoken to. */
export interface RescueTarget {
  /** Address without path. */
  readonly url: string;
  readonly account: string;
  readonly token: string;
  readonly timeoutMs: number;
}

const orderSchema = z.object({
  id: z.string(),
  type: z.string(),
  instrument: z.string().optional(),
  units: z.string().optional(),
  price: z.string().optional(),
  tradeID: z.string().optional(),
  positionFill: z.string().optional(),
  clientExtensions: z.object({ id: z.string().optional() }).optional(),
});
const sideSchema = z.object({ units: z.string().regex(/^-?\d+(\.\d+)?$/) });
const accountSchema = z.object({
  account: z.object({
    id: z.string(),
    orders: z.array(orderSchema),
    trades: z.array(z.object({ id: z.string(), instrument: z.string() })),
    positions: z.array(z.object({ instrument: z.string(), long: sideSchema, short: sideSchema })),
  }),
  lastTransactionID: z.string(),
});
const transactionSchema = z.object({
  id: z.string(),
  type: z.string(),
  reason: z.string().optional(),
  orderID: z.string().optional(),
  clientExtensions: z.object({ id: z.string().optional() }).optional(),
});
const logSchema = z.object({
  transactions: z.array(transactionSchema),
  lastTransactionID: z.string(),
});
const doneSchema = z.object({
  orderCreateTransaction: transactionSchema.optional(),
  orderFillTransaction: transactionSchema.optional(),
  orderCancelTransaction: transactionSchema.optional(),
});
const refusedSchema = z.object({
  errorMessage: z.string().optional(),
  errorCode: z.string().optional(),
  orderRejectTransaction: z.object({ rejectReason: z.string().optional() }).optional(),
  orderCancelRejectTransaction: z.object({ rejectReason: z.string().optional() }).optional(),
});

type WireTransaction = z.output<typeof transactionSchema>;

/** Statuses by which the venue says that it did nothing, with a reason in the body. */
const REFUSALS = [400, 401, 403, 404];
/** Pages of the log that are read for one order; each has a thousand transactions. */
const PAGES_MAX = 20;

const isZero = (units: string): boolean => /^-?0+(\.0+)?$/.test(units);

const unknown = (text: string): Outcome => ({ kind: 'unknown', text });

/** What a request came back with; no status where nothing came. */
interface Reply {
  readonly status: number | undefined;
  readonly body: unknown;
  /** What went wrong, where nothing that can be read came. */
  readonly fault: string;
}

/**
 * Cancels and closes by OANDA's v20 REST API, with nothing of an engine: each call is one request
 * that is never repeated, and an answer that is not whole is told as unknown.
 */
export class OandaRescueClient implements RescuePort {
  readonly account: string;
  readonly #target: RescueTarget;
  readonly #fetch: typeof fetch;

  constructor(target: RescueTarget, doFetch: typeof fetch = fetch) {
    this.#target = target;
    this.account = target.account;
    this.#fetch = doFetch;
  }

  async look(): Promise<RescueView> {
    const { status, body, fault } = await this.#call('GET', '');
    const parsed = accountSchema.safeParse(body);
    if (status !== 200 || !parsed.success) {
      const why = status === undefined || status === 200 ? fault : refusalText(status, body);
      throw new RescueUnreachableError(
        `account ${this.account} cannot be read: ${why === '' ? 'the answer is malformed' : why}`,
      );
    }
    const { account, lastTransactionID } = parsed.data;
    if (account.id !== this.account) {
      throw new RescueUnreachableError(`account ${account.id} answers in place of ${this.account}`);
    }
    const symbolOf = new Map(account.trades.map(({ id, instrument }) => [id, instrument]));
    return {
      orders: account.orders.map((order) => orderOf(order, symbolOf)),
      positions: account.positions.flatMap(({ instrument, long, short }) => [
        ...held(instrument, 'long', long.units),
        ...held(instrument, 'short', short.units),
      ]),
      cursor: lastTransactionID,
    };
  }

  async cancel(order: string): Promise<Outcome> {
    const reply = await this.#call('PUT', `/orders/${encodeURIComponent(order)}/cancel`);
    return outcomeOf(reply, ({ orderCancelTransaction: done }) =>
      done === undefined ? unknown('the answer says nothing') : endOf(done),
    );
  }

  async reduce({ symbol, side, quantity, clientOrderId }: Reduction): Promise<Outcome> {
    const order = {
      type: 'MARKET',
      instrument: symbol,
      units: side === 'long' ? `-${quantity}` : quantity,
      timeInForce: 'IOC',
      positionFill: 'REDUCE_ONLY',
      clientExtensions: { id: clientOrderId },
    };
    const reply = await this.#call('POST', '/orders', { order });
    return outcomeOf(reply, (done) => {
      if (done.orderFillTransaction !== undefined) return { kind: 'done', text: 'filled' };
      const { orderCancelTransaction: ended } = done;
      if (ended === undefined) return unknown('the answer says nothing of a fill');
      return { kind: 'refused', text: ended.reason ?? 'cancelled' };
    });
  }

  async readEnd(cursor: string, order: OrderName): Promise<Outcome> {
    let from = cursor;
    let id = 'id' in order ? order.id : undefined;
    let found: WireTransaction | undefined;
    for (let page = 0; page < PAGES_MAX; page++) {
      const reply = await this.#call('GET', `/transactions/sinceid?id=${encodeURIComponent(from)}`);
      const parsed = logSchema.safeParse(reply.body);
      if (reply.status !== 200 || !parsed.success) return unknown('the log cannot be read');
      const { transactions, lastTransactionID } = parsed.data;
      for (const one of transactions) {
        const isOurs = 'clientOrderId' in order && one.clientExtensions?.id === order.clientOrderId;
        if (isOurs && one.type === 'MARKET_ORDER') id = one.id;
        const ends = one.type === 'ORDER_FILL' || one.type === 'ORDER_CANCEL';
        // A fill and then the cancel of what it left: what was filled counts.
        if (ends && one.orderID === id && id !== undefined) found ??= one;
      }
      const last = transactions.at(-1)?.id;
      if (last === undefined || last === lastTransactionID) break;
      from = last;
    }
    if (found === undefined) return unknown('the log does not say');
    const end = endOf(found);
    if ('id' in order || found.type === 'ORDER_FILL') return end;
    return { kind: 'refused', text: found.reason ?? 'cancelled' };
  }

  /** One request. What comes back is never thrown: it is told. */
  async #call(method: 'GET' | 'PUT' | 'POST', path: string, body?: object): Promise<Reply> {
    const { url, account, token, timeoutMs } = this.#target;
    const headers: Record<string, string> = { authorization: `Bearer ${token}` };
    if (body !== undefined) headers['content-type'] = 'application/json';
    let status: number | undefined;
    try {
      const response = await this.#fetch(
        `${url}/v3/accounts/${encodeURIComponent(account)}${path}`,
        {
          method,
          headers,
          body: body === undefined ? null : JSON.stringify(body),
          signal: AbortSignal.timeout(timeoutMs),
          // A token goes to the address that was named, and nowhere else.
          redirect: 'error',
        },
      );
      status = response.status;
      return { status, body: await response.json(), fault: '' };
    } catch (error) {
      return { status, body: undefined, fault: faultText(error) };
    }
  }
}

function orderOf(
  order: z.output<typeof orderSchema>,
  symbolOf: ReadonlyMap<string, string>,
): RescueOrder {
  const { id, type, instrument, units, price, tradeID, positionFill, clientExtensions } = order;
  const symbol = instrument ?? symbolOf.get(tradeID ?? '') ?? '';
  const what = [type, units, symbol, price === undefined ? undefined : `at ${price}`];
  return {
    id,
    clientOrderId: clientExtensions?.id ?? '',
    symbol,
    protective: tradeID !== undefined || positionFill === 'REDUCE_ONLY',
    text: what.filter((word) => word !== undefined).join(' '),
  };
}

function held(symbol: string, side: 'long' | 'short', units: string): readonly RescuePosition[] {
  return isZero(units) ? [] : [{ symbol, side, quantity: units.replace(/^-/, '') }];
}

/** What a transaction that ends an order says of its cancel. */
function endOf({ type, reason = '' }: WireTransaction): Outcome {
  if (type === 'ORDER_FILL') return { kind: 'done', text: 'filled' };
  return { kind: 'done', text: reason === '' ? 'cancelled' : `cancelled (${reason})` };
}

function outcomeOf(
  { status, body, fault }: Reply,
  read: (done: z.output<typeof doneSchema>) => Outcome,
): Outcome {
  if (status === undefined) return unknown(fault);
  if (REFUSALS.includes(status) && typeof body === 'object' && body !== null) {
    return { kind: 'refused', text: refusalText(status, body) };
  }
  const parsed = doneSchema.safeParse(body);
  if (status < 200 || status > 299 || !parsed.success) {
    return unknown(fault === '' ? `status ${status}` : fault);
  }
  return read(parsed.data);
}

function refusalText(status: number, body: unknown): string {
  const parsed = refusedSchema.safeParse(body);
  if (!parsed.success) return `status ${status}`;
  const { errorMessage, errorCode, orderRejectTransaction, orderCancelRejectTransaction } =
    parsed.data;
  const rejected = orderRejectTransaction ?? orderCancelRejectTransaction;
  return rejected?.rejectReason ?? errorCode ?? errorMessage ?? `status ${status}`;
}

function faultText(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error.name === 'TimeoutError') return 'no answer in time';
  const { cause } = error;
  return cause instanceof Error ? `${error.message}: ${cause.message}` : error.message;
}
