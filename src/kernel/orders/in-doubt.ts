import { present } from '../../model/assert.ts';
import { type DoubtBranchName, type Evidence, Verdict } from '../../model/doubt.ts';
import { US_PER_MS, US_PER_SECOND } from '../../model/time.ts';
import { NO_TIME, type TimeUs } from '../../model/units.ts';
import type { VenueCapabilities } from '../../model/venue.ts';

/** Time to the next question: it doubles from the first to the last. */
export const ASK_FIRST_US = 250 * US_PER_MS;
export const ASK_LAST_US = 60 * US_PER_SECOND;
/** Questions after which an order that nothing shows is presumed absent, and the operator told. */
export const ATTEMPTS_MAX = 8;

const NEVER = Number.POSITIVE_INFINITY;

/** All that the decision on a submit in doubt rests on. Times are the venue's, never our clock. */
export interface DoubtCase {
  readonly evidence: Evidence;
  /** Questions asked so far. */
  readonly attempts: number;
  /** The connection that it went out on is closed. */
  readonly connectionClosed: boolean;
  /** Time after which the venue refuses it (GTD), or `NO_TIME`. */
  readonly deadline: TimeUs;
  /** The last venue time that was known when it was decided: it was not sent before. */
  readonly knownBefore: TimeUs;
}

export interface Decision {
  readonly verdict: Verdict;
  readonly branch: DoubtBranchName;
  /** Time until it is asked again, engine time; Infinity for never. */
  readonly askInUs: number;
}

interface View {
  readonly venue: VenueCapabilities;
  readonly known: DoubtCase;
  readonly canLookUp: boolean;
  /** A late request is dead after these; Infinity while that is not known. */
  readonly deadline: number;
  readonly endOfFlight: number;
}

interface Row {
  readonly branch: DoubtBranchName;
  readonly verdict: Verdict;
  readonly holds: (view: View) => boolean;
}

/** What a read that ended at `readAt` saw goes beyond `end`: the venue's time exceeds it (X29). */
export function goesBeyond(readAt: TimeUs, end: number, venue: VenueCapabilities): boolean {
  return readAt !== NO_TIME && readAt > end + venue.readLagUs;
}

function logGoesBeyond({ venue, known }: View, end: number): boolean {
  return venue.denseLog && goesBeyond(known.evidence.logCleanAt, end, venue);
}

function lookUpGoesBeyond(view: View, end: number): boolean {
  const { notFoundAt } = view.known.evidence;
  return view.canLookUp && goesBeyond(notFoundAt, end, view.venue) && isKept(view, notFoundAt);
}

/** An order that ended right after it was sent would still be found at `readAt`. */
function isKept({ venue, known }: View, readAt: TimeUs): boolean {
  if (venue.lookUpByClientIdUs === NEVER) return true;
  return known.knownBefore !== NO_TIME && readAt - known.knownBefore <= venue.lookUpByClientIdUs;
}

function sawNothing({ known: { evidence } }: View): boolean {
  return evidence.logCleanAt !== NO_TIME || evidence.notFoundAt !== NO_TIME;
}

/** Could any later read prove that it is absent? */
function isProvable(view: View): boolean {
  const { venue } = view;
  const dies = venue.inFlightHorizonUs !== NEVER || view.deadline !== NEVER;
  if (!dies || venue.readLagUs === NEVER) return false;
  if (venue.denseLog) return true;
  const { notFoundAt } = view.known.evidence;
  return view.canLookUp && isKept(view, notFoundAt);
}

function end(view: View): number {
  return Math.min(view.deadline, view.endOfFlight);
}

/**
 * The decision table (X9). A row stands for one state of knowledge; the first that holds decides.
 * `not_placed` needs a read that goes beyond a time after which a late request is dead, never a
 * lapse of time alone, and no row reads our own clock.
 */
const TABLE: readonly Row[] = [
  { branch: 'found_awaits_facts', verdict: Verdict.ask, holds: (v) => v.known.evidence.found },
  {
    branch: 'log_clean_past_deadline',
    verdict: Verdict.notPlaced,
    holds: (v) => logGoesBeyond(v, v.deadline),
  },
  {
    branch: 'log_clean_past_horizon',
    verdict: Verdict.notPlaced,
    holds: (v) => logGoesBeyond(v, v.endOfFlight),
  },
  {
    branch: 'not_found_past_deadline',
    verdict: Verdict.notPlaced,
    holds: (v) => lookUpGoesBeyond(v, v.deadline),
  },
  {
    branch: 'not_found_past_horizon',
    verdict: Verdict.notPlaced,
    holds: (v) => lookUpGoesBeyond(v, v.endOfFlight),
  },
  {
    branch: 'nothing_to_ask',
    verdict: Verdict.presumedAbsent,
    holds: (v) => !v.canLookUp && !v.venue.denseLog,
  },
  { branch: 'stale_source', verdict: Verdict.ask, holds: (v) => !sawNothing(v) },
  { branch: 'never_provable', verdict: Verdict.presumedAbsent, holds: (v) => !isProvable(v) },
  { branch: 'awaits_end_of_flight', verdict: Verdict.ask, holds: (v) => end(v) !== NEVER },
  {
    branch: 'attempts_spent',
    verdict: Verdict.presumedAbsent,
    holds: (v) => v.known.attempts >= ATTEMPTS_MAX,
  },
  { branch: 'connection_open', verdict: Verdict.ask, holds: (v) => !v.known.connectionClosed },
  { branch: 'closing_unconfirmed', verdict: Verdict.ask, holds: () => true },
];

/** Time from the question of this number to the next: 250 ms, doubling to 60 s. */
export function backoffUs(attempt: number): number {
  return Math.min(ASK_LAST_US, ASK_FIRST_US * 2 ** Math.min(attempt, 30));
}

/** Decides what is to be made of a submit whose answer is missing. */
export function decideDoubt(venue: VenueCapabilities, known: DoubtCase): Decision {
  const { closedBy } = known.evidence;
  const isTimed = venue.refusesPastDeadline && known.deadline !== NO_TIME;
  const view: View = {
    venue,
    known,
    canLookUp: venue.lookUpByClientIdUs > 0,
    deadline: isTimed ? known.deadline : NEVER,
    endOfFlight: closedBy === NO_TIME ? NEVER : closedBy + venue.inFlightHorizonUs,
  };
  const { branch, verdict } = present(
    TABLE.find((row) => row.holds(view)),
    'a row of the table',
  );
  return { branch, verdict, askInUs: askInUs(branch, view) };
}

function askInUs(branch: DoubtBranchName, view: View): number {
  if (branch === 'nothing_to_ask') return NEVER;
  const { evidence, attempts } = view.known;
  const backoff = backoffUs(attempts);
  if (branch !== 'awaits_end_of_flight') return backoff;
  // It may yet be found: it is asked on, and at the latest when absence can be proved.
  const readAt = Math.max(evidence.logCleanAt, evidence.notFoundAt);
  const left = end(view) + view.venue.readLagUs - readAt;
  return Math.min(backoff, Math.max(ASK_FIRST_US, left + 1));
}
