import { present } from '../model/assert.ts';
import { formatScaled } from '../model/decimal.ts';
import { TRADING_STATES, TradingState } from '../model/gate.ts';
import { formatPrice, formatQuantity } from '../model/instrument.ts';
import { formatUtc, US_PER_MS, US_PER_SECOND } from '../model/time.ts';
import type { Price, TimeUs } from '../model/units.ts';
import type { LiveEngine } from '../runtime/live-engine.ts';
import { idempotencyHealth } from './idempotency-metrics.ts';

/** A loop that has not come round for this long is not healthy. */
const LOOP_AGE_MAX_US = US_PER_SECOND;

/** What the engine is, beside what it does. */
export interface Identity {
  readonly version: string;
  readonly id: string;
  readonly configHash: string;
  readonly currency: string;
}

/** `/health`: is the process well, and may it trade (X31). The two are not the same. */
export interface Health {
  readonly healthy: boolean;
  readonly tradable: boolean;
  /** Why it is not tradable; empty when it is. */
  readonly reason: string;
  readonly [field: string]: unknown;
}

function untradable(engine: LiveEngine, healthy: boolean, sessionOpen: boolean): string {
  if (!healthy) return 'loop_stalled';
  if (engine.ended) return 'market_ended';
  // Outside a session nothing else matters: not to trade is then no fault (X31).
  if (!sessionOpen) return 'market_closed';
  const { tradingState, board, reconciliation } = engine.kernel.book;
  if (tradingState !== TradingState.active) return present(TRADING_STATES[tradingState], 'state');
  if (!reconciliation.armed) return 'unreconciled';
  if (reconciliation.held) return 'break_open';
  return board.time.every((time) => time === 0) ? 'no_quote' : '';
}

function instruments(engine: LiveEngine): unknown[] {
  const { book } = engine.kernel;
  const now = engine.now;
  return book.instruments.map((instrument, k) => {
    const quoted = book.board.has(k);
    const position = present(book.account.positions[k], 'position');
    const bid = (book.board.bid[k] ?? 0) as Price;
    const ask = (book.board.ask[k] ?? 0) as Price;
    return {
      symbol: instrument.symbol,
      bid: quoted ? formatPrice(instrument, bid) : null,
      ask: quoted ? formatPrice(instrument, ask) : null,
      quoteAgeMs: quoted ? Math.round((now - (book.board.time[k] ?? 0)) / US_PER_MS) : null,
      position: formatQuantity(instrument, position.quantity),
    };
  });
}

/** `sessionOpen`: is any traded instrument in its session. */
export function healthOf(engine: LiveEngine, identity: Identity, sessionOpen: boolean): Health {
  const { book } = engine.kernel;
  const { account, orders } = book;
  const healthy = engine.loopAgeUs < LOOP_AGE_MAX_US;
  const reason = untradable(engine, healthy, sessionOpen);
  const money = (value: bigint): string => formatScaled(value, account.spec.decimals);
  return {
    healthy,
    tradable: reason === '',
    reason,
    tradingState: present(TRADING_STATES[book.tradingState], 'state'),
    time: formatUtc(engine.now),
    loopAgeMs: Math.round(engine.loopAgeUs / US_PER_MS),
    quotes: engine.kernel.quotes,
    account: {
      currency: identity.currency,
      balance: money(account.balance),
      equity: money(account.equity),
      unrealized: money(account.unrealized),
      realized: money(account.realized),
      commission: money(account.commission),
      financing: money(account.financing),
      maxDrawdown: money(account.maxDrawdown),
    },
    orders: { open: orders.openCount, inDoubt: book.doubts.size, last: orders.lastHandle },
    instruments: instruments(engine),
    venue: { id: engine.venue.capabilities.id, connected: true, cursor: book.cursor },
    journal: {
      storage: 'memory',
      appended: engine.journal.appended,
      durable: engine.journal.durable,
    },
    idempotency: idempotencyHealth(book.identity),
    configuration: { id: identity.id, hash: identity.configHash },
    version: identity.version,
    restored: engine.restored,
    lastStop: lastStopOf(engine),
  };
}

function lastStopOf(engine: LiveEngine): unknown {
  const { lastStop } = engine;
  if (lastStop === undefined) return null;
  const { clean, reason, time } = lastStop;
  return { clean, reason, time: formatUtc(time as TimeUs) };
}
