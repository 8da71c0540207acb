import { OrderEvent } from '../kernel/orders/life-cycle.ts';
import type { RecordSink } from '../kernel/recorder.ts';
import { present } from '../model/assert.ts';
import { DENY_REASONS, GATE_NAMES } from '../model/gate.ts';
import {
  type DenialRecord,
  type KernelRecord,
  type OrderMovedRecord,
  RecordKind,
} from '../model/records.ts';

/** Counts by `gate/reason`, in the order of gates and reasons; only those that occurred. */
export type DenialCounts = Readonly<Record<string, number>>;

/** A venue's reasons are its own words: beyond this many, the rest is counted as one. */
const REASONS_MAX = 100;
const OTHER_REASONS = 'other reasons';

/** Counts what the kernel decided. */
export class RecordCounts implements RecordSink {
  decisions = 0;
  /** Orders that the engine sent or meant to send. */
  orders = 0;
  /** Stops and targets that the venue opened for them. */
  protectiveOrders = 0;
  fills = 0;
  trades = 0;
  readonly #enforced = new Map<number, number>();
  readonly #shadow = new Map<number, number>();
  readonly #refused = new Map<string, number>();

  record(record: KernelRecord): void {
    switch (record.kind) {
      case RecordKind.decision:
        this.decisions += 1;
        return;
      case RecordKind.denial:
        this.#denied(record);
        return;
      case RecordKind.orderMoved:
        this.#moved(record);
        return;
      case RecordKind.intent:
        this.orders += 1;
        return;
      case RecordKind.childOpened:
        this.protectiveOrders += 1;
        return;
      case RecordKind.fillBooked:
        this.fills += 1;
        return;
      case RecordKind.tradeClosed:
        this.trades += 1;
        return;
    }
  }

  #denied({ gate, reason, shadow }: DenialRecord): void {
    const counts = shadow ? this.#shadow : this.#enforced;
    const cell = gate * DENY_REASONS.length + reason;
    counts.set(cell, (counts.get(cell) ?? 0) + 1);
  }

  #moved({ event, reason }: OrderMovedRecord): void {
    if (event !== OrderEvent.refused && event !== OrderEvent.rejected) return;
    const known = this.#refused.has(reason) || this.#refused.size < REASONS_MAX;
    const key = known ? reason : OTHER_REASONS;
    this.#refused.set(key, (this.#refused.get(key) ?? 0) + 1);
  }

  /** Orders that the venue refused, by its reason, in the order of their first time. */
  get refusals(): Readonly<Record<string, number>> {
    return Object.fromEntries(this.#refused);
  }

  /** Denials that blocked an order or a part of one. */
  get denials(): DenialCounts {
    return named(this.#enforced);
  }

  /** Denials on paper, of gates in shadow. */
  get shadowDenials(): DenialCounts {
    return named(this.#shadow);
  }
}

function named(counts: ReadonlyMap<number, number>): DenialCounts {
  const cells = [...counts].sort(([a], [b]) => a - b);
  return Object.fromEntries(
    cells.map(([cell, count]) => {
      const gate = present(GATE_NAMES[Math.floor(cell / DENY_REASONS.length)], 'gate');
      const reason = present(DENY_REASONS[cell % DENY_REASONS.length], 'reason');
      return [`${gate}/${reason}`, count];
    }),
  );
}
