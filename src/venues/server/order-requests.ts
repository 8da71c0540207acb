import { z } from 'zod';
import type { OrderEntry } from './entries.ts';
import { CLIENT_ID_TAKEN, type Ledger } from './ledger.ts';
import type { OrderDesk } from './order-desk.ts';
import {
  clientExtensionsSchema,
  extensionFault,
  extensionsOf,
  OrderReader,
  RejectedRequest,
  readBody,
} from './order-request.ts';
import type { OrderSpec } from './order-spec.ts';
import { type Answer, fields, type Transaction, type WireObject } from './wire.ts';

const extensionsBody = z.strictObject({
  clientExtensions: clientExtensionsSchema.optional(),
  tradeClientExtensions: clientExtensionsSchema.optional(),
});

/** The answer to a request that made transactions, the first of them numbered `from`. */
export function answerWith(
  ledger: Ledger,
  status: number,
  from: number,
  parts: WireObject,
  error?: string,
): Answer {
  const made = ledger.log.range(from, ledger.log.last);
  const body = fields({
    ...parts,
    relatedTransactionIDs: made.map(({ id }) => id),
    lastTransactionID: String(ledger.log.last),
    errorCode: error,
    errorMessage: error,
  });
  return { status, body };
}

/** What became of an order at once: its fill, its cancellation, what was left of it. */
export function outcomeOf(ledger: Ledger, order: OrderEntry, from: number): WireObject {
  const made = ledger.log.range(from, ledger.log.last);
  const id = String(order.id);
  const find = (type: string): Transaction | undefined =>
    made.find((one) => one.type === type && one['orderID'] === id);
  return {
    orderFillTransaction: find('ORDER_FILL'),
    orderCancelTransaction: find('ORDER_CANCEL'),
    orderReissueTransaction: made.find((one) => one['replacesOrderID'] === id),
  };
}

/** Requests about orders. */
export class OrderRequests {
  readonly #ledger: Ledger;
  readonly #desk: OrderDesk;
  readonly #reader: OrderReader;

  constructor(ledger: Ledger, desk: OrderDesk) {
    this.#ledger = ledger;
    this.#desk = desk;
    this.#reader = new OrderReader(ledger.format, (id, clientId) => {
      const specifier = id ?? `@${clientId}`;
      return this.findTrade(specifier);
    });
  }

  get reader(): OrderReader {
    return this.#reader;
  }

  /** An open trade by id, or by `@` and its client id. */
  findTrade(specifier: string) {
    for (const trade of this.#ledger.open.values()) {
      const isIt = specifier.startsWith('@')
        ? trade.client?.id === specifier.slice(1)
        : String(trade.id) === specifier;
      if (isIt) return trade;
    }
    return undefined;
  }

  /** A pending order by id, or by `@` and its client id. */
  findPending(specifier: string): OrderEntry | undefined {
    if (!specifier.startsWith('@')) return this.#ledger.pending.get(Number(specifier));
    const wanted = specifier.slice(1);
    for (const order of this.#ledger.pending.values()) {
      if (order.client?.id === wanted) return order;
    }
    return undefined;
  }

  /** `injected`: a reason to refuse it with, whatever it is. */
  create(body: unknown, injected?: string): Answer {
    const ledger = this.#ledger;
    const from = ledger.log.last + 1;
    const spec = this.#read(body, undefined);
    if ('status' in spec) return spec;
    const reason = injected ?? this.#desk.refusalOf(spec) ?? this.#protectionFault(spec);
    if (reason !== undefined) return this.#rejected(spec, reason, from);
    const order = this.#desk.create(spec, { reason: 'CLIENT_ORDER' });
    const parts = {
      orderCreateTransaction: ledger.log.get(order.id),
      ...outcomeOf(ledger, order, from),
    };
    const location = `/v3/accounts/${ledger.config.accountId}/orders/${order.id}`;
    return { ...answerWith(ledger, 201, from, parts), location };
  }

  #read(body: unknown, replaces: OrderEntry | undefined): OrderSpec | Answer {
    const from = this.#ledger.log.last + 1;
    try {
      return this.#reader.read(body);
    } catch (error) {
      if (!(error instanceof RejectedRequest)) throw error;
      const rejected = this.#ledger.record(`${error.kind}_ORDER_REJECT`, {
        ...error.wire,
        reason: 'CLIENT_ORDER',
        intendedReplacesOrderID: replaces === undefined ? undefined : String(replaces.id),
        rejectReason: error.reason,
      });
      return this.#refused(rejected, error.reason, from);
    }
  }

  #rejected(spec: OrderSpec, reason: string, from: number, more?: WireObject): Answer {
    return this.#refused(this.#desk.reject(spec, reason, more), reason, from);
  }

  #refused(orderRejectTransaction: Transaction, reason: string, from: number): Answer {
    const status = reason === 'TRADE_DOESNT_EXIST' ? 404 : 400;
    return answerWith(this.#ledger, status, from, { orderRejectTransaction }, reason);
  }

  /** Protection that would be on the wrong side of the market at once. */
  #protectionFault(spec: OrderSpec): string | undefined {
    if (spec.kind !== 'MARKET') return undefined;
    const { board } = this.#ledger;
    const bid = board.bid[spec.instrument] ?? 0;
    const ask = board.ask[spec.instrument] ?? 0;
    for (const { kind, price } of spec.protections) {
      if (price === 0) continue;
      const isAbove = kind === 'TAKE_PROFIT' ? spec.units > 0 : spec.units < 0;
      const fits = isAbove ? price > bid : price < ask;
      if (!fits) return `${kind}_ON_FILL_PRICE_INVALID`;
    }
    return undefined;
  }

  replace(specifier: string, body: unknown, injected?: string): Answer {
    const ledger = this.#ledger;
    const from = ledger.log.last + 1;
    const old = this.findPending(specifier);
    if (old === undefined) return this.#missing(specifier, from);
    const spec = this.#read(body, old);
    if ('status' in spec) return spec;
    const more = { intendedReplacesOrderID: String(old.id) };
    const fits = spec.kind === old.spec.kind && spec.tradeId === old.spec.tradeId;
    const reason = injected ?? (fits ? this.#desk.refusalOf(spec, old) : 'REPLACING_ORDER_INVALID');
    if (reason !== undefined) return this.#rejected(spec, reason, from, more);
    const { cancelled, order } = this.replaceWith(old, spec);
    const { orderCancelTransaction, ...outcome } = outcomeOf(ledger, order, from);
    const parts = {
      orderCancelTransaction: cancelled,
      orderCreateTransaction: ledger.log.get(order.id),
      ...outcome,
      replacingOrderCancelTransaction: orderCancelTransaction,
    };
    const location = `/v3/accounts/${ledger.config.accountId}/orders/${order.id}`;
    return { ...answerWith(ledger, 201, from, parts), location };
  }

  /** In one step: the old order ends, the new one stands in its place. */
  replaceWith(old: OrderEntry, spec: OrderSpec) {
    const ledger = this.#ledger;
    const cancelled = this.#desk.cancel(old, 'CLIENT_REQUEST_REPLACED', {
      replacedByOrderID: String(ledger.log.last + 2),
    });
    const order = this.#desk.create(spec, {
      reason: 'REPLACEMENT',
      more: { replacesOrderID: String(old.id), cancellingTransactionID: cancelled.id },
      end: { replacesOrderID: String(old.id) },
    });
    return { cancelled, order };
  }

  cancel(specifier: string, injected?: string): Answer {
    const from = this.#ledger.log.last + 1;
    const order = this.findPending(specifier);
    if (order === undefined || injected !== undefined) {
      return this.#missing(specifier, from, injected);
    }
    const orderCancelTransaction = this.#desk.cancel(order, 'CLIENT_REQUEST');
    return answerWith(this.#ledger, 200, from, { orderCancelTransaction });
  }

  #missing(specifier: string, from: number, reason = 'ORDER_DOESNT_EXIST'): Answer {
    const orderCancelRejectTransaction = this.#ledger.record('ORDER_CANCEL_REJECT', {
      ...identityOf(specifier),
      rejectReason: reason,
    });
    return answerWith(this.#ledger, 404, from, { orderCancelRejectTransaction }, reason);
  }

  setExtensions(specifier: string, body: unknown): Answer {
    const ledger = this.#ledger;
    const { clientExtensions, tradeClientExtensions } = readBody(extensionsBody, body);
    const from = ledger.log.last + 1;
    const order = this.findPending(specifier);
    const client = extensionsOf(clientExtensions);
    const tradeClient = extensionsOf(tradeClientExtensions);
    const reason = this.#extensionRefusal(order, client, tradeClient);
    const modify = { clientExtensionsModify: client, tradeClientExtensionsModify: tradeClient };
    if (order === undefined || reason !== undefined) {
      const rejected = ledger.record('ORDER_CLIENT_EXTENSIONS_MODIFY_REJECT', {
        ...identityOf(specifier),
        ...modify,
        rejectReason: reason,
      });
      const parts = { orderClientExtensionsModifyRejectTransaction: rejected };
      return answerWith(ledger, order === undefined ? 404 : 400, from, parts, reason);
    }
    const orderClientExtensionsModifyTransaction = ledger.record('ORDER_CLIENT_EXTENSIONS_MODIFY', {
      orderID: String(order.id),
      clientOrderID: order.client?.id,
      ...modify,
    });
    order.client = extensionsOf({ ...order.client, ...client });
    order.tradeClient = extensionsOf({ ...order.tradeClient, ...tradeClient });
    return answerWith(ledger, 200, from, { orderClientExtensionsModifyTransaction });
  }

  #extensionRefusal(
    order: OrderEntry | undefined,
    client: WireObject | undefined,
    tradeClient: WireObject | undefined,
  ): string | undefined {
    if (order === undefined) return 'ORDER_DOESNT_EXIST';
    if (client === undefined && tradeClient === undefined) return 'CLIENT_EXTENSIONS_DATA_MISSING';
    const fault = extensionFault(client);
    if (fault !== undefined) return `CLIENT_ORDER_${fault}_INVALID`;
    const tradeFault = extensionFault(tradeClient);
    if (tradeFault !== undefined) return `CLIENT_TRADE_${tradeFault}_INVALID`;
    const id = client?.['id'];
    const isTaken = typeof id === 'string' && this.#ledger.isTaken(id, order);
    return isTaken ? CLIENT_ID_TAKEN : undefined;
  }
}

function identityOf(specifier: string): WireObject {
  return specifier.startsWith('@') ? { clientOrderID: specifier.slice(1) } : { orderID: specifier };
}
