import type { QuoteBoard } from '../../market/quote-board.ts';
import type { TimeUs } from '../../model/units.ts';
import type { Account } from '../account/account.ts';
import type { OpenHours } from './open-hours.ts';

/** When a mark is certain, and how many of them make a trip (X19). */
export interface MarkRules {
  /** Marks beyond a limit, none within it between them, over at least such a time. */
  readonly count: number;
  readonly overUs: number;
  /** An older quote makes the marks uncertain. */
  readonly ageMaxUs: number;
  /** So does a wider spread, price counts by instrument; `undefined` for any. */
  readonly spreadMax: readonly (number | undefined)[];
}

/** Tells whether what is held is marked on quotes that can be relied on. */
export class Marks {
  readonly rules: MarkRules;
  readonly #account: Account;
  readonly #board: QuoteBoard;
  readonly #hours: OpenHours;
  readonly #spreadMax: Float64Array;
  /** When the first of what is held closes, as long as positions have changed so often. */
  #openUntil = 0;
  #changes = -1;
  /** Until when all marks are certain, as long as no quote of what is held came after so many. */
  #certainUntil = 0;
  #quotesHeld = -1;
  #isKnown = false;
  #known = -1;

  constructor(rules: MarkRules, account: Account, board: QuoteBoard, hours: OpenHours) {
    this.rules = rules;
    this.#account = account;
    this.#board = board;
    this.#hours = hours;
    this.#spreadMax = Float64Array.from(rules.spreadMax, (max) => max ?? Number.POSITIVE_INFINITY);
  }

  /** Forgets what was looked up: quotes or positions may have changed since. */
  begin(): void {
    this.#isKnown = false;
  }

  /** The same as {@link uncertain}, looked up once until {@link begin}. */
  uncertainNow(time: TimeUs): number {
    if (!this.#isKnown) this.#known = this.uncertain(time);
    this.#isKnown = true;
    return this.#known;
  }

  /** An instrument that is held and not marked on a fresh quote inside its session, or −1. */
  uncertain(time: TimeUs): number {
    const { bid, ask, time: quotedAt } = this.#board;
    const oldest = time - this.rules.ageMaxUs;
    const { held, heldCount, positionChanges, quotesHeld } = this.#account;
    const isSame = quotesHeld === this.#quotesHeld && positionChanges.count === this.#changes;
    if (isSame && time < this.#certainUntil) return -1;
    const looksAtHours = time >= this.#openUntil || positionChanges.count !== this.#changes;
    const spreadMax = this.#spreadMax;
    let openUntil = Number.POSITIVE_INFINITY;
    let youngUntil = Number.POSITIVE_INFINITY;
    for (let i = 0; i < heldCount; i++) {
      const k = held[i] as number;
      const spread = (ask[k] as number) - (bid[k] as number);
      const at = quotedAt[k] as number;
      if (at < youngUntil) youngUntil = at;
      if (at < oldest || spread < 0 || spread > (spreadMax[k] as number)) return k;
      if (!looksAtHours) continue;
      if (!this.#hours.isOpen(k, time)) return k;
      openUntil = Math.min(openUntil, time + this.#hours.untilClose(k, time));
    }
    if (looksAtHours) {
      this.#openUntil = openUntil;
      this.#changes = positionChanges.count;
    }
    this.#quotesHeld = quotesHeld;
    this.#certainUntil = Math.min(this.#openUntil, youngUntil + this.rules.ageMaxUs);
    return -1;
  }
}
