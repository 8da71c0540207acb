import { millionthsOf } from '../../model/arithmetic.ts';
import type { DenyReasonName, GateMode } from '../../model/gate.ts';
import { US_PER_MINUTE, US_PER_SECOND } from '../../model/time.ts';
import type { TimeUs } from '../../model/units.ts';
import type { Book } from '../book.ts';
import type { MessageCounts, MessageLimits, MessageSpec } from '../risk/message-counts.ts';
import type { TimeRing } from '../risk/time-ring.ts';
import { type Denial, denyEntry, type Gate, type ProposedOrder } from './gate.ts';
import type { Standing, UsageSubject } from './usage.ts';

/** The part of each limit that entries may use. */
function entryShare(
  { perSecond, perMinute }: MessageLimits,
  keptMillionths: number,
): MessageLimits {
  const share = (limit: number | undefined): number | undefined =>
    limit === undefined ? undefined : millionthsOf(limit, 1_000_000 - keptMillionths);
  return { perSecond: share(perSecond), perMinute: share(perMinute) };
}

/**
 * Submits, cancels and replaces within the last second and minute, in all and on the instrument. A
 * share of each limit is kept for cancels and exits, which are counted and never denied (X20).
 */
export class MessageRateGate implements Gate {
  readonly name = 'message_rate';
  readonly mode: GateMode;
  readonly judgesChanges = true;
  readonly #all: MessageLimits;
  readonly #perInstrument: MessageLimits;
  readonly #whole: MessageSpec;

  constructor(mode: GateMode, spec: MessageSpec, keptMillionths: number) {
    this.mode = mode;
    this.#whole = spec;
    this.#all = entryShare(spec.all, keptMillionths);
    this.#perInstrument = entryShare(spec.perInstrument, keptMillionths);
  }

  judge({ terms: { instrument: k } }: ProposedOrder, book: Book): Denial | undefined {
    const { messages } = book.risk;
    return messages === undefined ? undefined : this.reached(messages, k, book.time);
  }

  /** When the whole limits have room for one message more, entries and exits counted alike. */
  fitsAt({ risk: { messages } }: Book, k: number): number {
    if (messages === undefined) return 0;
    const { all, perInstrument } = this.#whole;
    return Math.max(roomAt(all, messages.all), roomAt(perInstrument, messages.of(k)));
  }

  /** Why an entry on instrument `k` would be one message too many after those counted. */
  reached(messages: MessageCounts, k: number, time: number): Denial | undefined {
    return (
      reached(this.#all, messages.all, time) ?? reached(this.#perInstrument, messages.of(k), time)
    );
  }

  standings(book: Book, now: TimeUs): readonly Standing[] {
    const { messages } = book.risk;
    if (messages === undefined) return [];
    const all = windows(this.#all, messages.all, now, 'account', 0);
    const each = book.instruments.flatMap((_, k) =>
      windows(this.#perInstrument, messages.of(k), now, 'instrument', k),
    );
    return [...all, ...each];
  }
}

function reached(limits: MessageLimits, ring: TimeRing, time: number): Denial | undefined {
  const { perSecond, perMinute } = limits;
  if (isFull(ring, perSecond, time - US_PER_SECOND)) {
    return denial('messages_per_second', perSecond, ring, time - US_PER_SECOND);
  }
  if (isFull(ring, perMinute, time - US_PER_MINUTE)) {
    return denial('messages_per_minute', perMinute, ring, time - US_PER_MINUTE);
  }
  return undefined;
}

function roomAt({ perSecond, perMinute }: MessageLimits, ring: TimeRing): number {
  const at = (limit: number | undefined, window: number): number =>
    limit === undefined ? 0 : ring.nthLast(Math.max(1, limit)) + window;
  return Math.max(0, at(perSecond, US_PER_SECOND), at(perMinute, US_PER_MINUTE));
}

/** How far each window is used up, of what entries may use. */
function windows(
  { perSecond, perMinute }: MessageLimits,
  ring: TimeRing,
  time: number,
  subject: UsageSubject,
  at: number,
): readonly Standing[] {
  const lines: Standing[] = [];
  const line = (reason: DenyReasonName, limit: number | undefined, after: number): void => {
    if (limit === undefined) return;
    const used = ring.countAfter(after);
    lines.push({ reason, subject, at, measure: 'messages', limit, used });
  };
  line('messages_per_second', perSecond, time - US_PER_SECOND);
  line('messages_per_minute', perMinute, time - US_PER_MINUTE);
  return lines;
}

function isFull(ring: TimeRing, limit: number | undefined, after: number): boolean {
  return limit !== undefined && (limit === 0 || ring.nthLast(limit) > after);
}

function denial(
  reason: DenyReasonName,
  limit: number | undefined,
  ring: TimeRing,
  after: number,
): Denial {
  return denyEntry(reason, `${limit} before this one`, `${ring.countAfter(after)}`);
}
