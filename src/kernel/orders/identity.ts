import type { FieldIo, Walkable } from '../../model/codec.ts';
import { type ExitJob, ExitJobStep } from '../../model/exit-job.ts';
import { DENY_REASONS, type DenyReasonName } from '../../model/gate.ts';
import { blankTerms, type OrderTerms, walkTerms } from '../../model/order.ts';
import type { DenialRecord } from '../../model/records.ts';
import { US_PER_MINUTE } from '../../model/time.ts';
import { NO_ORDER, type TimeUs } from '../../model/units.ts';
import { type CancelKeyLimits, CancelKeys } from './cancel-keys.ts';
import { KeyStore, type KeyStoreLimits } from './idempotency.ts';
import { OrderEvent } from './life-cycle.ts';
import type { Order } from './order.ts';
import { Repeats } from './repeats.ts';
import { isFinal } from './transitions.ts';

/** Kinds of idempotency key, as configuration and metrics call them. */
export const KEY_KINDS = ['order', 'cancel'] as const;
export type KeyKind = (typeof KEY_KINDS)[number];

/** What there is to say of a store of keys. */
export type KeyCounts = Omit<
  KeyStore<never>,
  'find' | 'findHeld' | 'pin' | 'repin' | 'pinned' | 'walk'
>;

export interface IdentityLimits {
  readonly order: KeyStoreLimits;
  readonly cancel: CancelKeyLimits;
  /** For how long the same order once more is a repeat, µs; 0 for not at all. */
  readonly repeatWithinUs: number;
}

/** Evictions are told at once, and then at most this often with their count. */
const TELL_EVERY_US = US_PER_MINUTE;
export const EVICTION_ALERT = 'idempotency_eviction';

const REPEATED_ORDER: readonly DenyReasonName[] = [
  'key_used',
  'key_used_with_other_terms',
  'working_at_broker',
  'duplicative',
];

/**
 * What makes an order and a cancel one and the same (X6): keys of orders, keys of cancels, and the
 * last orders. A part of the book: it changes by records and inputs alone.
 */
export class Identity implements Walkable {
  readonly orders: KeyStore<OrderTerms>;
  readonly cancels: CancelKeys;
  readonly repeats: Repeats;
  /** By kind: evictions that were told of, and when the last word on any was. */
  readonly #told: Record<KeyKind, number> = { order: 0, cancel: 0 };
  #toldAt = -TELL_EVERY_US;

  constructor(limits: IdentityLimits) {
    this.orders = new KeyStore(limits.order, { blank: blankTerms, walk: walkTerms });
    this.cancels = new CancelKeys(limits.cancel);
    this.repeats = new Repeats(limits.repeatWithinUs);
  }

  store(kind: KeyKind): KeyCounts {
    return kind === 'order' ? this.orders : this.cancels.store;
  }

  started(now: TimeUs): void {
    for (const kind of KEY_KINDS) this.store(kind).started(now);
  }

  /** An order is made from what was asked for. */
  made(order: Order, asked: OrderTerms, now: TimeUs): void {
    this.orders.pin(order.key, asked, order.handle, now);
    this.repeats.note(order.decision.strategy, asked, order.handle, now);
  }

  /** A job that has no order yet holds the key of what was asked for until it is done. */
  jobStepped({ key, step, terms }: ExitJob, asked: OrderTerms | undefined, now: TimeUs): void {
    if (key === '') return;
    if (step === ExitJobStep.done) this.orders.release(key, NO_ORDER, now);
    else if (this.orders.findHeld(key) === undefined) {
      this.orders.pin(key, asked ?? terms, NO_ORDER, now);
    }
  }

  /** An order's state changed: its keys follow it. */
  moved(order: Order, wasFinal: boolean, event: OrderEvent, now: TimeUs): void {
    const { handle, key, cancelAttempts, state } = order;
    const isEnded = isFinal(state);
    const isAnswer = event === OrderEvent.cancelRefused || event === OrderEvent.cancelUnknown;
    if (isEnded || isAnswer) this.cancels.answered(handle, cancelAttempts, now);
    if (key === '' || isEnded === wasFinal) return;
    if (isEnded) this.orders.release(key, handle, now);
    else this.orders.repin(key, handle, order.terms, now);
  }

  denied({ reason, shadow }: DenialRecord): void {
    if (shadow) return;
    const name = DENY_REASONS[reason];
    if (name === 'cancel_pending') this.cancels.store.suppressed += 1;
    else if (name !== undefined && REPEATED_ORDER.includes(name)) this.orders.suppressed += 1;
  }

  /** What is to be told of evictions now, or `undefined`. */
  evictionsToTell(now: TimeUs): string | undefined {
    const hasNews = KEY_KINDS.some((kind) => this.store(kind).evictions !== this.#told[kind]);
    if (!hasNews || now < this.#toldAt + TELL_EVERY_US) return undefined;
    const parts: string[] = [];
    for (const kind of KEY_KINDS) {
      const { evictions, capacity } = this.store(kind);
      const news = evictions - this.#told[kind];
      if (news === 0) continue;
      parts.push(`${kind} keys are full at ${capacity}: ${news} dropped, ${evictions} in all`);
    }
    return parts.length === 0 ? undefined : parts.join('; ');
  }

  toldEvictions(now: TimeUs): void {
    this.#toldAt = now;
    for (const kind of KEY_KINDS) this.#told[kind] = this.store(kind).evictions;
  }

  walk(io: FieldIo): void {
    this.orders.walk(io);
    this.cancels.walk(io);
    this.repeats.walk(io);
    this.#toldAt = io.int('evictionsToldAt', this.#toldAt);
    for (const kind of KEY_KINDS) this.#told[kind] = io.int('evictionsTold', this.#told[kind]);
  }
}
