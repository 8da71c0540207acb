import { unreachable } from '../../model/assert.ts';
import { type Control, ControlAction, causeBits, type StopCause } from '../../model/control.ts';
import { TRADING_STATES, TradingState } from '../../model/gate.ts';
import { OrderFlag, OrderRole, OrderType, type Side } from '../../model/order.ts';
import { AlertSeverity, RecordKind } from '../../model/records.ts';
import { US_PER_DAY } from '../../model/time.ts';
import { NO_TIME, type Quantity, type TimeUs } from '../../model/units.ts';
import type { VenueCapabilities } from '../../model/venue.ts';
import type { Book } from '../book.ts';
import type { Order } from '../orders/order.ts';
import type { OrderDesk } from '../orders/order-desk.ts';
import type { Recorder } from '../recorder.ts';
import { cancelDue } from './cancel-due.ts';
import type { FlattenDesk } from './flatten-desk.ts';
import type { StopCauses } from './stop-causes.ts';

const NEVER = Number.POSITIVE_INFINITY;
/** An override ends: what it passes over is not forgotten. */
export const OVERRIDE_MAX_US = US_PER_DAY;

/** Why an operator's control is not taken. */
export interface ControlRefusal {
  readonly refusal:
    | 'name_or_reason_missing'
    | 'kill_leads_to_active'
    | 'cause_persists'
    | 'new_peak_needed'
    | 'no_drawdown'
    | 'mark_uncertain'
    | 'nothing_to_adopt'
    | 'override_not_ahead'
    | 'override_too_long';
  /** Causes that persist and are not overridden. */
  readonly causes: readonly StopCause[];
}

function refuse(
  refusal: ControlRefusal['refusal'],
  causes: readonly StopCause[] = [],
): ControlRefusal {
  return { refusal, causes };
}

/** Replaces are unanswered: what the order will be is not known. */
const REPLACING = OrderFlag.replacePending | OrderFlag.replaceInDoubt;

/**
 * The kill switch (X21): operators and causes that last lead to `exit_only` or `halted`; there
 * what could still open risk is cancelled; an operator arms again, not against what persists.
 */
export class KillSwitch {
  readonly #book: Book;
  readonly #recorder: Recorder;
  readonly #venue: VenueCapabilities;
  readonly #causes: StopCauses;
  readonly #orders: OrderDesk;
  readonly #flatten: FlattenDesk;

  constructor(
    book: Book,
    recorder: Recorder,
    venue: VenueCapabilities,
    causes: StopCauses,
    orders: OrderDesk,
    flatten: FlattenDesk,
  ) {
    this.#orders = orders;
    this.#book = book;
    this.#recorder = recorder;
    this.#venue = venue;
    this.#causes = causes;
    this.#flatten = flatten;
  }

  /** Why the control would not be taken now, or `undefined`. */
  refusal(control: Control): ControlRefusal | undefined {
    const { action, by, reason, tradingState, overrideUntil } = control;
    const { time } = this.#book;
    if (by === '' || reason === '') return refuse('name_or_reason_missing');
    if (action === ControlAction.kill && tradingState === TradingState.active) {
      return refuse('kill_leads_to_active');
    }
    const { found } = this.#book.beginning;
    if (action === ControlAction.adopt && found === '') return refuse('nothing_to_adopt');
    if (action !== ControlAction.resume) return undefined;
    const peak = this.#peakRefusal(control);
    if (peak !== undefined) return peak;
    if (overrideUntil !== NO_TIME) {
      if (overrideUntil <= time) return refuse('override_not_ahead');
      return overrideUntil - time > OVERRIDE_MAX_US ? refuse('override_too_long') : undefined;
    }
    const causes = this.#standing(control);
    return causes.length === 0 ? undefined : refuse('cause_persists', causes);
  }

  /** After a drawdown a new peak is set, by name; nothing else passes over it, nor for a time. */
  #peakRefusal({ newPeak }: Control): ControlRefusal | undefined {
    const { rails } = this.#book.risk;
    if (!newPeak) return rails?.isDrawnDown ? refuse('new_peak_needed') : undefined;
    if (rails === undefined || !rails.isDrawnDown) return refuse('no_drawdown');
    // A peak from a mark that says nothing would be none.
    return rails.marks.uncertain(this.#book.time) === -1 ? undefined : refuse('mark_uncertain');
  }

  /** What persists in the kernel, and, as the driver says, outside of it. */
  #standing({ outside, newPeak }: Control): readonly StopCause[] {
    const standing = this.#causes.standing().map(({ cause }) => cause);
    const causes = newPeak ? standing.filter((cause) => cause !== 'run_drawdown') : standing;
    return outside === '' ? causes : [...causes, 'outside'];
  }

  control(control: Control): void {
    const { action, tradingState, flatten, by, reason } = control;
    const refused = this.refusal(control);
    if (refused !== undefined) {
      const text = `${by}: ${refused.refusal} ${refused.causes.join(' ')}`.trim();
      this.#recorder.alert(AlertSeverity.info, 'control_refused', text);
      return;
    }
    switch (action) {
      case ControlAction.kill:
        this.#stop(tradingState, by, reason);
        if (flatten) this.#flatten.begin(by, reason);
        return;
      case ControlAction.flatten:
        this.#stop(TradingState.exitOnly, by, reason);
        this.#flatten.begin(by, reason);
        return;
      case ControlAction.adopt:
        this.#recorder.warn('adopted', `${this.#book.beginning.found}, by ${by}: ${reason}`);
        this.#recorder.emit({ kind: RecordKind.adopted, by, reason });
        return;
      case ControlAction.resume:
        this.#resume(control);
        return;
      default:
        unreachable(action);
    }
  }

  /** A kill only ever tightens: from `halted` to `exit_only` leads an operator's resume. */
  #stop(to: TradingState, by: string, reason: string): void {
    const from = this.#book.tradingState;
    const text = `${TRADING_STATES[to]} by ${by}: ${reason}`;
    this.#recorder.alert(AlertSeverity.critical, 'kill_switch', text);
    if (to <= from) return;
    this.#recorder.emit({ kind: RecordKind.tradingState, from, to, by, reason });
  }

  #resume(control: Control): void {
    const { by, reason, overrideUntil, newPeak } = control;
    const from = this.#book.tradingState;
    const to = TradingState.active;
    const causes = this.#standing(control);
    this.#recorder.warn('armed', `by ${by}: ${reason} ${causes.join(' ')}`.trim());
    if (from !== to) this.#recorder.emit({ kind: RecordKind.tradingState, from, to, by, reason });
    this.#flatten.giveUp(by, reason);
    if (causes.length === 0 && !newPeak) return;
    const until = causes.length === 0 ? NO_TIME : overrideUntil;
    const override = { causes: causeBits(causes), until, newPeak, by, reason };
    this.#recorder.emit({ kind: RecordKind.overridden, override });
  }

  clockJumped(from: TimeUs, to: TimeUs): void {
    const text = `the clock stepped by ${to - from} µs`;
    this.#recorder.warn('clock_jump', text);
    this.#trip(text);
  }

  #trip(text: string): void {
    const from = this.#book.tradingState;
    if (from !== TradingState.active) return;
    const to = TradingState.exitOnly;
    this.#recorder.alert(AlertSeverity.critical, 'kill_switch', `exit_only: ${text}`);
    this.#recorder.emit({ kind: RecordKind.tradingState, from, to, by: 'engine', reason: text });
  }

  /** After an input: what stands trips, and where no new risk may be taken, entries end. */
  act(): void {
    const { tradingState, stops, doubts } = this.#book;
    if (tradingState === TradingState.active) {
      const first = this.#tripping().find(({ from }) => from <= this.#book.time);
      if (first !== undefined) this.#trip(first.text);
    }
    if (this.#book.tradingState === TradingState.active || stops.starting) return;
    if (doubts.closedSince === undefined) this.#endEntries();
  }

  /** What trips when it comes to stand: not what an override passes over. */
  #tripping(): ReturnType<StopCauses['due']> {
    const { stops, time } = this.#book;
    const due = this.#causes.due();
    if (due.length === 0) return due;
    const overridden = stops.overridden(time);
    return due.filter(({ cause }) => !overridden.includes(cause));
  }

  /** When there is something to do if nothing comes before. */
  get due(): number {
    const { tradingState, stops, time } = this.#book;
    if (tradingState === TradingState.active) {
      const due = this.#tripping().map(({ from }) => from);
      const ends = stops.overrideEnds > time ? stops.overrideEnds : NEVER;
      return Math.min(ends, ...due);
    }
    if (stops.starting || this.#book.doubts.closedSince !== undefined) return NEVER;
    let due = NEVER;
    for (const order of this.#ending().keys()) due = Math.min(due, cancelDue(order) ?? NEVER);
    return due;
  }

  #endEntries(): void {
    for (const [order, allowed] of this.#ending()) {
      const due = cancelDue(order);
      if (due === undefined || due > this.#book.time) continue;
      if (allowed === 0) this.#orders.insistOnCancel(order.handle);
      else this.#orders.shrinkForEngine(order, (order.filled + allowed) as Quantity);
    }
  }

  /**
   * Orders that could open risk, with what of their remaining quantity may stay: what exceeds the
   * exit budget, oldest first (X13, X15). What a flatten job does not send itself ends as well.
   */
  #ending(): ReadonlyMap<Order, Quantity> {
    const { orders, stops } = this.#book;
    const ending = new Map<Order, Quantity>();
    const left = new Map<string, number>();
    for (const order of orders.open()) {
      const { role, terms, remaining, handle } = order;
      if (role !== OrderRole.order) continue;
      const key = `${terms.instrument}/${terms.side}`;
      const budget = left.get(key) ?? this.#reducible(terms.instrument, terms.side);
      const exits = Math.min(budget, remaining);
      left.set(key, budget - exits);
      const job = stops.job(terms.instrument);
      if (job !== undefined) {
        if (job.last.order !== handle) ending.set(order, 0 as Quantity);
      } else if (exits < remaining && !this.#heldToPosition(order)) {
        if (exits === 0 || this.#canShrink(order)) ending.set(order, exits as Quantity);
      }
    }
    return ending;
  }

  #reducible(k: number, side: Side): number {
    const held = this.#book.account.positions[k]?.quantity ?? (0 as Quantity);
    const position = this.#book.reconciliation.exitPosition(k, held);
    return position !== 0 && position > 0 !== side > 0 ? Math.abs(position) : 0;
  }

  /** The venue itself holds a reduce-only order to the position. */
  #heldToPosition({ terms }: Order): boolean {
    return terms.reduceOnly && this.#venue.reduceOnly;
  }

  #canShrink(order: Order): boolean {
    const { terms, flags } = order;
    const isFree = (flags & REPLACING) === 0 && this.#venue.atomicReplace;
    return terms.type !== OrderType.market && isFree;
  }
}
