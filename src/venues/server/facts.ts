import { z } from 'zod';
import { DecimalError, parseScaled } from '../../model/decimal.ts';
import type { Money } from '../../model/units.ts';
import { blankLedgerFact } from '../../model/venue.ts';
import type { FillDesk } from './fill-desk.ts';
import { FinancingDesk } from './financing-desk.ts';
import type { Ledger } from './ledger.ts';
import type { OrderDesk } from './order-desk.ts';
import { clientExtensionsSchema, MalformedRequest, readBody } from './order-request.ts';
import { answerWith, type OrderRequests } from './order-requests.ts';
import type { TradeRequests } from './trade-requests.ts';
import { type Answer, fields, refusal, type WireObject } from './wire.ts';

const amount = z.string().describe('Account currency, signed');
const instrument = z.string().describe('EUR_USD');

/**
 * What the broker alone decides about an account, made to happen on demand: every ledger fact that
 * an engine must be able to take (X24).
 */
export const factSchema = z.discriminatedUnion('fact', [
  z.strictObject({ fact: z.literal('transfer'), amount }),
  z.strictObject({ fact: z.literal('fee'), amount }),
  z.strictObject({ fact: z.literal('adjustment'), amount }),
  z.strictObject({ fact: z.literal('financing'), instrument, amount }),
  z.strictObject({ fact: z.literal('margin_call') }),
  z.strictObject({ fact: z.literal('margin_call_extend') }),
  z.strictObject({ fact: z.literal('margin_call_exit') }),
  z.strictObject({ fact: z.literal('margin_closeout') }),
  z.strictObject({ fact: z.literal('close_by_hand'), trade: z.string() }),
  z.strictObject({ fact: z.literal('foreign_order'), order: z.record(z.string(), z.unknown()) }),
  z.strictObject({
    fact: z.literal('order_extensions'),
    order: z.string(),
    clientExtensions: clientExtensionsSchema,
  }),
  z.strictObject({
    fact: z.literal('trade_extensions'),
    trade: z.string(),
    clientExtensions: clientExtensionsSchema,
  }),
  z.strictObject({ fact: z.literal('account_reset') }),
  z.strictObject({ fact: z.literal('lock'), locked: z.boolean() }),
  z.strictObject({ fact: z.literal('lock_orders'), locked: z.boolean() }),
  z.strictObject({ fact: z.literal('account_closed'), closed: z.boolean() }),
  z.strictObject({ fact: z.literal('halt'), instrument, halted: z.boolean() }),
  z.strictObject({
    fact: z.literal('liquidity'),
    instrument,
    units: z.string().nullable().describe('Most that a quote offers; null is what it quotes'),
  }),
]);

export type Fact = z.output<typeof factSchema>;

/** Makes facts. */
export class FactDesk {
  readonly #ledger: Ledger;
  readonly #desk: OrderDesk;
  readonly #orders: OrderRequests;
  readonly #trades: TradeRequests;
  readonly #fills: FillDesk;

  constructor(
    ledger: Ledger,
    desk: OrderDesk,
    orders: OrderRequests,
    trades: TradeRequests,
    fills: FillDesk,
  ) {
    this.#ledger = ledger;
    this.#desk = desk;
    this.#orders = orders;
    this.#trades = trades;
    this.#fills = fills;
  }

  make(body: unknown): Answer {
    const fact = readBody(factSchema, body);
    const from = this.#ledger.log.last + 1;
    const problem = this.#make(fact, from);
    if (problem !== undefined) return problem;
    return answerWith(this.#ledger, 200, from, {});
  }

  #make(fact: Fact, from: number): Answer | undefined {
    const { account } = this.#ledger;
    switch (fact.fact) {
      case 'transfer':
        return this.#move(fact.amount, 'CLIENT_FUNDING', fact.fact);
      case 'fee':
      case 'adjustment':
        return this.#move(fact.amount, 'ADJUSTMENT', fact.fact);
      case 'financing':
        return this.#finance(fact.instrument, fact.amount);
      case 'margin_call':
      case 'margin_call_extend':
      case 'margin_call_exit':
        return this.#marginCall(fact.fact);
      case 'margin_closeout':
        return this.#closeOut(from);
      case 'close_by_hand':
        return problemOf(this.#trades.close(fact.trade, {}));
      case 'foreign_order':
        return problemOf(this.#orders.create({ order: fact.order }));
      case 'order_extensions':
        return problemOf(this.#orders.setExtensions(fact.order, extensions(fact)));
      case 'trade_extensions':
        return problemOf(this.#trades.setExtensions(fact.trade, extensions(fact)));
      case 'account_reset':
        return this.#reset();
      case 'lock':
        account.isLocked = fact.locked;
        return undefined;
      case 'lock_orders':
        account.isOrderCreationLocked = fact.locked;
        return undefined;
      case 'account_closed':
        account.isClosed = fact.closed;
        this.#ledger.record(fact.closed ? 'CLOSE' : 'REOPEN', {});
        return undefined;
      case 'halt':
        return this.#halt(fact.instrument, fact.halted);
      case 'liquidity':
        return this.#limit(fact.instrument, fact.units);
    }
  }

  #money(text: string): bigint {
    try {
      return parseScaled(text, this.#ledger.format.decimals);
    } catch (error) {
      if (!(error instanceof DecimalError)) throw error;
      throw new MalformedRequest(`Invalid value specified for 'amount': ${error.message}`);
    }
  }

  #move(text: string, fundingReason: string, comment: string): Answer | undefined {
    const { format, venue } = this.#ledger;
    const money = this.#money(text);
    const isTransfer = fundingReason === 'CLIENT_FUNDING';
    const shown = { amount: format.money(money), fundingReason, comment };
    if (isTransfer && venue.account.balance + money < 0n) {
      const rejectReason = 'INSUFFICIENT_FUNDS';
      this.#ledger.record('TRANSFER_FUNDS_REJECT', { ...shown, rejectReason });
      return refusal(400, 'The account has less', rejectReason);
    }
    venue.account.bookOtherCash(money as Money, isTransfer);
    const accountBalance = format.money(venue.account.balance);
    this.#ledger.record('TRANSFER_FUNDS', { ...shown, accountBalance });
    return undefined;
  }

  #finance(name: string, text: string): Answer | undefined {
    const ledger = this.#ledger;
    const k = this.#find(name);
    const money = this.#money(text) as Money;
    ledger.venue.account.bookFinancing(money);
    const { now } = ledger;
    const desk = new FinancingDesk(ledger);
    desk.add({ ...blankLedgerFact(), instrument: k, amount: money, venueTime: now });
    desk.close();
    return undefined;
  }

  #find(name: string) {
    const k = this.#ledger.format.find(name);
    if (k === undefined) throw new MalformedRequest("Invalid value specified for 'instrument'");
    return k;
  }

  #marginCall(fact: 'margin_call' | 'margin_call_extend' | 'margin_call_exit'): Answer | undefined {
    const { account } = this.#ledger;
    const isCalled = account.marginCallSince !== '';
    if (isCalled === (fact === 'margin_call')) {
      return refusal(409, isCalled ? 'There is a margin call' : 'There is no margin call');
    }
    if (fact === 'margin_call') {
      account.marginCallSince = this.#ledger.record('MARGIN_CALL_ENTER', {}).time;
    } else if (fact === 'margin_call_extend') {
      account.marginCallExtensions += 1;
      const extensionNumber = account.marginCallExtensions;
      account.marginCallExtended = this.#ledger.record('MARGIN_CALL_EXTEND', {
        extensionNumber,
      }).time;
    } else {
      this.#ledger.record('MARGIN_CALL_EXIT', {});
      account.marginCallSince = '';
      account.marginCallExtended = '';
      account.marginCallExtensions = 0;
    }
    return undefined;
  }

  /** Closes every trade, and cancels what could open another. */
  #closeOut(from: number): Answer | undefined {
    const ledger = this.#ledger;
    const trades = ledger.openTrades();
    if (trades.length === 0) return refusal(409, 'There is nothing to close');
    for (const order of [...ledger.pending.values()]) {
      if (order.spec.tradeId === 0) this.#desk.cancel(order, 'INSUFFICIENT_MARGIN');
    }
    const marginCloseout = { reason: 'MARGIN_CHECK_VIOLATION' };
    for (const trade of trades) {
      const shown = ledger.format.units(trade.instrument, Math.abs(trade.units));
      this.#trades.closeTrade(trade, -trade.units, shown, 'MARGIN_CLOSEOUT', from, {
        marginCloseout,
      });
    }
    return undefined;
  }

  #reset(): undefined {
    const { account, venue } = this.#ledger;
    account.resettableBase = venue.account.realized;
    account.resettableSince = this.#ledger.record('RESET_RESETTABLE_PL', {}).time;
  }

  #halt(name: string, halted: boolean): undefined {
    const k = this.#find(name);
    const { account } = this.#ledger;
    const others = account.halted.filter((one) => one !== k);
    account.halted = halted ? [...others, k] : others;
  }

  #limit(name: string, text: string | null): undefined {
    const k = this.#find(name);
    const { account, format, board } = this.#ledger;
    const others = account.liquidity.filter(([one]) => one !== k);
    const units = text === null ? undefined : format.parseUnits(k, text);
    if (typeof units === 'string' || (units !== undefined && units < 0)) {
      throw new MalformedRequest("Invalid value specified for 'units'");
    }
    account.liquidity = units === undefined ? others : [...others, [k, units]];
    if (units === undefined || !board.has(k) || account.halted.includes(k)) return;
    board.bidSize[k] = units;
    board.askSize[k] = units;
    this.#ledger.venue.quoted(k);
    this.#fills.settle(this.#ledger.now);
  }
}

function extensions({ clientExtensions }: { readonly clientExtensions: WireObject }): WireObject {
  return fields({ clientExtensions });
}

function problemOf(answer: Answer): Answer | undefined {
  return answer.status < 300 ? undefined : answer;
}
