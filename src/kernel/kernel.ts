import { assert, unreachable } from '../model/assert.ts';
import type { FieldIo, Walkable } from '../model/codec.ts';
import type { Control } from '../model/control.ts';
import type { OrderResolution } from '../model/doubt.ts';
import { TradingState } from '../model/gate.ts';
import { clientOrderId } from '../model/ids.ts';
import {
  type AppliedInput,
  InputKind,
  STRATEGY_RESETS,
  type StrategiesReset,
  StrategyReset,
} from '../model/inputs.ts';
import { type KernelRecord, RecordKind } from '../model/records.ts';
import type { OrderHandle, TimeUs } from '../model/units.ts';
import type { OrderSend } from '../model/venue.ts';
import { Book } from './book.ts';
import type { KernelConfig } from './config.ts';
import type { Effect } from './effects.ts';
import { GatePipeline } from './gates/pipeline.ts';
import { Alarms } from './orders/alarms.ts';
import { DoubtDesk, type ResolutionRefusal } from './orders/doubt-desk.ts';
import { ExitDesk } from './orders/exit-desk.ts';
import { ExitJobDesk } from './orders/exit-job-desk.ts';
import { withdrawal } from './orders/last-check.ts';
import { OrderDesk } from './orders/order-desk.ts';
import { VenueDesk } from './orders/venue-desk.ts';
import { WorkingExits } from './orders/working-exits.ts';
import { ReconciliationDesk } from './reconciliation/desk.ts';
import { Recorder, type RecordSink } from './recorder.ts';
import { RiskDesk } from './risk/risk-desk.ts';
import { FlattenDesk } from './stopping/flatten-desk.ts';
import { type ControlRefusal, KillSwitch } from './stopping/kill-switch.ts';
import { type DueCause, StopCauses } from './stopping/stop-causes.ts';
import { StrategyHost } from './strategy/host.ts';

/** Why a strategy is not enabled again. */
export type EnableRefusal = 'strategy_unknown' | 'strategy_not_stopped';

/**
 * The deterministic engine. Inputs go in one at a time, numbered and timed by the sequencer;
 * records come out through the sink and effects wait in `effects`. No clock, no randomness, no
 * I/O: the same inputs give the same records, to the byte, in backtest, live and replay.
 */
export class Kernel implements Walkable {
  readonly book: Book;
  readonly host: StrategyHost;
  readonly runsStrategies: boolean = true;
  readonly config: KernelConfig;
  readonly #recorder: Recorder;
  readonly #orderDesk: OrderDesk;
  readonly #venueDesk: VenueDesk;
  readonly #exitDesk: ExitDesk;
  readonly #exitJobs: ExitJobDesk;
  readonly #workingExits: WorkingExits;
  readonly #doubtDesk: DoubtDesk;
  readonly #reconciliationDesk: ReconciliationDesk;
  readonly #riskDesk: RiskDesk;
  readonly #causes: StopCauses;
  readonly #flattenDesk: FlattenDesk;
  readonly #killSwitch: KillSwitch;

  /** `runsStrategies` off: positions and orders are managed, and nobody decides anew (X3). */
  constructor(config: KernelConfig, sink: RecordSink, runsStrategies = true) {
    this.config = config;
    this.book = new Book(config);
    this.#recorder = new Recorder(this.book, sink);
    const gates = new GatePipeline(config.gates);
    this.#orderDesk = new OrderDesk(this.book, this.#recorder, gates, config.venue);
    this.runsStrategies = runsStrategies;
    const hosted = runsStrategies ? config : { ...config, strategies: [] };
    this.host = new StrategyHost(hosted, this.book, this.#orderDesk, this.book.clock);
    const { venue } = config;
    const alarms = new Alarms(this.book, this.#recorder);
    this.#riskDesk = new RiskDesk(this.book, this.#recorder, alarms, config.gates);
    const { book, host } = this;
    this.#exitDesk = new ExitDesk(book, this.#recorder, this.#orderDesk, config);
    this.#exitJobs = new ExitJobDesk(book, this.#recorder, this.#orderDesk, config);
    this.#workingExits = new WorkingExits(book, this.#orderDesk, venue);
    this.#venueDesk = new VenueDesk(book, this.#recorder, host, venue, alarms, this.#exitDesk);
    this.#doubtDesk = new DoubtDesk(this.book, this.#recorder, venue, this.#venueDesk);
    this.#reconciliationDesk = new ReconciliationDesk(
      this.book,
      this.#recorder,
      venue,
      this.#venueDesk,
      this.#doubtDesk,
      alarms,
    );
    this.#causes = new StopCauses(this.book, config.calendars, config.stops);
    this.#flattenDesk = new FlattenDesk(
      this.book,
      this.#recorder,
      this.#causes,
      config,
      this.#orderDesk,
      this.#reconciliationDesk,
    );
    this.#killSwitch = new KillSwitch(
      this.book,
      this.#recorder,
      venue,
      this.#causes,
      this.#orderDesk,
      this.#flattenDesk,
    );
  }

  /** What the turn wants done outside. The driver empties it when the turn is durable. */
  get effects(): Effect[] {
    return this.#recorder.effects;
  }
  /** Quotes taken since the engine's life began. */
  get quotes(): number {
    return this.book.quotes;
  }
  /** Bars closed. */
  get bars(): number {
    return this.host.barsClosed;
  }

  /** Slot 0: when the next boundary input is due, µs; Infinity when nothing waits. */
  get due(): Float64Array {
    return this.host.due;
  }

  /**
   * Hot path: a quote at the time in force. Prices and sizes are counts. The driver has set
   * `book.seq` and `book.clock`.
   */
  quote(k: number, bid: number, ask: number, bidSize: number, askSize: number): void {
    if (this.book.quote(k, bid, ask, bidSize, askSize)) this.#lossesMoved();
    this.host.quote(k, bid, ask);
  }

  /** A quote whose venue states when it was made (X29): the bars end first that it is past. */
  quoteMade(
    venueTime: number,
    k: number,
    bid: number,
    ask: number,
    bidSize: number,
    askSize: number,
  ): void {
    this.book.market.quoting(venueTime);
    if (this.book.market.isOwn) this.host.closeBarsOf(k);
    this.quote(k, bid, ask, bidSize, askSize);
  }

  /** Losses are looked at; where that stops new risk, entries end in the same turn. */
  #lossesMoved(): void {
    const { tradingState } = this.book;
    this.#riskDesk.look();
    if (this.book.tradingState !== tradingState) this.#killSwitch.act();
  }

  /** Applies any other input at `book.time`: the book takes it, then what follows is decided. */
  apply(input: AppliedInput): void {
    this.#workingExits.note();
    this.book.take(input);
    this.#decide(input);
    this.#riskDesk.look();
    this.#reconciliationDesk.advanced();
    this.#workingExits.settle();
    this.#exitDesk.advanced();
    this.#exitJobs.act();
    this.#killSwitch.act();
    this.#flattenDesk.act();
    this.#planWork();
  }

  /**
   * Applies a journaled input without deciding anything (X1); the records that it led to follow by
   * {@link foldRecord}. Strategies hear nothing of it.
   */
  fold(input: AppliedInput): void {
    this.book.settle();
    this.book.take(input);
  }

  /** Applies a journaled record. */
  foldRecord(record: KernelRecord): void {
    this.book.evolve(record);
  }

  /** The journal is at its end: what is due next is known again. */
  folded(): void {
    this.book.settle();
    this.#planWork();
    this.host.refreshDue();
  }

  #decide(input: AppliedInput): void {
    switch (input.kind) {
      case InputKind.bound:
      case InputKind.closing:
      case InputKind.configured:
      case InputKind.connection:
        return;
      case InputKind.strategiesReset:
        this.#strategiesReset(input);
        return;
      case InputKind.started:
        this.#riskDesk.begin();
        this.host.start();
        this.host.refreshDue();
        return;
      case InputKind.boundary:
        this.#boundary();
        return;
      case InputKind.dispatched:
        this.#venueDesk.dispatched(input);
        return;
      case InputKind.report:
        this.#venueDesk.report(input.report);
        return;
      case InputKind.fill:
        this.#venueDesk.fill(input.fill);
        return;
      case InputKind.ledger:
        this.#venueDesk.ledger(input.ledger);
        return;
      case InputKind.command:
        this.#setTradingState(input.tradingState, input.by, input.reason);
        return;
      case InputKind.gap:
        this.host.gap(input.from, input.to);
        return;
      case InputKind.resumed:
        this.host.resume();
        return;
      case InputKind.stopped:
        this.#sampleEquity();
        this.host.stop();
        return;
      case InputKind.venueClock:
        this.#venueClock();
        return;
      case InputKind.clockJump:
        this.#killSwitch.clockJumped(input.fromTime, input.toTime);
        return;
      case InputKind.recovered:
        this.#doubtDesk.recovered();
        return;
      case InputKind.lookUpAnswer:
        this.#doubtDesk.lookUpAnswer(input.answer);
        return;
      case InputKind.logRead:
        this.#doubtDesk.logRead(input.logRead);
        return;
      case InputKind.snapshot:
        this.#reconciliationDesk.snapshot(input.snapshot);
        return;
      case InputKind.opening:
        this.#reconciliationDesk.opening(input.opening);
        return;
      case InputKind.enableStrategy:
        this.#riskDesk.enabled(input.strategy, input.by, input.reason);
        return;
      case InputKind.resolveOrder:
        this.#doubtDesk.resolve(input.resolution);
        return;
      case InputKind.control:
        this.#killSwitch.control(input.control);
        return;
      default:
        unreachable(input);
    }
  }

  #venueClock(): void {
    const { market } = this.book;
    if (market.wentBack) {
      this.host.dropBars();
      const text = 'the market was ahead of the venue’s clock: its open bars were dropped';
      this.#recorder.warn('market_time_back', text);
    }
    this.host.closeBars(market.time);
  }

  /** What the engine itself has to do at a time: questions to the venue that are due. */
  #planWork(): void {
    const { doubts, reconciliation, exits } = this.book;
    const asks = Math.min(doubts.due, reconciliation.nextAt, exits.due, this.#riskDesk.due);
    const due = Math.min(asks, this.#exitJobs.due, this.#killSwitch.due, this.#flattenDesk.due);
    if (due !== this.host.workDue) this.host.planWork(due);
  }

  /** Timers and calendar boundaries first, then the ends of bars (order of things at one time). */
  #boundary(): void {
    const now = this.book.time;
    if (this.host.workDue <= now) {
      this.#doubtDesk.act(now);
      this.#reconciliationDesk.act(now);
      this.#exitDesk.act(now);
      this.#riskDesk.begin();
    }
    this.host.fireTimers(now);
    if (this.book.sampling.wanted) {
      this.#sampleEquity();
      this.#riskDesk.sample();
    }
    this.host.closeBars(this.book.market.time);
  }

  /** Records the account as it stands; nothing while a position has no price or rate. */
  #sampleEquity(): void {
    const { account } = this.book;
    const marginUsed = account.marginUsed();
    if (marginUsed === undefined) return;
    this.#recorder.emit({
      kind: RecordKind.equityMark,
      balance: account.balance,
      unrealized: account.unrealized,
      marginUsed,
      peak: account.peak,
      maxDrawdown: account.maxDrawdown,
    });
  }

  #setTradingState(to: TradingState, by: string, reason: string): void {
    const from = this.book.tradingState;
    if (from === to) return;
    this.#recorder.emit({ kind: RecordKind.tradingState, from, to, by, reason });
  }

  /** Strategies that know nothing of their positions take no new risk until somebody says so. */
  #strategiesReset({ reset, by, reason }: StrategiesReset): void {
    const text = `strategies ${STRATEGY_RESETS[reset]}, accepted by ${by}: ${reason}`;
    this.#recorder.warn('strategies_reset', text);
    if (reset !== StrategyReset.fresh || this.book.tradingState !== TradingState.active) return;
    this.#setTradingState(TradingState.exitOnly, by, reason);
  }

  /**
   * The outbox's last check, in the turn in which it writes to the socket (X8): why the submit may
   * no longer go, or `undefined`.
   */
  withdrawal(handle: OrderHandle, now: TimeUs): string | undefined {
    return withdrawal(this.book, this.config, handle, now);
  }

  /** Why an operator's word on an order in doubt would not be taken, or `undefined`. */
  resolutionRefusal(resolution: OrderResolution): ResolutionRefusal | undefined {
    return this.#doubtDesk.refusal(resolution);
  }

  /** Why an operator's control would not be taken, or `undefined`. */
  controlRefusal(control: Control): ControlRefusal | undefined {
    return this.#killSwitch.refusal(control);
  }

  /** Why a strategy would not be enabled again, or `undefined`. */
  enableRefusal(strategy: number): EnableRefusal | undefined {
    if (this.config.strategies[strategy] === undefined) return 'strategy_unknown';
    const isStopped = this.book.risk.repeats?.isStopped(strategy) ?? false;
    return isStopped ? undefined : 'strategy_not_stopped';
  }

  /** What stands against new risk now: arming is refused while it does. */
  get standingCauses(): readonly DueCause[] {
    return this.#causes.standing();
  }

  /** An order as it goes to the venue. */
  orderSend(handle: OrderHandle): OrderSend {
    const order = this.book.orders.find(handle);
    const boot = this.book.orders.bootOf(handle);
    assert(order !== undefined && boot !== undefined, `order ${handle} and its boot`);
    return {
      order: handle,
      clientOrderId: clientOrderId(this.book.prefix, boot, handle),
      decision: order.decision,
      terms: order.terms,
      stopLossOrder: order.stopLossOrder,
      takeProfitOrder: order.takeProfitOrder,
    };
  }

  walk(io: FieldIo): void {
    this.book.walk(io);
    this.host.walk(io);
    if (io.reading) this.folded();
  }
}
