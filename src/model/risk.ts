import type { FieldIo } from './codec.ts';
import { type Money, NO_TIME, type TimeUs } from './units.ts';

/** A day of the loss rails begins: what its loss is measured from (X19). */
export interface RiskDay {
  /** When the day began, by its calendar. */
  day: TimeUs;
  balance: Money;
  equity: Money;
}

export function blankRiskDay(): RiskDay {
  return { day: NO_TIME, balance: 0n as Money, equity: 0n as Money };
}

export function walkRiskDay(io: FieldIo, r: RiskDay): void {
  r.day = io.int('day', r.day) as TimeUs;
  r.balance = io.big('balance', r.balance) as Money;
  r.equity = io.big('equity', r.equity) as Money;
}

/** The loss rails, by the names of their gates. */
export const RAILS = ['daily_loss', 'run_drawdown'] as const;
export type RailName = (typeof RAILS)[number];

/**
 * What a trip rests on: realised loss alone, one mark beyond the hard limit, or as many marks over
 * as long a time as the configuration asks for.
 */
export const TRIP_CAUSES = ['realised', 'hard', 'marks'] as const;
export type TripCause = (typeof TRIP_CAUSES)[number];

/** A loss rail's limit was reached beyond doubt (X19). */
export interface RailTrip {
  rail: number;
  cause: number;
  limit: Money;
  /** What was lost. */
  observed: Money;
  /** The rail is in shadow: nothing follows from it. */
  shadow: boolean;
}

export function blankRailTrip(): RailTrip {
  return { rail: 0, cause: 0, limit: 0n as Money, observed: 0n as Money, shadow: false };
}

export function walkRailTrip(io: FieldIo, r: RailTrip): void {
  r.rail = io.code('rail', r.rail, RAILS);
  r.cause = io.code('cause', r.cause, TRIP_CAUSES);
  r.limit = io.big('limit', r.limit) as Money;
  r.observed = io.big('observed', r.observed) as Money;
  r.shadow = io.bool('shadow', r.shadow);
}
