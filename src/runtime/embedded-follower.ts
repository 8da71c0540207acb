import { encodeInput } from '../journal/frame.ts';
import type { Effect } from '../kernel/effects.ts';
import type { Kernel } from '../kernel/kernel.ts';
import { present } from '../model/assert.ts';
import { Encoder } from '../model/codec.ts';
import {
  type AppliedInput,
  type Dispatched,
  DispatchOutcome,
  type Input,
  InputKind,
} from '../model/inputs.ts';
import type { KernelRecord } from '../model/records.ts';
import { formatUtc } from '../model/time.ts';
import type { TimeUs } from '../model/units.ts';
import type { VenueInput } from '../venues/sim/messages.ts';
import { DUE_REPORT, DUE_REQUEST, type SimVenue } from '../venues/sim/sim-venue.ts';
import { impliedEffect } from './implied-effect.ts';
import { RecoveryError } from './recovery-error.ts';
import type { Follower } from './replay.ts';

/**
 * Brings the embedded venue's books to where the journal ends. The venue lives in the process and
 * dies with it, so its world is what the journal says: it gets the requests that were sent, sees
 * the quotes, and must tell what it told then, to the byte. What it did and had not told durably
 * never happened.
 */
export class EmbeddedFollower implements Follower {
  readonly #kernel: Kernel;
  readonly #venue: SimVenue;
  /** What the turn sent, in order; submits wait for the word that they went out. */
  #effects: Effect[] = [];
  #outcomes: Dispatched[] = [];
  #sentAt = 0 as TimeUs;
  /** The log as it is read at a start: those facts come from there. */
  #reading: VenueInput[] = [];
  readonly #ours = new Encoder(1024);
  readonly #theirs = new Encoder(1024);

  constructor(kernel: Kernel, venue: SimVenue) {
    this.#kernel = kernel;
    this.#venue = venue;
  }

  input(input: AppliedInput, time: TimeUs): void {
    if (input.kind === InputKind.dispatched) {
      this.#outcomes.push(input);
      if (this.#outcomes.length === this.#submits) this.#send();
      return;
    }
    this.#turnIsOver();
    switch (input.kind) {
      case InputKind.bound:
        this.#venue.open(time);
        return;
      case InputKind.recovered:
        this.#venue.dropUndelivered();
        this.#reading = [...(this.#venue.readLog(this.#kernel.book.cursor) ?? [])];
        return;
      case InputKind.boundary:
        this.#passQuietly(time);
        return;
      case InputKind.report:
      case InputKind.fill:
      case InputKind.ledger:
        this.#compare(input, this.#reading.shift() ?? this.#tell(time), time);
        return;
      case InputKind.lookUpAnswer:
      case InputKind.logRead:
        this.#compare(input, this.#tell(time), time);
        return;
      case InputKind.opening:
        this.#compare(input, this.#opening(input.opening.snapshot.ask, time), time);
        return;
      case InputKind.snapshot: {
        const { ask } = input.snapshot;
        this.#compare(input, ask === 0 ? this.#venue.snapshot(0, time) : this.#tell(time), time);
        return;
      }
      default:
        return;
    }
  }

  quoting(time: TimeUs): void {
    this.#turnIsOver();
    const { due } = this.#venue;
    const reported = (due[DUE_REPORT] as number) <= time;
    if (!reported && (due[DUE_REQUEST] as number) >= time) return;
    const told = this.#untilTold(time, false);
    if (told !== undefined) this.#differs(time, 'it tells what it did not tell then');
  }

  quoted(k: number): void {
    this.#venue.quoted(k);
  }

  decided(record: KernelRecord): void {
    const { book } = this.#kernel;
    const effect = impliedEffect(record, book, this.#venue.capabilities);
    if (effect === undefined) return;
    this.#effects.push(effect);
    this.#sentAt = book.time;
  }

  end(): void {
    this.#turnIsOver();
  }

  get #submits(): number {
    return this.#effects.filter(({ kind }) => kind === 'submit').length;
  }

  /** A turn whose submits were never said to have gone out was cut off: nothing of it left. */
  #turnIsOver(): void {
    if (this.#effects.length === 0) return;
    if (this.#submits === 0) this.#send();
    this.#effects = [];
    this.#outcomes = [];
  }

  #send(): void {
    const now = this.#sentAt;
    const venue = this.#venue;
    let submits = 0;
    for (const effect of this.#effects.splice(0)) {
      switch (effect.kind) {
        case 'submit': {
          const { outcome } = present(this.#outcomes[submits], 'an outcome');
          submits += 1;
          if (outcome !== DispatchOutcome.sent) break;
          venue.submit(this.#kernel.orderSend(effect.order), now);
          break;
        }
        case 'cancel':
          venue.cancel(effect, now);
          break;
        case 'replace':
          venue.replace(effect, now);
          break;
        case 'look_up': {
          const { order, ask } = effect;
          venue.lookUp({ ask, order, clientOrderId: '', brokerOrderId: '' }, now);
          break;
        }
        case 'read_log':
          venue.readLogFrom(effect.from, effect.ask, now);
          break;
        case 'snapshot':
          venue.takeSnapshot(effect.ask, now);
          break;
        case 'opening':
          venue.takeOpening(effect.ask, now);
          break;
        case 'alert':
          break;
      }
    }
    this.#outcomes = [];
  }

  /** At the first start it is there at once; asked for, it is told. */
  #opening(ask: number, time: TimeUs): VenueInput | undefined {
    return ask === 0 ? this.#venue.opening(time) : this.#tell(time);
  }

  /** What the venue tells next, at `time` or before. */
  #tell(time: TimeUs): VenueInput | undefined {
    return this.#untilTold(time, true);
  }

  /** `atTime`: requests that arrive at `time` itself arrive before what is told then. */
  #untilTold(time: TimeUs, atTime: boolean): VenueInput | undefined {
    const venue = this.#venue;
    for (;;) {
      const report = venue.due[DUE_REPORT] as number;
      const request = venue.due[DUE_REQUEST] as number;
      if (report <= time && report <= request) {
        const told = venue.takeReport(report as TimeUs);
        if (told !== undefined) return told;
      } else if (request < time || (atTime && request === time)) venue.arrive();
      else return undefined;
    }
  }

  /** Requests arrive and the calendar acts; nothing is told. */
  #passQuietly(time: TimeUs): void {
    const venue = this.#venue;
    for (;;) {
      const report = venue.due[DUE_REPORT] as number;
      const request = venue.due[DUE_REQUEST] as number;
      if (report <= time && report <= request && venue.nextMessageAt > report) {
        venue.takeReport(report as TimeUs);
      } else if (request < time && request < report) venue.arrive();
      else return;
    }
  }

  #compare(journaled: Input, told: VenueInput | undefined, time: TimeUs): void {
    if (told === undefined) this.#differs(time, 'it does not tell what it told then');
    const [ours, theirs] = [this.#ours, this.#theirs];
    ours.reset();
    theirs.reset();
    encodeInput(ours, journaled, 0, 0);
    encodeInput(theirs, told, 0, 0);
    if (Buffer.compare(ours.bytes, theirs.bytes) !== 0) {
      this.#differs(time, 'it tells something else than it told then');
    }
  }

  #differs(time: TimeUs, how: string): never {
    const text = `the embedded venue does otherwise than the journal says: ${how}`;
    throw new RecoveryError('VENUE_DIVERGED', `${text} (${formatUtc(time)})`);
  }
}
