import { MARKET, NOW, QUOTE_COUNTS, QUOTE_MADE, QUOTED, QUOTES_THEN } from '../market/clock.ts';
import type { FieldIo, Walkable } from '../model/codec.ts';
import { type AppliedInput, InputKind } from '../model/inputs.ts';
import { US_PER_MINUTE, US_PER_SECOND } from '../model/time.ts';
import type { TimeUs } from '../model/units.ts';

/** Bars wait so long for quotes of their time, µs by the venue's clock. */
export const QUOTE_LATENESS_US = US_PER_SECOND;

/** So far may the market be before the venue's clock until that was measured wrongly, or is set. */
const AHEAD_MAX_US = US_PER_MINUTE;

/**
 * The time that bars and the ages of quotes count (X29). Where the venue's clock was measured, a
 * quote counts by the time that its venue states, and the bars of a quiet market end
 * {@link QUOTE_LATENESS_US} after their end by that clock. Elsewhere, as in a backtest, the
 * engine's time and the venue's are one.
 */
export class MarketClock implements Walkable {
  readonly #slots: Float64Array;
  /** The venue's clock less the engine's, µs. */
  offsetUs = 0;
  /** By the measure in hand the market was in a time that has not come: its open bars are none. */
  wentBack = false;

  constructor(slots: Float64Array) {
    this.#slots = slots;
  }

  /** Do quotes state a time of their own? */
  get isOwn(): boolean {
    return this.#slots[MARKET] !== 0;
  }

  /** Bars have ended up to here. */
  get time(): TimeUs {
    return (this.#slots[MARKET] || this.#slots[NOW]) as TimeUs;
  }

  /** How long after the end of a bar, engine time, it ends without a quote of after it. */
  get lagUs(): number {
    return this.isOwn ? QUOTE_LATENESS_US - this.offsetUs : 0;
  }

  take(input: AppliedInput): void {
    if (input.kind === InputKind.venueClock) this.#measured(input.offsetUs);
    if (!this.isOwn) return;
    if (input.kind === InputKind.boundary) this.#pass();
    // The engine's time went forward with the wall's, and the venue's did not.
    if (input.kind === InputKind.clockJump) {
      this.offsetUs -= Math.max(0, input.toTime - input.fromTime);
    }
  }

  #measured(offsetUs: number): void {
    this.offsetUs = offsetUs;
    this.wentBack = this.isOwn && this.#quietSince() + AHEAD_MAX_US < this.time;
    if (this.wentBack) this.#slots[MARKET] = 0;
    this.#pass();
  }

  #pass(): void {
    this.#slots[MARKET] = Math.max(this.#slots[MARKET] as number, this.#quietSince());
  }

  /** Venue time of which no quote is waited for any more. */
  #quietSince(): number {
    return (this.#slots[NOW] as number) + this.offsetUs - QUOTE_LATENESS_US;
  }

  /**
   * A quote comes next, which its venue made at `venueTime`. One that is later than bars wait for
   * counts where they are: no bar is opened again.
   */
  quoting(venueTime: number): void {
    if (!this.isOwn) return;
    this.#slots[QUOTE_MADE] = venueTime;
    this.#slots[QUOTE_COUNTS] = Math.max(this.#slots[MARKET] as number, venueTime);
  }

  /** Age of what was quoted at `quotedAt`, by the venue's clock, when the engine's says `now`. */
  age(now: number, quotedAt: number): number {
    return now + this.offsetUs - quotedAt;
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
