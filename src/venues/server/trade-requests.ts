import { z } from 'zod';
import type { Trade } from './entries.ts';
import { protectionSpec } from './fill-desk.ts';
import { CLIENT_ID_TAKEN, type Ledger } from './ledger.ts';
import type { OrderDesk } from './order-desk.ts';
import {
  clientExtensionsSchema,
  dependentOrdersSchema,
  extensionFault,
  extensionsOf,
  MalformedRequest,
  RejectedRequest,
  readBody,
} from './order-request.ts';
import { answerWith, type OrderRequests, outcomeOf } from './order-requests.ts';
import { closingSpec, PROTECTION_FIELDS, type Protection } from './order-spec.ts';
import { type Answer, fields, refusal, type WireObject } from './wire.ts';

const closeTradeBody = z.strictObject({ units: z.string().optional() });
const extensionsBody = z.strictObject({ clientExtensions: clientExtensionsSchema.optional() });
const closePositionBody = z.strictObject({
  longUnits: z.string().optional(),
  longClientExtensions: clientExtensionsSchema.optional(),
  shortUnits: z.string().optional(),
  shortClientExtensions: clientExtensionsSchema.optional(),
});

type SideName = 'long' | 'short';

/** Requests about trades and positions. */
export class TradeRequests {
  readonly #ledger: Ledger;
  readonly #desk: OrderDesk;
  readonly #orders: OrderRequests;

  constructor(ledger: Ledger, desk: OrderDesk, orders: OrderRequests) {
    this.#ledger = ledger;
    this.#desk = desk;
    this.#orders = orders;
  }

  close(specifier: string, body: unknown, injected?: string): Answer {
    const ledger = this.#ledger;
    const { units: text = 'ALL' } = readBody(closeTradeBody, body ?? {});
    const from = ledger.log.last + 1;
    const trade = this.#orders.findTrade(specifier);
    const tradeClose = { ...identityOf(specifier, trade), units: text };
    const reason = injected ?? (trade === undefined ? 'TRADE_DOESNT_EXIST' : this.#lockReason());
    const units = trade === undefined ? 0 : this.#unitsToClose(trade.instrument, text, trade.units);
    const refused = reason ?? (typeof units === 'string' ? units : undefined);
    if (trade === undefined || typeof units === 'string' || refused !== undefined) {
      const orderRejectTransaction = this.#rejectClose({ tradeClose }, refused ?? '');
      // The document gives this 400, unlike all others, no transaction ids.
      if (trade !== undefined) {
        const body = { orderRejectTransaction, errorCode: refused, errorMessage: refused };
        return { status: 400, body };
      }
      return answerWith(ledger, 404, from, { orderRejectTransaction }, refused);
    }
    return answerWith(ledger, 200, from, this.closeTrade(trade, units, text, 'TRADE_CLOSE', from));
  }

  /** Closes units of a trade at the market; `units` carries the sign of the closing order. */
  closeTrade(
    trade: Trade,
    units: number,
    shownUnits: string,
    reason: string,
    from: number,
    more: WireObject = {},
  ): WireObject {
    const ledger = this.#ledger;
    const k = trade.instrument;
    const tradeClose = fields({
      tradeID: String(trade.id),
      clientTradeID: trade.client?.id,
      units: shownUnits,
    });
    const isClose = reason === 'TRADE_CLOSE';
    const spec = closingSpec(k, units, trade.id, {
      instrument: ledger.format.name(k),
      units: ledger.format.units(k, units),
      ...(isClose ? { tradeClose } : {}),
      ...more,
    });
    const fillReason = `MARKET_ORDER_${reason}`;
    const order = this.#desk.create(spec, { reason, fillReason });
    return {
      orderCreateTransaction: ledger.log.get(order.id),
      ...outcomeOf(ledger, order, from),
    };
  }

  #lockReason(): string | undefined {
    const { account } = this.#ledger;
    if (account.isClosed) return 'ACCOUNT_NOT_ACTIVE';
    return account.isLocked ? 'ACCOUNT_LOCKED' : undefined;
  }

  /** Signed units that close what is held, or why they cannot be. */
  #unitsToClose(k: number, text: string, held: number, position = false): number | string {
    if (text === 'ALL') return -held;
    const units = this.#ledger.format.parseUnits(k, text);
    if (units === 'malformed') throw new MalformedRequest("Invalid value specified for 'units'");
    if (units === 'precision') return 'UNITS_PRECISION_EXCEEDED';
    if (units === 'invalid' || units < 0) return 'UNITS_INVALID';
    if (units > Math.abs(held)) {
      return position
        ? 'CLOSEOUT_POSITION_UNITS_EXCEED_POSITION_SIZE'
        : 'CLOSE_TRADE_UNITS_EXCEED_TRADE_SIZE';
    }
    return -Math.sign(held) * units;
  }

  #rejectClose(more: WireObject, rejectReason: string) {
    return this.#ledger.record('MARKET_ORDER_REJECT', {
      timeInForce: 'FOK',
      positionFill: 'REDUCE_ONLY',
      reason:
        'longPositionCloseout' in more || 'shortPositionCloseout' in more
          ? 'POSITION_CLOSEOUT'
          : 'TRADE_CLOSE',
      ...more,
      rejectReason,
    });
  }

  setExtensions(specifier: string, body: unknown): Answer {
    const ledger = this.#ledger;
    const given = extensionsOf(readBody(extensionsBody, body).clientExtensions);
    const from = ledger.log.last + 1;
    const trade = this.#orders.findTrade(specifier);
    const reason = this.#extensionRefusal(trade, given);
    const parts = { ...identityOf(specifier, trade), tradeClientExtensionsModify: given };
    if (trade === undefined || reason !== undefined) {
      const tradeClientExtensionsModifyRejectTransaction = ledger.record(
        'TRADE_CLIENT_EXTENSIONS_MODIFY_REJECT',
        { ...parts, rejectReason: reason },
      );
      const status = trade === undefined ? 404 : 400;
      const shown = { tradeClientExtensionsModifyRejectTransaction };
      return answerWith(ledger, status, from, shown, reason);
    }
    const tradeClientExtensionsModifyTransaction = ledger.record(
      'TRADE_CLIENT_EXTENSIONS_MODIFY',
      parts,
    );
    trade.client = extensionsOf({ ...trade.client, ...given });
    return answerWith(ledger, 200, from, { tradeClientExtensionsModifyTransaction });
  }

  #extensionRefusal(trade: Trade | undefined, given: WireObject | undefined): string | undefined {
    if (trade === undefined) return 'TRADE_DOESNT_EXIST';
    if (given === undefined) return 'CLIENT_EXTENSIONS_DATA_MISSING';
    const fault = extensionFault(given);
    if (fault !== undefined) return `CLIENT_TRADE_${fault}_INVALID`;
    const id = given['id'];
    const other = typeof id === 'string' ? this.#orders.findTrade(`@${id}`) : undefined;
    return other !== undefined && other !== trade ? 'CLIENT_TRADE_ID_ALREADY_EXISTS' : undefined;
  }

  /** Sets, replaces or takes away the orders on a trade; all of it or nothing. */
  setOrders(specifier: string, body: unknown): Answer {
    const ledger = this.#ledger;
    const given = readBody(dependentOrdersSchema, body);
    const from = ledger.log.last + 1;
    const trade = this.#orders.findTrade(specifier);
    if (trade === undefined) {
      return refusal(404, 'The trade does not exist', 'TRADE_DOESNT_EXIST');
    }
    const wanted: (Protection | { readonly kind: Protection['kind']; readonly none: true })[] = [];
    const kinds = Object.entries(PROTECTION_FIELDS) as [
      Protection['kind'],
      'takeProfit' | 'stopLoss' | 'trailingStopLoss',
    ][];
    for (const [kind, name] of kinds) {
      const one = given[name];
      if (one === undefined) continue;
      if (one === null) wanted.push({ kind, none: true });
      else {
        try {
          wanted.push(this.#readOne(trade, kind, one));
        } catch (error) {
          if (!(error instanceof RejectedRequest)) throw error;
          const rejected = ledger.record(`${kind}_ORDER_REJECT`, {
            tradeID: String(trade.id),
            ...(one as WireObject),
            reason: 'CLIENT_ORDER',
            rejectReason: error.reason,
          });
          const parts = { [`${name}OrderRejectTransaction`]: rejected };
          return answerWith(ledger, 400, from, parts, error.reason);
        }
      }
    }
    let parts: WireObject = {};
    for (const one of wanted) parts = { ...parts, ...this.#setOne(trade, one) };
    return answerWith(ledger, 200, from, parts);
  }

  #readOne(trade: Trade, kind: Protection['kind'], given: object): Protection {
    const refuse = (reason: string): never => {
      throw new RejectedRequest(reason, kind);
    };
    const reader = this.#orders.reader;
    const one = reader.protection(kind, given, trade.instrument, `${kind}_ON_FILL`, refuse);
    const old = this.#ledger.pending.get(trade.orders[kind]);
    const reason = this.#desk.refusalOf(protectionSpec(trade, one), old);
    return reason === undefined ? one : refuse(reason);
  }

  #setOne(
    trade: Trade,
    one: Protection | { readonly kind: Protection['kind']; readonly none: true },
  ): WireObject {
    const ledger = this.#ledger;
    const name = `${PROTECTION_FIELDS[one.kind]}Order`;
    const old = ledger.pending.get(trade.orders[one.kind]);
    if ('none' in one) {
      if (old === undefined) return {};
      return { [`${name}CancelTransaction`]: this.#desk.cancel(old, 'CLIENT_REQUEST') };
    }
    const from = ledger.log.last + 1;
    const spec = protectionSpec(trade, one);
    const replaced = old === undefined ? undefined : this.#orders.replaceWith(old, spec);
    const order = replaced?.order ?? this.#desk.create(spec, { reason: 'CLIENT_ORDER' });
    const outcome = outcomeOf(ledger, order, from);
    const isTrailing = one.kind === 'TRAILING_STOP_LOSS';
    return fields({
      [`${name}CancelTransaction`]: replaced?.cancelled,
      [`${name}Transaction`]: ledger.log.get(order.id),
      ...(isTrailing
        ? {}
        : {
            [`${name}FillTransaction`]: outcome['orderFillTransaction'],
            [`${name}CreatedCancelTransaction`]: outcome['orderCancelTransaction'],
          }),
    });
  }

  closePosition(instrument: string, body: unknown, injected?: string): Answer {
    const ledger = this.#ledger;
    const given = readBody(closePositionBody, body ?? {});
    const from = ledger.log.last + 1;
    const k = ledger.format.find(instrument);
    if (k === undefined) return refusal(404, 'Unknown instrument', 'INSTRUMENT_UNKNOWN');
    const net = ledger.venue.account.positions[k]?.quantity ?? 0;
    const isStated = given.longUnits !== undefined || given.shortUnits !== undefined;
    // What is not named is closed where it is open: a netting account has one side.
    const sides: readonly (readonly [SideName, string, number])[] = [
      ['long', given.longUnits ?? (isStated || net <= 0 ? 'NONE' : 'ALL'), Math.max(0, net)],
      ['short', given.shortUnits ?? (isStated || net >= 0 ? 'NONE' : 'ALL'), Math.min(0, net)],
    ];
    const asked = sides.filter(([, text]) => text !== 'NONE');
    if (asked.length === 0) {
      const reason = isStated ? 'CLOSEOUT_POSITION_INCOMPLETE_SPECIFICATION' : undefined;
      return refusal(400, 'Nothing to close', reason ?? 'CLOSEOUT_POSITION_DOESNT_EXIST');
    }
    const parts: WireObject = {};
    let error: string | undefined;
    for (const [side, text, held] of asked) {
      const closeout = { instrument, units: text };
      const wire = { instrument, [`${side}PositionCloseout`]: closeout };
      const units = this.#unitsToClose(k, text, held, true);
      const missing = held === 0 ? 'CLOSEOUT_POSITION_DOESNT_EXIST' : undefined;
      const clientId = given[`${side}ClientExtensions`]?.id;
      const taken = this.#ledger.isTaken(clientId) ? CLIENT_ID_TAKEN : undefined;
      const fault = typeof units === 'string' ? units : undefined;
      const reason = injected ?? this.#lockReason() ?? missing ?? taken ?? fault;
      if (typeof units === 'string' || reason !== undefined) {
        error ??= reason;
        const rejected = this.#rejectClose(wire, reason ?? '');
        parts[`${side}OrderRejectTransaction`] = rejected;
        continue;
      }
      Object.assign(parts, this.#closeSide(k, side, units, wire, given));
    }
    const isDone = Object.keys(parts).some((name) => name.endsWith('CreateTransaction'));
    const shown = isDone
      ? Object.fromEntries(Object.entries(parts).filter(([name]) => !name.includes('Reject')))
      : parts;
    return answerWith(ledger, isDone ? 200 : 404, from, shown, isDone ? undefined : error);
  }

  #closeSide(
    k: number,
    side: SideName,
    units: number,
    wire: WireObject,
    given: z.output<typeof closePositionBody>,
  ): WireObject {
    const ledger = this.#ledger;
    const from = ledger.log.last + 1;
    const client = extensionsOf(given[`${side}ClientExtensions`]);
    const shown = fields({
      ...wire,
      units: ledger.format.units(k, units),
      clientExtensions: client,
    });
    const spec = closingSpec(k, units, 0, shown, client);
    const order = this.#desk.create(spec, {
      reason: 'POSITION_CLOSEOUT',
      fillReason: 'MARKET_ORDER_POSITION_CLOSEOUT',
    });
    const outcome = outcomeOf(ledger, order, from);
    return fields({
      [`${side}OrderCreateTransaction`]: ledger.log.get(order.id),
      [`${side}OrderFillTransaction`]: outcome['orderFillTransaction'],
      [`${side}OrderCancelTransaction`]: outcome['orderCancelTransaction'],
    });
  }
}

function identityOf(specifier: string, trade: Trade | undefined): WireObject {
  if (trade !== undefined) {
    return fields({ tradeID: String(trade.id), clientTradeID: trade.client?.id });
  }
  return specifier.startsWith('@') ? { clientTradeID: specifier.slice(1) } : { tradeID: specifier };
}
