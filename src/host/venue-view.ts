import { Gauge, type Registry } from '@prometheus-io/client';
import { US_PER_MS, US_PER_SECOND } from '../model/time.ts';
import { NO_TIME, type TimeUs } from '../model/units.ts';
import type { LiveEngine } from '../runtime/live-engine.ts';
import type { VenueStatus } from '../venues/venue-adapter.ts';
import { timeOrNull } from './views.ts';

/** Which venue, which account there, and how the way to it is. */
export function venueView(engine: LiveEngine) {
  const { binding, doubts, cursor } = engine.kernel.book;
  const { venueStatus: status } = engine;
  return {
    id: engine.venue.capabilities.id,
    environment: binding?.environment ?? null,
    account: binding?.account ?? null,
    connected: doubts.closedSince === undefined,
    lostSince: timeOrNull(doubts.closedSince ?? NO_TIME),
    cursor,
    adapter: status === undefined ? null : adapterView(engine, status),
  };
}

function adapterView(engine: LiveEngine, status: Readonly<VenueStatus>) {
  const { conflated, stale } = engine.quotesLeftOut;
  const age = (at: TimeUs): number | null =>
    at === NO_TIME ? null : Math.max(0, Math.round((engine.now - at) / US_PER_MS));
  return {
    phase: status.phase,
    problem: status.problem,
    transactions: { state: status.transactions, heartbeatAgeMs: age(status.transactionHeartbeat) },
    prices: { state: status.prices, heartbeatAgeMs: age(status.priceHeartbeat) },
    reconnects: status.reconnects,
    clockOffsetMs:
      status.clockOffsetUs === undefined ? null : Math.round(status.clockOffsetUs / US_PER_MS),
    latencyMs: {
      p50: percentileMs(status.latenciesUs, 0.5),
      p99: percentileMs(status.latenciesUs, 0.99),
    },
    outstanding: status.outstanding,
    log: { told: status.told, heard: status.heard, duplicates: status.duplicates },
    malformed: status.malformed,
    rateLimited: status.rateLimited,
    quotes: { told: status.pricesTold, odd: status.pricesOdd, conflated, stale },
  };
}

/** Of the last requests; `null` before the first. */
function percentileMs(samples: readonly number[], share: number): number | null {
  const sorted = samples.toSorted((a, b) => a - b);
  const at = Math.min(sorted.length - 1, Math.floor(sorted.length * share));
  const value = sorted[at];
  return value === undefined ? null : Math.round(value / 10) / 100;
}

/** Figures of the way to a broker; an engine whose venue is in the process has none. */
export function registerVenueGauges(registry: Registry, engine: LiveEngine): void {
  if (engine.venueStatus === undefined) return;
  const gauge = (name: string, help: string, read: (status: VenueStatus) => number): void => {
    new Gauge({
      name,
      help,
      registers: [registry],
      collect() {
        const { venueStatus } = engine;
        if (venueStatus !== undefined) this.set(read(venueStatus));
      },
    });
  };
  gauge('engine_venue_stream_live', '1 while orders and both streams are open.', (status) =>
    Number(status.phase === 'open' && status.transactions === 'live' && status.prices === 'live'),
  );
  gauge('engine_venue_reconnects', 'Streams opened anew since the start.', (s) => s.reconnects);
  gauge(
    'engine_venue_clock_offset_seconds',
    "The venue's clock less ours; NaN before it was measured.",
    (status) => (status.clockOffsetUs ?? Number.NaN) / US_PER_SECOND,
  );
  gauge(
    'engine_venue_latency_p50_seconds',
    'Median time from send to answer, of the last requests.',
    (status) => (percentileMs(status.latenciesUs, 0.5) ?? 0) / 1000,
  );
  gauge(
    'engine_venue_latency_p99_seconds',
    'Its 99th percentile.',
    (status) => (percentileMs(status.latenciesUs, 0.99) ?? 0) / 1000,
  );
  gauge('engine_venue_outstanding', 'Orders without an answer.', (s) => s.outstanding);
  gauge(
    'engine_venue_malformed',
    'Answers and lines that were not what the API says.',
    (s) => s.malformed,
  );
  gauge(
    'engine_venue_rate_limited',
    'Requests not sent, for the rate limit.',
    (s) => s.rateLimited,
  );
  gauge(
    'engine_quotes_conflated',
    'Quotes that gave way to later ones before the journal.',
    () => engine.quotesLeftOut.conflated,
  );
  gauge(
    'engine_quotes_stale',
    'Quotes left out: too old, overtaken, or of a time that has not come.',
    () => engine.quotesLeftOut.stale,
  );
}
