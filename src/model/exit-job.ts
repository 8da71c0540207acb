import type { FieldIo } from './codec.ts';
import {
  blankDecision,
  blankTerms,
  type DecisionRef,
  type OrderTerms,
  walkDecision,
  walkTerms,
} from './order.ts';
import { NO_ORDER, NO_TIME, type OrderHandle, type TimeUs } from './units.ts';

/**
 * `ending`: legs of our own protection are being cancelled; `exiting`: slices go out, or one is on
 * its way; `waiting`: the next goes out at `nextAt`; `protecting`: no more of them, and protection
 * is put back once the last has ended; `done`.
 */
export const EXIT_JOB_STEPS = ['ending', 'exiting', 'waiting', 'protecting', 'done'] as const;
export const ExitJobStep = {
  ending: 0,
  exiting: 1,
  waiting: 2,
  protecting: 3,
  done: 4,
} as const;
export type ExitJobStep = (typeof ExitJobStep)[keyof typeof ExitJobStep];

/** A step of the job that leaves a position in more than one order (X14, X20). */
export interface ExitJob {
  step: ExitJobStep;
  /** Counts the jobs of the engine's life. */
  job: number;
  /** The one decision behind all of it. */
  decision: DecisionRef;
  /** Idempotency key that the job itself holds; empty where its first order holds it. */
  key: string;
  /** What was asked for; its quantity is what of it has not been sent, or did not fill. */
  terms: OrderTerms;
  /** The first slice, and the last one that is to be watched; `NO_ORDER` for none. */
  first: OrderHandle;
  order: OrderHandle;
  /** Protection that is to end before anything goes out. */
  legs: readonly OrderHandle[];
  /** What of it stood when it had ended, to be put back if the exit stays unfilled. */
  protection: readonly OrderTerms[];
  /** Slices in a row that ended short. */
  attempts: number;
  /** When the next goes out, engine time; `NO_TIME` where an event decides. */
  nextAt: TimeUs;
  reason: string;
}

export function blankExitJob(): ExitJob {
  return {
    step: ExitJobStep.ending,
    job: 0,
    decision: blankDecision(),
    key: '',
    terms: blankTerms(),
    first: NO_ORDER,
    order: NO_ORDER,
    legs: [],
    protection: [],
    attempts: 0,
    nextAt: NO_TIME,
    reason: '',
  };
}

export function walkExitJob(io: FieldIo, j: ExitJob): void {
  j.step = io.code('step', j.step, EXIT_JOB_STEPS) as ExitJobStep;
  j.job = io.int('job', j.job);
  // Shared with the step before: replaced as a whole, never changed in place.
  const decision = { ...j.decision };
  walkDecision(io, decision);
  j.decision = decision;
  j.key = io.text('key', j.key);
  const terms = { ...j.terms };
  walkTerms(io, terms);
  j.terms = terms;
  j.first = io.int('first', j.first) as OrderHandle;
  j.order = io.int('order', j.order) as OrderHandle;
  const walkLeg = (inner: FieldIo, leg: OrderHandle): OrderHandle =>
    inner.int('leg', leg) as OrderHandle;
  j.legs = io.scalars('legs', [...j.legs], NO_ORDER, walkLeg);
  const copies = j.protection.map((leg) => ({ ...leg }));
  j.protection = io.list('protection', copies, blankTerms, walkTerms);
  j.attempts = io.u16('attempts', j.attempts);
  j.nextAt = io.int('nextAt', j.nextAt) as TimeUs;
  j.reason = io.text('reason', j.reason);
}
