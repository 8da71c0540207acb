import { Calendar, type CalendarTable } from '../../market/calendar.ts';
import { present } from '../../model/assert.ts';
import type { StopCause } from '../../model/control.ts';
import { RAILS } from '../../model/risk.ts';
import type { TimeUs } from '../../model/units.ts';
import type { Book } from '../book.ts';
import { afterSessionTime } from './session-time.ts';

const NEVER = Number.POSITIVE_INFINITY;

/** What stops new risk by itself when it lasts. */
export interface StopLimits {
  /** An order in doubt, in session time of its instrument. */
  readonly doubtAgeMaxUs: number;
  /** No connection to the venue, in session time of any instrument. */
  readonly venueLostMaxUs: number;
}

/** A cause that stands, or will from a time on. */
export interface DueCause {
  readonly cause: StopCause;
  readonly from: number;
  readonly text: string;
}

/** Watches what stops new risk by itself and persists: the causes that arming must face (X21). */
export class StopCauses {
  readonly #book: Book;
  readonly #limits: StopLimits;
  /** By instrument. */
  readonly #calendars: readonly Calendar[];

  constructor(book: Book, calendars: readonly CalendarTable[], limits: StopLimits) {
    this.#book = book;
    this.#limits = limits;
    const known = new Map(calendars.map((table) => [table, new Calendar(table)]));
    this.#calendars = calendars.map((table) => present(known.get(table), 'calendar'));
  }

  calendar(k: number): Calendar {
    return present(this.#calendars[k], 'calendar');
  }

  /** Everything that stands now, or comes to stand if nothing changes. */
  due(): readonly DueCause[] {
    const { doubts, failures, time, stops } = this.#book;
    const due: DueCause[] = [];
    if (failures.isTripped(time)) {
      due.push({ cause: 'failure_rate', from: time, text: 'too many orders came to nothing' });
    }
    if (doubts.size > 0) due.push(this.#oldestDoubt());
    if (doubts.closedSince !== undefined) due.push(this.#venueLost(doubts.closedSince));
    for (const { last, since } of stops.jobs) {
      const symbol = this.#book.instruments[last.instrument]?.symbol;
      due.push({ cause: 'flatten_unfinished', from: since, text: `${symbol} is being closed` });
    }
    due.push(...this.#losses());
    return due;
  }

  /** Rails that tripped and whose limit is still passed. */
  #losses(): readonly DueCause[] {
    const { risk, time } = this.#book;
    const { rails } = risk;
    if (rails === undefined) return [];
    return RAILS.flatMap((cause) => {
      const rail = rails.rail(cause);
      if (rail === undefined || !rail.tripped) return [];
      const stands = rail.limits.enforced && rails.loss(rail) >= rail.limit;
      return stands ? [{ cause, from: time, text: `${cause}: its limit is still passed` }] : [];
    });
  }

  /** The causes that stand now, each once. */
  standing(): readonly DueCause[] {
    const now = this.#book.time;
    const due = this.due().filter(({ from }) => from <= now);
    return due.filter(({ cause }, at) => due.findIndex((one) => one.cause === cause) === at);
  }

  #oldestDoubt(): DueCause {
    let from = NEVER;
    let text = '';
    for (const { order, instrument, since } of this.#book.doubts.all()) {
      const limit = this.#limits.doubtAgeMaxUs;
      const old = afterSessionTime(this.calendar(instrument), since, limit);
      if (old >= from) continue;
      from = old;
      text = `order ${order} has been in doubt for too long`;
    }
    return { cause: 'doubt_age', from, text };
  }

  #venueLost(since: TimeUs): DueCause {
    const limit = this.#limits.venueLostMaxUs;
    const lost = this.#calendars.map((calendar) => afterSessionTime(calendar, since, limit));
    const from = Math.min(NEVER, ...lost);
    return { cause: 'venue_lost', from, text: 'the venue has been lost for too long' };
  }
}
