import { present } from '../model/assert.ts';
import { formatScaled } from '../model/decimal.ts';
import { TRADING_STATES, TradingState } from '../model/gate.ts';
import { formatPrice, formatQuantity } from '../model/instrument.ts';
import { formatUtc, US_PER_MS, US_PER_SECOND } from '../model/time.ts';
import type { Price, TimeUs } from '../model/units.ts';
import type { LiveEngine } from '../runtime/live-engine.ts';
import { type GateFacts, gatesView, type ShownGate } from './gates-view.ts';
import { idempotencyHealth } from './idempotency-metrics.ts';
import type { Provenance } from './tokens.ts';
import { venueView } from './venue-view.ts';
import { journalView, stateView, timeOrNull } from './views.ts';

/** A loop that has not come round for this long is not healthy. */
const LOOP_AGE_MAX_US = US_PER_SECOND;
/** Breaks that are named; more are counted. */
const BREAKS_MAX = 20;

/** What the engine is, beside what it does. */
export interface Identity {
  readonly version: string;
  readonly id: string;
  readonly configHash: string;
  readonly currency: string;
  /** Name of the slippage model. */
  readonly slippage: string;
  readonly gates: readonly ShownGate[];
  /** Names of the strategies, and hashes of their modules, by index. */
  readonly strategies: readonly string[];
  readonly strategySources: readonly string[];
  readonly dataVersion: string;
  readonly timeZoneVersion: string;
}

/** What the host knows beside the engine. */
export interface HostFacts {
  /** Is any traded instrument in its session? */
  readonly sessionOpen: boolean;
  /** Orders that the venue refused, and denials by gate, since the start. */
  readonly rejects: number;
  readonly denials: GateFacts['denials'];
  readonly tokens: { readonly read: Provenance; readonly control: Provenance };
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
  if (!engine.started) return 'starting';
  const { tradingState, board, reconciliation, stops, doubts } = engine.kernel.book;
  if (stops.closing) return 'stopping';
  if (engine.ended) return 'market_ended';
  // Outside a session nothing else matters: not to trade is then no fault (X31).
  if (!sessionOpen) return 'market_closed';
  if (tradingState !== TradingState.active) return present(TRADING_STATES[tradingState], 'state');
  if (doubts.closedSince !== undefined) return 'venue_lost';
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
      quoteAgeMs: quoted ? ageMs(book.market.age(now, book.board.time[k] ?? 0), 0) : null,
      position: formatQuantity(instrument, position.quantity),
    };
  });
}

function ageMs(now: number, then: number): number {
  return Math.max(0, Math.round((now - then) / US_PER_MS));
}

export function healthOf(engine: LiveEngine, identity: Identity, facts: HostFacts): Health {
  const { book } = engine.kernel;
  const { account, orders, reconciliation } = book;
  const { sessionOpen, rejects, tokens } = facts;
  const healthy = engine.loopAgeUs < LOOP_AGE_MAX_US;
  const reason = untradable(engine, healthy, sessionOpen);
  const money = (value: bigint): string => formatScaled(value, account.spec.decimals);
  const [, quoteTime = 0] = book.clock;
  const state = stateView(engine);
  const { recovery, ...journal } = journalView(engine);
  return {
    healthy,
    tradable: reason === '',
    reason,
    tradingState: state.tradingState,
    state,
    started: engine.started,
    time: formatUtc(engine.now),
    sessionOpen,
    loopAgeMs: Math.round(engine.loopAgeUs / US_PER_MS),
    quotes: engine.kernel.quotes,
    dataAgeMs: quoteTime === 0 ? null : ageMs(engine.now, quoteTime),
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
    orders: { open: orders.openCount, inDoubt: book.doubts.size, last: orders.lastHandle, rejects },
    positionsOpen: account.positions.filter(({ quantity }) => quantity !== 0).length,
    instruments: instruments(engine),
    venue: venueView(engine),
    stream: {
      ended: engine.ended,
      lastQuote: timeOrNull(quoteTime as TimeUs),
      quoted: book.instruments.filter((_, k) => book.board.has(k)).length,
    },
    journal,
    recovery,
    reconciliation: {
      armed: reconciliation.armed,
      held: reconciliation.held,
      breaks: reconciliation.seen.length,
      seen: reconciliation.seen.slice(0, BREAKS_MAX),
      attempts: reconciliation.attempts,
    },
    ...gatesView(engine, { ...identity, denials: facts.denials }),
    idempotency: idempotencyHealth(book.identity),
    slippage: identity.slippage,
    configuration: {
      id: identity.id,
      hash: identity.configHash,
      data: identity.dataVersion,
      strategies: identity.strategySources,
      timeZones: identity.timeZoneVersion,
    },
    version: identity.version,
    tokens,
    lastStop: lastStopOf(engine),
  };
}

function lastStopOf(engine: LiveEngine): unknown {
  const { lastStop } = engine;
  if (lastStop === undefined) return null;
  const { clean, reason, time } = lastStop;
  return { clean, reason, time: formatUtc(time as TimeUs) };
}
