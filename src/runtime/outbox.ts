import { type DurableToken, Sealed } from '../journal/durable.ts';
import type { Effect } from '../kernel/effects.ts';
import type { Kernel } from '../kernel/kernel.ts';
import type { LookUp } from '../model/doubt.ts';
import { type Dispatched, DispatchOutcome, InputKind } from '../model/inputs.ts';
import type { AlertSeverity } from '../model/records.ts';
import type { OrderHandle, TimeUs } from '../model/units.ts';
import type { CancelSend, OrderSend, ReplaceSend } from '../model/venue.ts';
import { SendRate } from './send-rate.ts';

/**
 * Where orders and questions go. Answers come back later, as inputs through the sequencer. A port
 * never repeats a request: an answer that does not come in time is the report `unknown`, after the
 * connection that the request went out on was closed and that was said.
 */
export interface VenuePort {
  submit(send: OrderSend, now: TimeUs): void;
  cancel(send: CancelSend, now: TimeUs): void;
  replace(send: ReplaceSend, now: TimeUs): void;
  lookUp(lookUp: LookUp, now: TimeUs): void;
  /** Tells the facts after the cursor, in order, then that the log was read. */
  readLogFrom(cursor: number, ask: number, now: TimeUs): void;
  takeSnapshot(ask: number, now: TimeUs): void;
  /** The same, with what its positions were bought at: the answer is an `opening` (X27). */
  takeOpening(ask: number, now: TimeUs): void;
}

/** Where alerts go. */
export interface AlertPort {
  alert(severity: AlertSeverity, key: string, text: string, time: TimeUs): void;
}

/** Seals a turn's effects until the journal is durable through frame `needs`. */
export function sealEffects(effects: readonly Effect[], needs: number): Sealed<readonly Effect[]> {
  return new Sealed(effects, needs);
}

/**
 * The only way out. It opens effects against a durable token, looks once more whether a submit may
 * still go (X8), hands it to the venue, and reports what it did as inputs.
 */
export class Outbox {
  readonly #kernel: Kernel;
  readonly #venue: VenuePort;
  readonly #alerts: AlertPort;
  readonly #rate: SendRate;

  constructor(kernel: Kernel, venue: VenuePort, alerts: AlertPort) {
    this.#kernel = kernel;
    this.#venue = venue;
    this.#alerts = alerts;
    this.#rate = new SendRate(kernel.config);
  }

  dispatch(
    token: DurableToken,
    sealed: Sealed<readonly Effect[]>,
    now: TimeUs,
  ): readonly Dispatched[] {
    const outcomes: Dispatched[] = [];
    for (const effect of sealed.open(token)) {
      switch (effect.kind) {
        case 'submit':
          outcomes.push(this.#submit(effect.order, now));
          break;
        case 'cancel':
          this.#written(effect.order, now);
          this.#venue.cancel(effect, now);
          break;
        case 'replace':
          this.#written(effect.order, now);
          this.#venue.replace(effect, now);
          break;
        case 'look_up':
          this.#lookUp(effect.order, effect.ask, now);
          break;
        case 'read_log':
          this.#venue.readLogFrom(effect.from, effect.ask, now);
          break;
        case 'snapshot':
          this.#venue.takeSnapshot(effect.ask, now);
          break;
        case 'opening':
          this.#venue.takeOpening(effect.ask, now);
          break;
        case 'alert':
          this.#alerts.alert(effect.severity, effect.key, effect.text, now);
          break;
      }
    }
    return outcomes;
  }

  #lookUp(order: OrderHandle, ask: number, now: TimeUs): void {
    const { clientOrderId } = this.#kernel.orderSend(order);
    const brokerOrderId = this.#kernel.book.orders.find(order)?.brokerOrderId ?? '';
    this.#venue.lookUp({ ask, order, clientOrderId, brokerOrderId }, now);
  }

  #written(handle: OrderHandle, now: TimeUs): void {
    const order = this.#kernel.book.orders.find(handle);
    if (order !== undefined) this.#rate.written(order.terms.instrument, now);
  }

  /** Exits are counted and never withdrawn for the rate (X20). */
  #tooMany(handle: OrderHandle, now: TimeUs): string | undefined {
    const order = this.#kernel.book.orders.find(handle);
    if (order === undefined || order.exitQuantity === order.terms.quantity) return undefined;
    return this.#rate.denies(order.terms.instrument, now);
  }

  #submit(order: OrderHandle, now: TimeUs): Dispatched {
    const reason = this.#kernel.withdrawal(order, now) ?? this.#tooMany(order, now);
    const kind = InputKind.dispatched;
    if (reason !== undefined) return { kind, order, outcome: DispatchOutcome.withdrawn, reason };
    this.#written(order, now);
    this.#venue.submit(this.#kernel.orderSend(order), now);
    return { kind, order, outcome: DispatchOutcome.sent, reason: '' };
  }
}
