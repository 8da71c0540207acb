import { MARKET, marketTime, NOW, QUOTE_MADE, QUOTED, QUOTES_THEN } from '../market/clock.ts';
import type { FieldIo, Walkable } from '../model/codec.ts';
import { type AppliedInput, InputKind, type VenueClockInput } from '../model/inputs.ts';
import { US_PER_SECOND } from '../model/time.ts';
import type { TimeUs } from '../model/units.ts';

/** Bars wait so long for quotes of their time, µs by the venue's clock. */
export const QUOTE_LATENESS_US = US_PER_SECOND;

/**
 * The time that bars and the ages of quotes count (X29). Where quotes state the venue's own time,
 * it is that: it goes forward with them, and with a market that is quiet
 * {@link QUOTE_LATENESS_US} behind the venue's clock. Elsewhere, as in a backtest, the engine's
 * time and the venue's are one.
 */
export class MarketClock implements Walkable {
  readonly #slots: Float64Array;
  /** The venue's clock less the engine's, µs. */
  offsetUs = 0;

  constructor(slots: Float64Array) {
    this.#slots = slots;
  }

  get isOwn(): boolean {
    return this.#slots[MARKET] !== 0;
  }

  get time(): TimeUs {
    return marketTime(this.#slots);
  }

  /** How long after the end of a bar, engine time, it ends without a quote of after it. */
  get lagUs(): number {
    return this.isOwn ? QUOTE_LATENESS_US - this.offsetUs : 0;
  }

  #set({ marketTime, offsetUs }: VenueClockInput): void {
    this.offsetUs = offsetUs;
    this.#slots[MARKET] = Math.max(this.#slots[MARKET] as number, marketTime);
    this.#pass();
  }

  /** Engine time went on. */
  #pass(): void {
    if (!this.isOwn) return;
    const quiet = (this.#slots[NOW] as number) - this.lagUs;
    this.#slots[MARKET] = Math.max(this.#slots[MARKET] as number, quiet);
  }

  /** A quote comes next, of this time at the venue. One that comes late is no way back. */
  quoting(venueTime: number): void {
    if (!this.isOwn) return;
    this.#slots[QUOTE_MADE] = venueTime;
    this.#slots[MARKET] = Math.max(this.#slots[MARKET] as number, venueTime);
  }

  /** Age of what was quoted at `quotedAt`, by the venue's clock, when the engine's says `now`. */
  age(now: number, quotedAt: number): number {
    return now + this.offsetUs - quotedAt;
  }

  take(input: AppliedInput): void {
    if (input.kind === InputKind.venueClock) this.#set(input);
    else if (input.kind === InputKind.boundary) this.#pass();
  }

  walk(io: FieldIo): void {
    const slots = this.#slots;
    slots[NOW] = io.int('time', slots[NOW] as number);
    slots[QUOTED] = io.int('quoteTime', slots[QUOTED] as number);
    slots[QUOTES_THEN] = io.int('quotesAtTime', slots[QUOTES_THEN] as number);
    slots[MARKET] = io.int('marketTime', slots[MARKET] as number);
    this.offsetUs = io.int('venueOffset', this.offsetUs);
  }
}
