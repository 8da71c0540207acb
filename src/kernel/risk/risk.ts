import type { CalendarTable } from '../../market/calendar.ts';
import type { QuoteBoard } from '../../market/quote-board.ts';
import type { FieldIo, Walkable } from '../../model/codec.ts';
import { TradingState } from '../../model/gate.ts';
import { type AppliedInput, InputKind } from '../../model/inputs.ts';
import type { Instrument } from '../../model/instrument.ts';
import { type FillBookedRecord, type KernelRecord, RecordKind } from '../../model/records.ts';
import { RAILS } from '../../model/risk.ts';
import type { InstrumentIndex, Money, TimeUs } from '../../model/units.ts';
import { LedgerKind } from '../../model/venue.ts';
import { type SlippageModel, zeroSlippage } from '../../slippage/model.ts';
import type { Account } from '../account/account.ts';
import { Exposure } from '../exposure/exposure.ts';
import type { Reservations } from '../exposure/reservations.ts';
import type { OrderStore } from '../orders/order-store.ts';
import { DenialAlerts } from './denial-alerts.ts';
import { LosingStreaks, type StreakSpec } from './losing-streaks.ts';
import { Marks } from './marks.ts';
import { MessageCounts, type MessageSpec } from './message-counts.ts';
import { OpenHours } from './open-hours.ts';
import { type RailSpec, Rails } from './rails.ts';
import { type RepeatSpec, Repeats } from './repeats.ts';

/** What the risk gates have to remember; what no gate asks for is left out. */
export interface RiskSpec {
  readonly messages: MessageSpec | undefined;
  readonly repeats: RepeatSpec | undefined;
  readonly streaks: StreakSpec | undefined;
  readonly rails: RailSpec | undefined;
  /** Expected distance of a fill from its price, for what is reserved (X17). */
  readonly profile: SlippageModel;
}

/** Nothing is remembered, and fills are expected at their prices. */
export const NO_RISK_STATE: RiskSpec = {
  messages: undefined,
  repeats: undefined,
  streaks: undefined,
  rails: undefined,
  profile: zeroSlippage,
};

/** What the risk state is made from. */
export interface RiskParts {
  readonly instruments: readonly Instrument[];
  readonly calendars: readonly CalendarTable[];
  readonly strategies: readonly unknown[];
  readonly risk: RiskSpec;
}

/** The book's part that the risk gates judge by. It changes by inputs and records alone (X1). */
export class Risk implements Walkable {
  readonly exposure: Exposure;
  readonly profile: SlippageModel;
  readonly hours: OpenHours;
  readonly messages: MessageCounts | undefined;
  readonly repeats: Repeats | undefined;
  readonly streaks: LosingStreaks | undefined;
  readonly rails: Rails | undefined;
  readonly denialAlerts = new DenialAlerts();
  readonly #account: Account;
  /** Of the configuration in force. */
  configHash = '';

  constructor(parts: RiskParts, account: Account, reservations: Reservations, board: QuoteBoard) {
    const { instruments, calendars, risk: spec } = parts;
    const strategies = parts.strategies.length;
    this.#account = account;
    this.profile = spec.profile;
    this.exposure = new Exposure(instruments, account, reservations, board);
    this.hours = new OpenHours(calendars);
    if (spec.messages !== undefined) {
      this.messages = new MessageCounts(spec.messages, instruments.length);
    }
    if (spec.repeats !== undefined) this.repeats = new Repeats(spec.repeats, strategies);
    if (spec.streaks !== undefined) {
      this.streaks = new LosingStreaks(spec.streaks, strategies, instruments.length);
    }
    if (spec.rails === undefined) return;
    const marks = new Marks(spec.rails.marks, account, board, this.hours);
    this.rails = new Rails(spec.rails, account, marks);
  }

  /** Gates are about to look: what was looked up before is forgotten. */
  begin(): void {
    this.exposure.begin();
    this.rails?.marks.begin();
  }

  take(input: AppliedInput): void {
    if (input.kind === InputKind.configured) this.configHash = input.configHash;
    if (input.kind === InputKind.enableStrategy) this.repeats?.enable(input.strategy);
  }

  /** Follows a record that the rest of the book has applied. */
  follow(record: KernelRecord, time: TimeUs, orders: OrderStore): void {
    switch (record.kind) {
      case RecordKind.intent:
      case RecordKind.cancelIntent:
      case RecordKind.replaceIntent:
        this.messages?.sent(record.decision.instrument, time);
        return;
      case RecordKind.fillBooked:
        this.#filled(record, time, orders.find(record.fill.order)?.decision.strategy ?? 0);
        return;
      case RecordKind.ledgerBooked: {
        const { fact, amount } = record.ledger;
        if (fact === LedgerKind.transfer) this.rails?.transferred(Number(amount));
        this.rails?.booked(time);
        return;
      }
      case RecordKind.denial:
        this.denialAlerts.denied(record.gate, time);
        return;
      case RecordKind.riskDay:
        this.rails?.dayBegun(record.day, Number(record.balance), Number(record.equity));
        return;
      case RecordKind.railTripped:
        this.rails?.tripped(RAILS[record.rail] ?? 'daily_loss');
        return;
      case RecordKind.overridden:
        if (record.override.newPeak) this.rails?.newPeak();
        return;
      case RecordKind.tradingState:
        if (record.to === TradingState.active) this.rails?.rearm();
        return;
      default:
        return;
    }
  }

  #filled({ fill }: FillBookedRecord, time: TimeUs, strategy: number): void {
    const { instrument, side, quantity } = fill;
    this.repeats?.filled(strategy, side, time);
    if (this.streaks !== undefined) {
      const after = this.#heldOf(instrument);
      const before = after - side * quantity;
      const result = (fill.realized - fill.commission) as Money;
      this.streaks.filled({ strategy, instrument, result, before, after, time });
    }
    this.rails?.booked(time);
  }

  #heldOf(k: InstrumentIndex): number {
    return this.#account.positions[k]?.quantity ?? 0;
  }

  walk(io: FieldIo): void {
    this.configHash = io.text('configHash', this.configHash);
    this.denialAlerts.walk(io);
    this.messages?.walk(io);
    this.repeats?.walk(io);
    this.streaks?.walk(io);
    this.rails?.walk(io);
  }
}
