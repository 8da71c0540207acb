import { DecimalError } from '../../model/decimal.ts';
import {
  blankLookUpAnswer,
  type LookUp,
  type LookUpAnswer,
  LookUpOutcome,
} from '../../model/doubt.ts';
import type { AppliedInput } from '../../model/inputs.ts';
import { parseQuantity } from '../../model/instrument.ts';
import { OrderRole, OrderState, Side } from '../../model/order.ts';
import {
  blankSnapshot,
  type OpeningLot,
  type Snapshot,
  type SnapshotOrder,
  type SnapshotPosition,
} from '../../model/reconciliation.ts';
import { type InstrumentIndex, NO_ORDER, type Quantity, type TimeUs } from '../../model/units.ts';
import { ReportKind } from '../../model/venue.ts';
import { termsOf } from './order-facts.ts';
import { ownOrder, reasonOf, reportInput, type Scene } from './scene.ts';
import type { WireAccount, WireOrder } from './schemas.ts';
import { nearestPrice, readMoney, readTime, WireError } from './wire-values.ts';

/** What a snapshot shows, and what of the account it cannot hold. */
export interface SnapshotRead {
  readonly snapshot: Snapshot;
  /** Its open trades, in configured instruments. */
  readonly lots: readonly OpeningLot[];
  /** Positions and orders in instruments that are not configured; for the operator. */
  readonly beyond: readonly string[];
}

/**
 * The account as the broker states it at one cursor (X26); the trades of the scene are those that
 * it lists. Throws {@link WireError} and {@link DecimalError} where it cannot be read whole.
 */
export function snapshotOf(
  scene: Scene,
  account: WireAccount,
  at: { readonly cursor: number; readonly ask: number; readonly venueTime: TimeUs },
): SnapshotRead {
  const beyond: string[] = [];
  const positions: SnapshotPosition[] = [];
  const known = (name: string): InstrumentIndex | undefined => scene.byName.get(name);
  for (const { instrument: name, long, short } of account.positions) {
    const k = known(name);
    const instrument = k === undefined ? undefined : scene.instruments[k];
    if (k === undefined || instrument === undefined) {
      if (/[1-9]/.test(long.units + short.units)) beyond.push(`a position in ${name}`);
      continue;
    }
    const net = parseQuantity(instrument, long.units) + parseQuantity(instrument, short.units);
    if (net !== 0) positions.push({ instrument: k, quantity: net as Quantity });
  }
  const instruments = readTrades(scene, account);
  const openOrders: SnapshotOrder[] = [];
  for (const order of account.orders) {
    const name = order.instrument ?? instruments.get(order.tradeID ?? '');
    const k = name === undefined ? undefined : known(name);
    if (k === undefined) beyond.push(`an order in ${name ?? 'what it does not say'}`);
    else openOrders.push(openOrder(scene, order, k));
  }
  const balance = readMoney(account.balance, scene.decimals);
  const snapshot = { ...blankSnapshot(), ...at, complete: true, balance, positions, openOrders };
  return { snapshot, lots: lotsOf(scene, account), beyond };
}

/** A fill at several prices has one between the increments: the nearest is taken. */
function lotsOf({ instruments, byName }: Scene, { trades }: WireAccount): readonly OpeningLot[] {
  return trades.flatMap(({ instrument: name, currentUnits, price, openTime }) => {
    const k = byName.get(name);
    const of = k === undefined ? undefined : instruments[k];
    if (k === undefined || of === undefined) return [];
    const quantity = parseQuantity(of, currentUnits) as Quantity;
    const venueTime = readTime(openTime);
    return [{ instrument: k, quantity, price: nearestPrice(of, price), venueTime }];
  });
}

/** Takes the account's trades over; returns their instruments by name. */
function readTrades(scene: Scene, { trades }: WireAccount): ReadonlyMap<string, string> {
  scene.trades.clear();
  for (const { id, instrument: name, currentUnits } of trades) {
    const k = scene.byName.get(name);
    const instrument = k === undefined ? undefined : scene.instruments[k];
    if (instrument !== undefined) scene.trades.opened(id, parseQuantity(instrument, currentUnits));
  }
  return new Map(trades.map(({ id, instrument }) => [id, instrument]));
}

function openOrder(scene: Scene, order: WireOrder, k: InstrumentIndex): SnapshotOrder {
  const clientOrderId = order.clientExtensions?.id ?? '';
  const own = ownOrder(scene, order.id, clientOrderId === '' ? undefined : clientOrderId);
  const trade = order.tradeID === undefined ? undefined : scene.trades.find(order.tradeID);
  if (own !== NO_ORDER && trade !== undefined) {
    scene.trades.protect(trade.id, order.type === 'TAKE_PROFIT' ? 'takeProfit' : 'stopLoss', own);
  }
  const { units, limitPrice, stopPrice } = termsOf(scene, k, order.type, order);
  const signed = units === 0 ? -(trade?.units ?? 0) : units;
  const filled = scene.engine.order(own)?.filled ?? 0;
  const isBounded = order.type === 'STOP' && order.priceBound !== undefined;
  return {
    order: own,
    clientOrderId,
    brokerOrderId: order.id,
    instrument: k,
    side: signed > 0 ? Side.buy : Side.sell,
    state: filled > 0 ? OrderState.partiallyFilled : OrderState.working,
    quantity: (filled + Math.abs(signed)) as Quantity,
    filled: filled as Quantity,
    limitPrice: order.type === 'STOP' && !isBounded ? (0 as typeof limitPrice) : limitPrice,
    stopPrice,
  };
}

/**
 * Protection has the size of its trade, and no transaction says so. Where a trade was reduced while
 * nobody here knew it, as before a restart, the account is the first to show it: these reports put
 * the sizes right, and come before its snapshot.
 */
export function legSizes({ engine }: Scene, snapshot: Snapshot): readonly AppliedInput[] {
  const { venueTime } = snapshot;
  return snapshot.openOrders.flatMap(({ order, quantity, limitPrice, stopPrice }) => {
    const known = order === NO_ORDER ? undefined : engine.order(order);
    const isLeg = known !== undefined && known.role !== OrderRole.order;
    if (!isLeg || known.terms.quantity === quantity) return [];
    const told = { order, quantity, limitPrice, stopPrice, reason: 'trade_reduced' };
    return [reportInput({ cursor: 0, venueTime }, ReportKind.replaced, told)];
  });
}

/** Why an account cannot be read, or what `read` gives. */
export function readable<T>(read: () => T): T | string {
  try {
    return read();
  } catch (error) {
    if (error instanceof WireError || error instanceof DecimalError) return error.message;
    throw error;
  }
}

const STATES: ReadonlyMap<string, OrderState> = new Map<string, OrderState>([
  ['PENDING', OrderState.working],
  ['TRIGGERED', OrderState.triggered],
  ['FILLED', OrderState.filled],
  ['CANCELLED', OrderState.cancelled],
]);

/**
 * What a look-up found, once every transaction up to it was told: so what the engine has booked as
 * filled is what had filled when the broker answered.
 */
export function lookUpFound(
  scene: Scene,
  { ask, order: handle }: LookUp,
  order: WireOrder,
  venueTime: TimeUs,
): LookUpAnswer {
  const known = scene.engine.order(handle);
  const state = STATES.get(order.state);
  if (known === undefined || state === undefined) {
    throw new WireError(`the order is in the state ${order.state}`);
  }
  const { units, limitPrice, stopPrice } = termsOf(
    scene,
    known.terms.instrument,
    order.type,
    order,
  );
  const trade = order.tradeID === undefined ? undefined : scene.trades.find(order.tradeID);
  const left = Math.abs(units === 0 ? (trade?.units ?? 0) : units);
  const isOpen = state === OrderState.working || state === OrderState.triggered;
  const { filled } = known;
  return {
    ...blankLookUpAnswer(),
    ask,
    order: handle,
    outcome: LookUpOutcome.found,
    state: isOpen && filled > 0 ? OrderState.partiallyFilled : state,
    brokerOrderId: order.id,
    quantity: (isOpen ? filled + left : filled) as Quantity,
    filled,
    limitPrice,
    stopPrice,
    reason: reasonOf(order.state),
    venueTime,
  };
}
