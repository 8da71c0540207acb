import { Counter, Gauge, Registry } from '@prometheus-io/client';
import type { RecordSink } from '../kernel/recorder.ts';
import { present } from '../model/assert.ts';
import { formatScaled } from '../model/decimal.ts';
import {
  DENY_REASONS,
  GATE_NAMES,
  GATE_REASONS,
  type GateName,
  TRADING_STATES,
} from '../model/gate.ts';
import { ORDER_STATES, OrderState } from '../model/order.ts';
import { ALERT_SEVERITIES, type KernelRecord, RecordKind } from '../model/records.ts';
import { US_PER_SECOND } from '../model/time.ts';
import type { JournalUpkeep } from '../runtime/journal-keeper.ts';
import type { LiveEngine } from '../runtime/live-engine.ts';
import { registerIdempotency } from './idempotency-metrics.ts';

const ENDS: readonly OrderState[] = [
  OrderState.withdrawn,
  OrderState.cancelled,
  OrderState.expired,
  OrderState.rejected,
  OrderState.notPlaced,
];

/** What the records say, counted as they are made. Every series exists at zero from the start. */
export class RecordMetrics implements RecordSink {
  readonly registry = new Registry();
  readonly #decisions = this.#counter('engine_decisions_total', 'Decisions of strategies.');
  readonly #intents = this.#counter('engine_orders_total', 'Orders with an intent.');
  readonly #fills = this.#counter('engine_fills_total', 'Fills booked.');
  readonly #trades = this.#counter('engine_trades_closed_total', 'Closing slices booked.');
  readonly #rejects = this.#counter(
    'engine_order_rejects_total',
    'Orders that the venue refused or rejected.',
  );
  readonly #ended = new Counter({
    name: 'engine_orders_ended_total',
    help: 'Orders that ended without a full fill, by final state.',
    labelNames: ['state'],
    registers: [this.registry],
  });
  readonly #denials = new Counter({
    name: 'engine_risk_blocks_total',
    help: 'Orders, or their entry part, that a gate denied, by gate and reason.',
    labelNames: ['gate', 'reason'],
    registers: [this.registry],
  });
  readonly #shadows = new Counter({
    name: 'engine_risk_shadow_blocks_total',
    help: 'Orders that a gate in shadow mode would have denied, by gate.',
    labelNames: ['gate'],
    registers: [this.registry],
  });
  readonly #alerts = new Counter({
    name: 'engine_alerts_total',
    help: 'Alerts raised, by severity.',
    labelNames: ['severity'],
    registers: [this.registry],
  });

  /** Orders that the venue refused or rejected. */
  rejects = 0;
  readonly #denied = new Map<GateName, number>();

  /** Orders, or their entry part, that the gate denied. */
  denials(gate: GateName): number {
    return this.#denied.get(gate) ?? 0;
  }

  constructor() {
    for (const state of ENDS) this.#ended.inc({ state: ORDER_STATES[state] ?? '' }, 0);
    for (const gate of GATE_NAMES) {
      for (const reason of GATE_REASONS[gate]) this.#denials.inc({ gate, reason }, 0);
      this.#shadows.inc({ gate }, 0);
    }
    for (const severity of ALERT_SEVERITIES) this.#alerts.inc({ severity }, 0);
  }

  #counter(name: string, help: string): Counter {
    return new Counter({ name, help, registers: [this.registry] });
  }

  record(record: KernelRecord): void {
    switch (record.kind) {
      case RecordKind.decision:
        this.#decisions.inc();
        return;
      case RecordKind.intent:
        this.#intents.inc();
        return;
      case RecordKind.fillBooked:
        this.#fills.inc();
        return;
      case RecordKind.tradeClosed:
        this.#trades.inc();
        return;
      case RecordKind.denial: {
        const gate = present(GATE_NAMES[record.gate], 'gate');
        if (record.shadow) {
          this.#shadows.inc({ gate });
          return;
        }
        this.#denials.inc({ gate, reason: present(DENY_REASONS[record.reason], 'reason') });
        this.#denied.set(gate, this.denials(gate) + 1);
        return;
      }
      case RecordKind.orderMoved:
        this.#moved(record.from, record.to);
        return;
      case RecordKind.alert:
        this.#alerts.inc({ severity: present(ALERT_SEVERITIES[record.severity], 'severity') });
        return;
    }
  }

  #moved(from: OrderState, to: OrderState): void {
    if (from === to || !ENDS.includes(to)) return;
    this.#ended.inc({ state: present(ORDER_STATES[to], 'state') });
    if (to !== OrderState.rejected) return;
    this.#rejects.inc();
    this.rejects += 1;
  }
}

type GaugeMaker = (name: string, help: string, read: () => number) => void;

/** What stands of the journal, and how its upkeep goes. */
function registerJournal(gauge: GaugeMaker, engine: LiveEngine): void {
  const of = (read: (upkeep: JournalUpkeep) => number) => (): number => read(engine.upkeep);
  gauge(
    'engine_journal_segments',
    'Segments beside the archive.',
    of(({ segments }) => segments),
  );
  gauge(
    'engine_journal_bytes',
    'Bytes of their files.',
    of(({ bytes }) => bytes),
  );
  gauge(
    'engine_journal_archived_segments',
    'Segments in the archive.',
    of(({ archivedSegments }) => archivedSegments),
  );
  gauge(
    'engine_journal_archived_bytes',
    'Bytes of their files.',
    of(({ archivedBytes }) => archivedBytes),
  );
  gauge(
    'engine_journal_segments_without_market_data',
    'Segments whose market data was dropped.',
    of(({ withoutMarketData }) => withoutMarketData),
  );
  gauge(
    'engine_journal_upkeep_failures',
    'Attempts at packing, archiving or dropping that failed since the start.',
    of(({ failures }) => failures),
  );
  gauge(
    'engine_journal_upkeep_failing',
    '1 from a failure of these until what is due has been done.',
    of(({ problem }) => Number(problem !== '')),
  );
}

/** Figures that are read from the engine when they are asked for. */
export function registerGauges(registry: Registry, engine: LiveEngine, currency: string): void {
  const { account, orders } = engine.kernel.book;
  const { decimals } = account.spec;
  const gauge: GaugeMaker = (name, help, read) => {
    new Gauge({
      name,
      help,
      registers: [registry],
      collect() {
        this.set(read());
      },
    });
  };
  const money = (value: bigint): number => Number(formatScaled(value, decimals));
  gauge('engine_quotes_processed', 'Quotes taken in the life of this engine.', () =>
    Math.max(0, engine.kernel.quotes),
  );
  gauge('engine_account_balance', `Balance in ${currency}.`, () => money(account.balance));
  gauge('engine_account_equity', `Balance and unrealised profit in ${currency}.`, () =>
    money(account.equity),
  );
  gauge('engine_max_drawdown', `Largest fall of equity from its peak in ${currency}.`, () =>
    money(account.maxDrawdown),
  );
  gauge('engine_orders_open', 'Orders that are open.', () => orders.openCount);
  gauge(
    'engine_positions_open',
    'Instruments with a position.',
    () => account.positions.filter((position) => position.quantity !== 0).length,
  );
  gauge('engine_trading_state', `${TRADING_STATES.join(', ')}: 0, 1, 2.`, () =>
    Number(engine.kernel.book.tradingState),
  );
  registerIdempotency(registry, () => engine.kernel.book.identity);
  gauge('engine_journal_frames', 'Frames appended to the journal.', () => engine.journal.appended);
  gauge(
    'engine_journal_lag_frames',
    'Frames that are not durable yet.',
    () => engine.journal.appended - engine.journal.durable,
  );
  gauge('engine_journal_in_reserve', '1 while the disk has no room for another segment.', () =>
    Number(engine.inReserve),
  );
  registerJournal(gauge, engine);
  gauge('engine_orders_in_doubt', 'Orders in doubt.', () => engine.kernel.book.doubts.size);
  gauge('engine_venue_connected', '1 while the venue is connected.', () =>
    Number(engine.kernel.book.doubts.closedSince === undefined),
  );
  gauge(
    'engine_flatten_jobs',
    'Positions that are being closed.',
    () => engine.kernel.book.stops.jobs.length,
  );
  gauge(
    'engine_loop_age_seconds',
    'Time since the trading loop last came round.',
    () => engine.loopAgeUs / US_PER_SECOND,
  );
}
