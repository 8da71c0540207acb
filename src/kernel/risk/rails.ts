import { Calendar, type CalendarTable } from '../../market/calendar.ts';
import type { FieldIo, Walkable } from '../../model/codec.ts';
import type { RailName, TripCause } from '../../model/risk.ts';
import { NO_TIME, type TimeUs } from '../../model/units.ts';
import type { Account } from '../account/account.ts';
import type { MarkRules, Marks } from './marks.ts';
import { Rail, type RailLimits } from './rail.ts';

const NEVER = Number.POSITIVE_INFINITY;

/** The loss rails, as the configuration has them; one that is off is left out. */
export interface RailSpec {
  readonly dailyLoss: RailLimits | undefined;
  readonly drawdown: RailLimits | undefined;
  readonly marks: MarkRules;
  /** Days of the daily loss. */
  readonly day: CalendarTable;
}

/**
 * The loss rails (X19): loss of the day and fall from the peak of equity, realised and unrealised.
 * A part of the book: it changes by records and by quotes alone, and only by those that move
 * equity beyond what was seen: the account tells which these are.
 */
export class Rails implements Walkable {
  readonly marks: Marks;
  readonly dailyLoss: Rail | undefined;
  readonly drawdown: Rail | undefined;
  readonly #account: Account;
  readonly #calendar: Calendar;
  /** Start of the day in force; `NO_TIME` before the first. */
  day: TimeUs = NO_TIME;
  #dayBalance = 0;

  constructor(spec: RailSpec, account: Account, marks: Marks) {
    this.marks = marks;
    this.#account = account;
    this.#calendar = new Calendar(spec.day);
    this.dailyLoss = spec.dailyLoss === undefined ? undefined : new Rail(spec.dailyLoss);
    this.drawdown = spec.drawdown === undefined ? undefined : new Rail(spec.drawdown);
    this.drawdown?.setBase(account.equityCount);
    this.#watch();
  }

  rail(name: RailName): Rail | undefined {
    return name === 'daily_loss' ? this.dailyLoss : this.drawdown;
  }

  /** When the day in force ends; at once where there is none; never where no rail asks. */
  get nextDay(): number {
    if (this.dailyLoss === undefined) return NEVER;
    return this.day === NO_TIME ? 0 : this.#calendar.nextDayStart(this.day);
  }

  /** Start of the day that `time` lies in. */
  dayOf(time: TimeUs): TimeUs {
    return this.#calendar.dayStart(time);
  }

  /** Loss by the present marks: positive is lost. */
  loss(rail: Rail): number {
    return rail.base < 0 ? 0 : rail.base - this.#account.equityCount;
  }

  dayBegun(day: TimeUs, balance: number, equity: number): void {
    this.day = day;
    this.#dayBalance = balance;
    this.dailyLoss?.rearm();
    this.dailyLoss?.setBase(equity);
    this.#watch();
  }

  /** A transfer is no profit and no loss (X24): what is measured from moves with it. */
  transferred(amount: number): void {
    this.#dayBalance += amount;
    for (const rail of [this.dailyLoss, this.drawdown]) {
      if (rail !== undefined && rail.base >= 0) rail.setBase(Math.max(0, rail.base + amount));
    }
    this.#watch();
  }

  /** Has the drawdown tripped, and not been armed again? */
  get isDrawnDown(): boolean {
    const { drawdown } = this;
    return drawdown?.tripped === true && drawdown.limits.enforced;
  }

  /** An operator has the drawdown measured from equity as it is now (X21). */
  newPeak(): void {
    this.drawdown?.rearm();
    this.drawdown?.setBase(this.#account.equityCount);
    this.#watch();
  }

  /** Trading was allowed again: a limit that is still passed trips once more. */
  rearm(): void {
    this.dailyLoss?.rearm();
    this.drawdown?.rearm();
    this.#watch();
  }

  tripped(name: RailName): void {
    const rail = this.rail(name);
    if (rail !== undefined) rail.tripped = true;
    // What is watched is a function of the state: a restart must not change it.
    this.#watch();
  }

  /** Equity stands where it was not seen before, or a count is under way: look at it. */
  marked(time: TimeUs): void {
    if (this.marks.uncertain(time) !== -1) return;
    const equity = this.#account.equityCount;
    const { drawdown, dailyLoss } = this;
    if (drawdown !== undefined && equity > drawdown.base) {
      drawdown.rearm();
      drawdown.setBase(equity);
    }
    drawdown?.mark(equity, time);
    dailyLoss?.mark(equity, time);
    this.#watch();
  }

  /** Money was booked: is there something to look at? */
  booked(time: TimeUs): void {
    if (this.#account.isOutside) this.marked(time);
  }

  /** Why the rail trips now, if it does. */
  tripOf(name: RailName): TripCause | undefined {
    const rail = this.rail(name);
    if (rail === undefined || rail.base < 0 || rail.tripped) return undefined;
    const { balanceCount, equityCount } = this.#account;
    const whateverMarksSay = rail.base - Math.max(balanceCount, equityCount) >= rail.limit;
    const realised = name === 'daily_loss' && this.#dayBalance - balanceCount >= rail.limit;
    if (whateverMarksSay || realised) return 'realised';
    const { count, overUs } = this.marks.rules;
    return rail.tripOf(count, overUs);
  }

  /** Tells the account between which bounds equity may move without being looked at. */
  #watch(): void {
    let low = Number.NEGATIVE_INFINITY;
    for (const rail of [this.dailyLoss, this.drawdown]) {
      if (rail === undefined) continue;
      if (rail.marks > 0 && !rail.tripped) low = NEVER;
      else if (rail.marks === 0) low = Math.max(low, rail.base - rail.limit + 1);
    }
    this.#account.watch(low, this.drawdown?.base ?? NEVER);
  }

  walk(io: FieldIo): void {
    this.day = io.int('riskDay', this.day) as TimeUs;
    this.#dayBalance = io.int('dayBalance', this.#dayBalance);
    this.dailyLoss?.walk(io);
    this.drawdown?.walk(io);
    if (io.reading) this.#watch();
  }
}
