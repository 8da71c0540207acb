import { Doubted } from '../kernel/orders/doubts.ts';
import type { Order } from '../kernel/orders/order.ts';
import { present } from '../model/assert.ts';
import { causesOf, FLATTEN_STEPS, type StopCause } from '../model/control.ts';
import { TRADING_STATES } from '../model/gate.ts';
import { clientOrderId, decisionId } from '../model/ids.ts';
import { formatPrice, formatQuantity } from '../model/instrument.ts';
import {
  ORDER_ROLES,
  ORDER_STATES,
  ORDER_TYPES,
  OrderFlag,
  Side,
  TIMES_IN_FORCE,
} from '../model/order.ts';
import { formatUtc } from '../model/time.ts';
import { NO_PRICE, NO_TIME, type Price, type TimeUs } from '../model/units.ts';
import type { LiveEngine } from '../runtime/live-engine.ts';

/** What the API shows of an engine: plain data, decimals as text, times in UTC. */

/** Orders in one answer; more are counted. */
const ORDERS_MAX = 1000;

/** A time as text; `null` for none. */
export function timeOrNull(time: TimeUs): string | null {
  return time === NO_TIME ? null : formatUtc(time);
}

/** Trading state, who led to it and why, and what stands against arming. */
export function stateView({ kernel }: LiveEngine) {
  const { tradingState, stops, instruments, time } = kernel.book;
  const { override } = stops;
  const overridden = time < override.until;
  return {
    tradingState: present(TRADING_STATES[tradingState], 'trading state'),
    by: stops.by,
    reason: stops.reason,
    since: timeOrNull(stops.since),
    causes: kernel.standingCauses.map(({ cause, text }) => ({ cause, text })),
    override: overridden
      ? {
          causes: causesOf(override.causes) as readonly StopCause[],
          until: formatUtc(override.until),
          by: override.by,
          reason: override.reason,
        }
      : null,
    flatten: stops.jobs.map(({ last, since }) => ({
      symbol: present(instruments[last.instrument], 'instrument').symbol,
      step: present(FLATTEN_STEPS[last.step], 'step'),
      order: last.order === 0 ? null : last.order,
      attempt: last.attempt,
      since: formatUtc(since),
      nextAt: timeOrNull(last.nextAt),
      reason: last.reason,
    })),
    closing: stops.closing,
  };
}

function priceOrNull(engine: LiveEngine, k: number, price: Price): string | null {
  if (price === NO_PRICE) return null;
  return formatPrice(present(engine.kernel.book.instruments[k], 'instrument'), price);
}

const DOUBT_NAMES: Readonly<Record<Doubted, 'submit' | 'cancel' | 'replace'>> = {
  [Doubted.submit]: 'submit',
  [Doubted.cancel]: 'cancel',
  [Doubted.replace]: 'replace',
};

function orderView(engine: LiveEngine, strategies: readonly string[], order: Order) {
  const { book } = engine.kernel;
  const { handle, terms, decision, flags, filled } = order;
  const instrument = present(book.instruments[terms.instrument], 'instrument');
  const boot = book.orders.bootOf(handle);
  const doubt = book.doubts.find(handle);
  const strategy = strategies[decision.strategy] ?? String(decision.strategy);
  return {
    order: handle,
    clientOrderId: boot === undefined ? null : clientOrderId(book.prefix, boot, handle),
    brokerOrderId: order.brokerOrderId === '' ? null : order.brokerOrderId,
    decisionId: decisionId(strategy, instrument.symbol, decision.number),
    symbol: instrument.symbol,
    side: terms.side === Side.buy ? 'buy' : 'sell',
    type: present(ORDER_TYPES[terms.type], 'type'),
    role: present(ORDER_ROLES[order.role], 'role'),
    timeInForce: present(TIMES_IN_FORCE[terms.timeInForce], 'time in force'),
    quantity: formatQuantity(instrument, terms.quantity),
    filled: formatQuantity(instrument, filled),
    limitPrice: priceOrNull(engine, terms.instrument, terms.limitPrice),
    stopPrice: priceOrNull(engine, terms.instrument, terms.stopPrice),
    reduceOnly: terms.reduceOnly,
    state: present(ORDER_STATES[order.state], 'state'),
    cancelPending: (flags & OrderFlag.cancelPending) !== 0,
    replacePending: (flags & OrderFlag.replacePending) !== 0,
    intendedAt: formatUtc(order.intendedAt),
    doubt:
      doubt === undefined
        ? null
        : {
            about: DOUBT_NAMES[doubt.about],
            since: formatUtc(doubt.since),
            questions: doubt.attempts,
          },
  };
}

/** Orders that are open, oldest first. `strategies`: their names, by index. */
export function ordersView(engine: LiveEngine, strategies: readonly string[]) {
  const { orders } = engine.kernel.book;
  const shown = [...orders.open()].slice(0, ORDERS_MAX);
  return {
    open: orders.openCount,
    orders: shown.map((order) => orderView(engine, strategies, order)),
  };
}

/** Positions of every instrument, those of strategies and those that are external. */
export function positionsView({ kernel }: LiveEngine) {
  const { account, instruments } = kernel.book;
  return {
    positions: instruments.map((instrument, k) => ({
      symbol: instrument.symbol,
      quantity: formatQuantity(instrument, present(account.positions[k], 'position').quantity),
      external: formatQuantity(instrument, present(account.external[k], 'position').quantity),
    })),
  };
}

/** The journal: how far it is, and what the start found. */
export function journalView(engine: LiveEngine) {
  const { journal, recovery, upkeep } = engine;
  const { known, snapshot, frames, compared, strategies, tailCut, lostTail } = recovery;
  return {
    appended: journal.appended,
    durable: journal.durable,
    lag: journal.appended - journal.durable,
    status: engine.inReserve ? ('in_reserve' as const) : ('ok' as const),
    inReserve: engine.inReserve,
    segments: upkeep.segments,
    bytes: upkeep.bytes,
    archive: { segments: upkeep.archivedSegments, bytes: upkeep.archivedBytes },
    withoutMarketData: upkeep.withoutMarketData,
    upkeep: { failures: upkeep.failures, problem: upkeep.problem || null },
    recovery: {
      known,
      snapshot: snapshot ?? null,
      frames,
      compared,
      strategies,
      tailCut: tailCut !== undefined,
      tailLost: lostTail,
    },
  };
}
