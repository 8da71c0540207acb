import type { FieldIo, Walkable } from '../../model/codec.ts';
import { TimeRing } from './time-ring.ts';

/** Most messages of a window; `undefined` for no limit. */
export interface MessageLimits {
  readonly perSecond: number | undefined;
  readonly perMinute: number | undefined;
}

export interface MessageSpec {
  readonly all: MessageLimits;
  readonly perInstrument: MessageLimits;
}

function capacityOf({ perSecond, perMinute }: MessageLimits): number {
  return Math.max(perSecond ?? 0, perMinute ?? 0);
}

/**
 * When the last submits, cancels and replaces were decided: in all and by instrument, as many as
 * the largest limit counts. A part of the book: it changes by records alone.
 */
export class MessageCounts implements Walkable {
  readonly all: TimeRing;
  readonly #byInstrument: readonly TimeRing[];

  constructor(spec: MessageSpec, instruments: number) {
    this.all = new TimeRing(capacityOf(spec.all));
    const capacity = capacityOf(spec.perInstrument);
    this.#byInstrument = Array.from({ length: instruments }, () => new TimeRing(capacity));
  }

  of(k: number): TimeRing {
    return this.#byInstrument[k] as TimeRing;
  }

  sent(k: number, time: number): void {
    this.all.add(time);
    this.of(k).add(time);
  }

  walk(io: FieldIo): void {
    this.all.walk(io);
    for (const ring of this.#byInstrument) ring.walk(io);
  }
}
