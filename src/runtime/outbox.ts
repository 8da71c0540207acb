import { type DurableToken, Sealed } from '../journal/durable.ts';
import type { Effect } from '../kernel/effects.ts';
import type { Kernel } from '../kernel/kernel.ts';
import { type Dispatched, DispatchOutcome, InputKind } from '../model/inputs.ts';
import type { AlertSeverity } from '../model/records.ts';
import type { OrderHandle, TimeUs } from '../model/units.ts';
import type { VenuePort } from '../venues/venue-port.ts';
import { SendRate } from './send-rate.ts';

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
