import { absBig, divideRounded, powerOfTen } from '../../model/arithmetic.ts';
import { present } from '../../model/assert.ts';
import { valueUnit } from '../../model/instrument.ts';
import type { Quantity } from '../../model/units.ts';
import type { OrderEntry, Trade } from './entries.ts';
import type { Ledger } from './ledger.ts';
import { isProtective } from './order-spec.ts';
import { fields, type WireObject } from './wire.ts';

const NOTHING = '0';

/** An order as it is shown. */
export function orderView(ledger: Ledger, order: OrderEntry): WireObject {
  const { spec, client, tradeClient } = order;
  const isTrailing = spec.kind === 'TRAILING_STOP_LOSS';
  return fields({
    id: String(order.id),
    createTime: order.created,
    state: order.state,
    type: spec.kind,
    ...spec.wire,
    clientExtensions: client,
    tradeClientExtensions: tradeClient,
    trailingStopValue: isTrailing ? ledger.format.price(spec.instrument, order.stop) : undefined,
    ...order.end,
  });
}

/** What a trade would bring if it were closed at the market of now. */
export function unrealizedOf(ledger: Ledger, trade: Trade): bigint {
  const { board, venue } = ledger;
  const { conversion } = venue.account;
  const k = trade.instrument;
  const rate = { numerator: 1, denominator: 1 };
  if (trade.units === 0 || !board.has(k) || !conversion.rate(k, board, rate)) return 0n;
  const close = (trade.units > 0 ? board.bid[k] : board.ask[k]) ?? 0;
  return conversion.moneyOf(BigInt(trade.units) * BigInt(close - trade.price), k, rate);
}

function marginOf(ledger: Ledger, k: number, units: number): bigint {
  return ledger.venue.account.marginOf(k, units as Quantity) ?? 0n;
}

/** `tradeView` with its orders whole, or as a summary by their ids. */
export function tradeView(ledger: Ledger, trade: Trade, isSummary: boolean): WireObject {
  const { format } = ledger;
  const k = trade.instrument;
  const closedUnits = Math.abs(trade.initialUnits) - Math.abs(trade.units);
  const isOpen = trade.units !== 0;
  const dependents = Object.entries({
    takeProfitOrder: trade.orders.TAKE_PROFIT,
    stopLossOrder: trade.orders.STOP_LOSS,
    trailingStopLossOrder: trade.orders.TRAILING_STOP_LOSS,
  }).flatMap(([name, id]): [string, WireObject | string][] => {
    const order = ledger.pending.get(id);
    if (order === undefined) return [];
    return [isSummary ? [`${name}ID`, String(id)] : [name, orderView(ledger, order)]];
  });
  return fields({
    id: String(trade.id),
    instrument: format.name(k),
    price: format.price(k, trade.price),
    openTime: trade.opened,
    state: isOpen ? 'OPEN' : 'CLOSED',
    initialUnits: format.units(k, trade.initialUnits),
    initialMarginRequired: format.money(trade.initialMargin),
    currentUnits: format.units(k, trade.units),
    realizedPL: format.money(trade.realized),
    financing: format.money(trade.financing),
    clientExtensions: trade.client,
    unrealizedPL: isOpen ? format.money(unrealizedOf(ledger, trade)) : undefined,
    marginUsed: isOpen ? format.money(marginOf(ledger, k, trade.units)) : undefined,
    averageClosePrice:
      closedUnits === 0 ? undefined : ratioPrice(ledger, k, trade.closedValue, closedUnits),
    closingTransactionIDs:
      trade.closings.length === 0 ? undefined : trade.closings.map((id) => String(id)),
    closeTime: trade.closed,
    ...Object.fromEntries(dependents),
  });
}

function ratioPrice(ledger: Ledger, k: number, value: bigint, units: number): string {
  return ledger.format.price(k, Number(divideRounded(value, BigInt(units))));
}

function sideView(ledger: Ledger, k: number, trades: readonly Trade[], isLong: boolean) {
  const { format } = ledger;
  const own = trades.filter(({ initialUnits }) => initialUnits > 0 === isLong);
  const open = own.filter(({ units }) => units !== 0);
  const units = open.reduce((sum, trade) => sum + trade.units, 0);
  const cost = open.reduce((sum, one) => sum + BigInt(one.price) * BigInt(Math.abs(one.units)), 0n);
  const unrealized = open.reduce((sum, trade) => sum + unrealizedOf(ledger, trade), 0n);
  const pl = format.money(own.reduce((sum, { realized }) => sum + realized, 0n));
  const view = fields({
    units: format.units(k, units),
    averagePrice: units === 0 ? undefined : ratioPrice(ledger, k, cost, Math.abs(units)),
    tradeIDs: units === 0 ? undefined : open.map(({ id }) => String(id)),
    pl,
    resettablePL: pl,
    unrealizedPL: format.money(unrealized),
    financing: format.money(own.reduce((sum, { financing }) => sum + financing, 0n)),
    guaranteedExecutionFees: NOTHING,
  });
  return { view, units, unrealized };
}

/** The position in an instrument, closed trades included as far as they are kept. */
export function positionView(ledger: Ledger, k: number): WireObject {
  const { format } = ledger;
  const trades = [...ledger.trades.values()].filter(({ instrument }) => instrument === k);
  const long = sideView(ledger, k, trades, true);
  const short = sideView(ledger, k, trades, false);
  const net = long.units + short.units;
  const pl = format.money(trades.reduce((sum, { realized }) => sum + realized, 0n));
  const financing = trades.reduce((sum, trade) => sum + trade.financing, 0n);
  return fields({
    instrument: format.name(k),
    pl,
    resettablePL: pl,
    unrealizedPL: format.money(long.unrealized + short.unrealized),
    marginUsed: net === 0 ? undefined : format.money(marginOf(ledger, k, net)),
    financing: format.money(financing),
    guaranteedExecutionFees: NOTHING,
    long: long.view,
    short: short.view,
  });
}

/** Instruments that have ever been traded, as far as that is kept. */
export function tradedInstruments(ledger: Ledger): readonly number[] {
  const traded = new Set([...ledger.trades.values()].map(({ instrument }) => instrument));
  return ledger.format.instruments.map((_, k) => k).filter((k) => traded.has(k));
}

export function openInstruments(ledger: Ledger): readonly number[] {
  const open = new Set(ledger.openTrades().map(({ instrument }) => instrument));
  return [...open].sort((a, b) => a - b);
}

/** Figures that move with the market. */
export function calculatedState(ledger: Ledger): WireObject {
  const { format, venue } = ledger;
  const { account } = venue;
  const trades = ledger.openTrades();
  const unrealized = trades.reduce((sum, trade) => sum + unrealizedOf(ledger, trade), 0n);
  const nav = account.balance + unrealized;
  const used = account.marginUsed() ?? 0n;
  const value = openInstruments(ledger).reduce((sum, k) => sum + positionValue(ledger, k), 0n);
  const available = nav > used ? nav - used : 0n;
  const share = (margin: bigint): string =>
    nav <= 0n ? NOTHING : format5(divideRounded(margin * 100_000n, nav));
  const money = (amount: bigint): string => format.money(amount);
  return {
    unrealizedPL: money(unrealized),
    NAV: money(nav),
    marginUsed: money(used),
    marginAvailable: money(available),
    positionValue: money(value),
    marginCloseoutUnrealizedPL: money(unrealized),
    marginCloseoutNAV: money(nav),
    marginCloseoutMarginUsed: money(used),
    // Half of the margin is what an account may fall to before it is closed out.
    marginCloseoutPercent: share(divideRounded(used, 2n)),
    marginCloseoutPositionValue: money(value),
    withdrawalLimit: money(available < account.balance ? available : account.balance),
    marginCallMarginUsed: money(used),
    marginCallPercent: share(used),
  };
}

function format5(share: bigint): string {
  return `${share / 100_000n}.${String(share % 100_000n).padStart(5, '0')}`;
}

/** |units| × mid in account money. */
function positionValue(ledger: Ledger, k: number): bigint {
  const { venue, board, format } = ledger;
  const { conversion, positions } = venue.account;
  const rate = { numerator: 1, denominator: 1 };
  if (!conversion.rate(k, board, rate)) return 0n;
  const held = absBig(BigInt(present(positions[k], 'position').quantity));
  const twice = BigInt((board.bid[k] ?? 0) + (board.ask[k] ?? 0));
  const unit = valueUnit(format.instrument(k));
  return divideRounded(
    held * twice * unit.numerator * BigInt(rate.numerator) * powerOfTen(format.decimals),
    2n * powerOfTen(unit.decimals) * BigInt(rate.denominator),
  );
}

/** The account without its trades, positions and orders. */
export function accountSummary(ledger: Ledger): WireObject {
  const { account: state, config, format, venue } = ledger;
  const { account } = venue;
  return fields({
    id: config.accountId,
    alias: state.alias,
    currency: account.spec.currency,
    balance: format.money(account.balance),
    createdByUserID: ledger.userId,
    createdTime: state.created,
    guaranteedStopLossOrderMode: 'DISABLED',
    pl: format.money(account.realized),
    resettablePL: format.money(account.realized - state.resettableBase),
    resettablePLTime: state.resettableSince,
    financing: format.money(account.financing),
    commission: format.money(account.commission),
    guaranteedExecutionFees: NOTHING,
    marginCallEnterTime: state.marginCallSince === '' ? undefined : state.marginCallSince,
    marginCallExtensionCount: state.marginCallSince === '' ? undefined : state.marginCallExtensions,
    lastMarginCallExtensionTime:
      state.marginCallExtended === '' ? undefined : state.marginCallExtended,
    openTradeCount: ledger.open.size,
    openPositionCount: openInstruments(ledger).length,
    pendingOrderCount: ledger.pending.size,
    hedgingEnabled: false,
    lastOrderFillTimestamp: state.lastFill === '' ? undefined : state.lastFill,
    ...calculatedState(ledger),
    lastTransactionID: String(ledger.log.last),
  });
}

export function accountDetails(ledger: Ledger): WireObject {
  return {
    ...accountSummary(ledger),
    trades: ledger.openTrades().map((trade) => tradeView(ledger, trade, true)),
    positions: tradedInstruments(ledger).map((k) => positionView(ledger, k)),
    orders: [...ledger.pending.values()].map((order) => orderView(ledger, order)),
  };
}

/** What moves with the market of pending orders: how far each is from its trigger. */
export function dynamicOrder(ledger: Ledger, order: OrderEntry): WireObject {
  const { format, board } = ledger;
  const { instrument: k, units, kind, price } = order.spec;
  const touch = (units > 0 ? board.ask[k] : board.bid[k]) ?? 0;
  const isTrailing = kind === 'TRAILING_STOP_LOSS';
  const at = isProtective(kind) && kind !== 'TAKE_PROFIT' ? order.stop : price;
  return fields({
    id: String(order.id),
    trailingStopValue: isTrailing ? format.price(k, order.stop) : undefined,
    triggerDistance: format.price(k, Math.abs(touch - at)),
    isTriggerDistanceExact: true,
  });
}
