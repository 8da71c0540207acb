import type { ClosedSlice } from '../../kernel/account/position.ts';
import { divideRounded } from '../../model/arithmetic.ts';
import { present } from '../../model/assert.ts';
import { InputKind } from '../../model/inputs.ts';
import type { Price, Quantity, TimeUs } from '../../model/units.ts';
import { type FillReport, type OrderReport, ReportKind } from '../../model/venue.ts';
import type { VenueInput } from '../sim/messages.ts';
import { DUE_ANY } from '../sim/sim-venue.ts';
import type { OrderEntry, Trade } from './entries.ts';
import { FinancingDesk } from './financing-desk.ts';
import { wireTime } from './format.ts';
import { CLIENT_ID_TAKEN, type Ledger } from './ledger.ts';
import type { OrderDesk } from './order-desk.ts';
import { isProtective, type OrderSpec, type Protection } from './order-spec.ts';
import { clientPrice } from './prices.ts';
import { fields, type Transaction, type WireObject } from './wire.ts';

/** What stood around a fill as it was made. */
export interface FillScene {
  readonly bid: Price;
  readonly ask: Price;
  readonly slices: readonly ClosedSlice[];
}

const NOTHING = '0';

/** Why the matching core let an order go, in the words of the wire. */
function cancelReason(order: OrderEntry, reason: string): string {
  if (reason.endsWith(CLIENT_ID_TAKEN)) return reason;
  switch (reason) {
    case 'not_fillable':
      if (order.spec.bound !== 0) return 'BOUNDS_VIOLATION';
      return order.spec.kind === 'LIMIT' ? 'TIME_IN_FORCE_EXPIRED' : 'INSUFFICIENT_LIQUIDITY';
    case 'nothing_to_reduce':
      return order.spec.tradeId === 0 ? 'POSITION_CLOSEOUT_FAILED' : 'LINKED_TRADE_CLOSED';
    case 'market_closed':
      return 'MARKET_HALTED';
    case 'insufficient_margin':
      return 'INSUFFICIENT_MARGIN';
    case 'expired':
    case 'expire_time_passed':
      return 'TIME_IN_FORCE_EXPIRED';
    default:
      return 'INTERNAL_SERVER_ERROR';
  }
}

/** Turns what the matching core says into transactions, trades and the orders on them. */
export class FillDesk {
  readonly #ledger: Ledger;
  readonly #orders: OrderDesk;
  readonly #financing: FinancingDesk;
  readonly #scenes: Map<number, FillScene>;
  /** Stops with a bound that were triggered: what does not fill at once is cancelled. */
  #bounded: OrderEntry[] = [];

  constructor(ledger: Ledger, orders: OrderDesk, scenes: Map<number, FillScene>) {
    this.#ledger = ledger;
    this.#orders = orders;
    this.#financing = new FinancingDesk(ledger);
    this.#scenes = scenes;
  }

  /** Takes every report that is due by `now`. */
  settle(now: TimeUs): void {
    const { venue } = this.#ledger;
    while ((venue.due[DUE_ANY] as number) <= now) {
      const input = venue.takeReport(now);
      if (input !== undefined) this.#take(input);
    }
    this.#financing.close();
    const bounded = this.#bounded;
    this.#bounded = [];
    for (const order of bounded) {
      if (order.state === 'PENDING') this.#orders.cancel(order, 'BOUNDS_VIOLATION');
    }
  }

  #take(input: VenueInput): void {
    if (input.kind === InputKind.ledger) {
      this.#at(input.ledger.venueTime);
      this.#financing.add(input.ledger);
      return;
    }
    this.#financing.close();
    if (input.kind === InputKind.fill) this.#filled(input.fill);
    else if (input.kind === InputKind.report) this.#reported(input.report);
  }

  /** Each event of the market makes transactions of its own, in its own time. */
  #at(time: TimeUs): void {
    if (time !== this.#ledger.now) this.#ledger.begin(time);
  }

  #reported({ report, order: handle, reason, venueTime }: OrderReport): void {
    if (report === ReportKind.triggered) {
      const triggered = this.#ledger.byHandle(handle);
      if (triggered.spec.bound !== 0) this.#bounded.push(triggered);
    }
    const isEnd =
      report === ReportKind.cancelled ||
      report === ReportKind.expired ||
      report === ReportKind.refused;
    if (!isEnd || reason === 'cancelled_by_client') return;
    const order = this.#ledger.byHandle(handle);
    if (order.state === 'CANCELLED') return;
    this.#at(venueTime);
    this.#orders.end(order, cancelReason(order, reason));
  }

  #filled(fill: FillReport): void {
    const ledger = this.#ledger;
    this.#at(fill.venueTime);
    const order = ledger.byHandle(fill.order);
    const scene = present(this.#scenes.get(fill.cursor), 'scene of a fill');
    this.#scenes.delete(fill.cursor);
    const closed = scene.slices.reduce((sum, slice) => sum + slice.quantity, 0);
    const opened = fill.quantity - closed;
    const id = ledger.log.last + 1;
    const parts = this.#closeTrades(fill, scene, id);
    const trade = opened === 0 ? undefined : this.#openTrade(order, fill, opened, id);
    const transaction = this.#record(order, fill, scene, { ...parts, trade, opened });
    ledger.account.lastFill = transaction.time;
    this.#finishOrder(order, fill, transaction, { ...parts, trade });
    for (const gone of parts.gone) this.#freeTrade(gone);
    if (trade !== undefined) this.#protect(trade, order.spec.protections, transaction);
  }

  #closeTrades(fill: FillReport, { slices }: FillScene, id: number) {
    const ledger = this.#ledger;
    const { conversion } = ledger.venue.account;
    const gone: Trade[] = [];
    const tradesClosed: WireObject[] = [];
    let tradeReduced: WireObject | undefined;
    for (const slice of slices) {
      const trade = present(ledger.open.get(slice.decision.number), 'trade of a slice');
      const realized = conversion.moneyOf(slice.pnl, fill.instrument, fill.rate);
      const units = fill.side * slice.quantity;
      trade.units += units;
      trade.realized += realized;
      trade.closedValue += BigInt(fill.price) * BigInt(slice.quantity);
      trade.closings = [...trade.closings, id];
      const reduce = fields({
        tradeID: String(trade.id),
        units: ledger.format.units(fill.instrument, units),
        price: ledger.format.price(fill.instrument, fill.price),
        realizedPL: ledger.format.money(realized),
        financing: NOTHING,
        guaranteedExecutionFee: NOTHING,
      });
      if (trade.units === 0) {
        trade.closed = wireTime(fill.venueTime);
        gone.push(trade);
        tradesClosed.push(reduce);
        ledger.closed(trade);
      } else tradeReduced = reduce;
    }
    return { gone, tradesClosed, tradeReduced };
  }

  #openTrade(order: OrderEntry, fill: FillReport, opened: number, id: number): Trade {
    const ledger = this.#ledger;
    const { account } = ledger.venue;
    const trade: Trade = {
      id,
      handle: order.handle,
      instrument: fill.instrument,
      price: fill.price,
      opened: wireTime(fill.venueTime),
      initialUnits: fill.side * opened,
      initialMargin: account.marginOf(fill.instrument, opened as Quantity) ?? 0n,
      units: fill.side * opened,
      realized: 0n,
      financing: 0n,
      closedValue: 0n,
      closings: [],
      closed: undefined,
      client: order.tradeClient,
      orders: { TAKE_PROFIT: 0, STOP_LOSS: 0, TRAILING_STOP_LOSS: 0 },
    };
    ledger.addTrade(trade);
    return trade;
  }

  #record(
    order: OrderEntry,
    fill: FillReport,
    { bid, ask }: FillScene,
    parts: {
      readonly trade: Trade | undefined;
      readonly opened: number;
      readonly tradesClosed: readonly WireObject[];
      readonly tradeReduced: WireObject | undefined;
    },
  ): Transaction {
    const ledger = this.#ledger;
    const { format } = ledger;
    const k = fill.instrument;
    const { trade } = parts;
    const price = format.price(k, fill.price);
    const factor = format.rate(fill.rate);
    const spread = BigInt(ask - bid) * BigInt(fill.quantity);
    const { conversion } = ledger.venue.account;
    const wholeSpread = conversion.moneyOf(spread, k, fill.rate);
    const tradeOpened =
      trade === undefined
        ? undefined
        : fields({
            tradeID: String(trade.id),
            units: format.units(k, trade.units),
            price,
            guaranteedExecutionFee: NOTHING,
            clientExtensions: trade.client,
            initialMarginRequired: format.money(trade.initialMargin),
          });
    return ledger.record('ORDER_FILL', {
      orderID: String(order.id),
      clientOrderID: order.client?.id,
      instrument: format.name(k),
      units: format.units(k, fill.side * fill.quantity),
      gainQuoteHomeConversionFactor: factor,
      lossQuoteHomeConversionFactor: factor,
      price,
      fullVWAP: price,
      fullPrice: clientPrice(ledger, k, { bid, ask, time: ledger.now }),
      reason: order.fillReason,
      pl: format.money(fill.realized),
      financing: NOTHING,
      commission: format.money(fill.commission),
      guaranteedExecutionFee: NOTHING,
      accountBalance: format.money(fill.balance),
      tradeOpened,
      tradesClosed: parts.tradesClosed.length === 0 ? undefined : parts.tradesClosed,
      tradeReduced: parts.tradeReduced,
      halfSpreadCost: format.money(divideRounded(wholeSpread, 2n)),
    });
  }

  #finishOrder(
    order: OrderEntry,
    fill: FillReport,
    transaction: Transaction,
    parts: {
      readonly trade: Trade | undefined;
      readonly gone: readonly Trade[];
      readonly tradeReduced: WireObject | undefined;
    },
  ): void {
    const { spec } = order;
    order.end = fields({
      ...order.end,
      fillingTransactionID: transaction.id,
      filledTime: transaction.time,
      tradeOpenedID: parts.trade === undefined ? undefined : String(parts.trade.id),
      tradeReducedID: parts.tradeReduced?.['tradeID'],
      tradeClosedIDs: parts.gone.length === 0 ? undefined : parts.gone.map(({ id }) => String(id)),
    });
    const left = Math.abs(spec.units) - fill.quantity;
    const isWhole = left === 0 || (spec.tradeId !== 0 && parts.gone.length > 0);
    this.#orders.finish(order, 'FILLED');
    if (isWhole) {
      // An order on a trade that was reduced before has more units than were left to close.
      if (left > 0) this.#orders.withdraw(order);
      return;
    }
    // The matching core cancels what an immediate order leaves; the rest of others is reissued.
    if (spec.timeInForce === 'FOK' || spec.timeInForce === 'IOC') return;
    if (spec.kind === 'MARKET_IF_TOUCHED') return;
    this.#orders.withdraw(order);
    this.#reissue(order, left);
  }

  /** What a partial fill of a resting order left goes on as a new order of the same terms. */
  #reissue(order: OrderEntry, left: number): void {
    const { format } = this.#ledger;
    const { spec } = order;
    const units = Math.sign(spec.units) * left;
    const isOnTrade = isProtective(spec.kind);
    const shown = isOnTrade ? {} : { units: format.units(spec.instrument, units) };
    const rest = { ...spec, units, client: order.client, wire: { ...spec.wire, ...shown } };
    const again = this.#orders.create(rest, {
      reason: 'REPLACEMENT',
      more: { replacesOrderID: String(order.id) },
      end: { replacesOrderID: String(order.id) },
      fillReason: order.fillReason,
      ...(spec.distance === 0 ? {} : { stop: order.stop }),
    });
    order.end = { ...order.end, replacedByOrderID: String(again.id) };
  }

  /** Orders on a trade end with it. */
  #freeTrade(trade: Trade): void {
    for (const id of Object.values(trade.orders)) {
      const order = this.#ledger.pending.get(id);
      if (order !== undefined) this.#orders.cancel(order, 'LINKED_TRADE_CLOSED');
    }
  }

  #protect(trade: Trade, protections: readonly Protection[], fill: Transaction): void {
    for (const one of protections) {
      if (trade.units === 0) return;
      this.#orders.create(protectionSpec(trade, one), {
        reason: 'ON_FILL',
        more: { orderFillTransactionID: fill.id },
      });
    }
  }
}

/** An order that protects a trade. */
export function protectionSpec(trade: Trade, one: Protection): OrderSpec {
  return {
    kind: one.kind,
    instrument: trade.instrument,
    units: -trade.units,
    price: one.price,
    bound: 0,
    distance: one.distance,
    timeInForce: one.timeInForce,
    gtdTime: one.gtdTime,
    positionFill: 'DEFAULT',
    tradeId: trade.id,
    client: one.client,
    tradeClient: undefined,
    protections: [],
    wire: fields({
      tradeID: String(trade.id),
      clientTradeID: trade.client?.id,
      ...one.wire,
      triggerCondition: 'DEFAULT',
    }),
  };
}
