import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import { blankEvidence, type Evidence, VERDICTS } from '../../model/doubt.ts';
import { NO_TIME, type TimeUs } from '../../model/units.ts';
import type { VenueCapabilities } from '../../model/venue.ts';
import { VENUE_KINDS } from '../../simulation/venue-kinds.ts';
import {
  ASK_FIRST_US,
  ASK_LAST_US,
  ATTEMPTS_MAX,
  backoffUs,
  type DoubtCase,
  decideDoubt,
} from './in-doubt.ts';

const FOR_EVER = Number.POSITIVE_INFINITY;
const SECOND = 1_000_000;
const { keeper, logger, stale, mute, deadline } = VENUE_KINDS;

interface Row {
  readonly branch: string;
  readonly verdict: (typeof VERDICTS)[number];
  readonly venue: VenueCapabilities;
  readonly evidence?: Partial<Evidence>;
  readonly rest?: Partial<Omit<DoubtCase, 'evidence'>>;
}

function at(seconds: number): TimeUs {
  return (1_700_000_000_000_000 + seconds * SECOND) as TimeUs;
}

function caseOf({ evidence = {}, rest = {} }: Pick<Row, 'evidence' | 'rest'>): DoubtCase {
  return {
    evidence: { ...blankEvidence(), ...evidence },
    attempts: 1,
    connectionClosed: true,
    deadline: NO_TIME,
    knownBefore: at(-1),
    ...rest,
  };
}

/** Each row of the table of `in-doubt.ts`, at its edges. */
const ROWS: readonly Row[] = [
  {
    branch: 'found_awaits_facts',
    verdict: 'ask',
    venue: logger,
    evidence: { found: true, closedBy: at(0), logCleanAt: at(1000) },
  },
  {
    branch: 'log_clean_past_horizon',
    verdict: 'not_placed',
    venue: logger,
    evidence: { closedBy: at(0), logCleanAt: at(60.1) },
  },
  {
    branch: 'awaits_end_of_flight',
    verdict: 'ask',
    venue: logger,
    evidence: { closedBy: at(0), logCleanAt: at(60) },
  },
  {
    branch: 'log_clean_past_deadline',
    verdict: 'not_placed',
    venue: deadline,
    evidence: { logCleanAt: at(6.1) },
    rest: { deadline: at(5), connectionClosed: false },
  },
  {
    branch: 'awaits_end_of_flight',
    verdict: 'ask',
    venue: deadline,
    evidence: { logCleanAt: at(6) },
    rest: { deadline: at(5) },
  },
  {
    branch: 'not_found_past_horizon',
    verdict: 'not_placed',
    venue: stale,
    evidence: { closedBy: at(0), notFoundAt: at(13.1) },
  },
  {
    branch: 'awaits_end_of_flight',
    verdict: 'ask',
    venue: stale,
    evidence: { closedBy: at(0), notFoundAt: at(13) },
  },
  {
    branch: 'not_found_past_deadline',
    verdict: 'not_placed',
    venue: { ...keeper, refusesPastDeadline: true },
    evidence: { notFoundAt: at(5.1) },
    rest: { deadline: at(5) },
  },
  { branch: 'nothing_to_ask', verdict: 'presumed_absent', venue: mute },
  {
    branch: 'stale_source',
    verdict: 'ask',
    venue: logger,
    evidence: { closedBy: at(0), unanswered: 100 },
    rest: { attempts: 100 },
  },
  {
    branch: 'never_provable',
    verdict: 'presumed_absent',
    venue: { ...keeper, readLagUs: FOR_EVER },
    evidence: { closedBy: at(0), notFoundAt: at(1000) },
  },
  {
    branch: 'never_provable',
    verdict: 'presumed_absent',
    venue: { ...logger, inFlightHorizonUs: FOR_EVER },
    evidence: { closedBy: at(0), logCleanAt: at(1000) },
  },
  {
    branch: 'never_provable',
    verdict: 'presumed_absent',
    venue: { ...keeper, lookUpByClientIdUs: 20 * SECOND },
    evidence: { closedBy: at(0), notFoundAt: at(20) },
    rest: { knownBefore: at(-1) },
  },
  {
    branch: 'not_found_past_horizon',
    verdict: 'not_placed',
    venue: { ...keeper, lookUpByClientIdUs: 20 * SECOND },
    evidence: { closedBy: at(0), notFoundAt: at(19) },
    rest: { knownBefore: at(-1) },
  },
  {
    branch: 'attempts_spent',
    verdict: 'presumed_absent',
    venue: logger,
    evidence: { logCleanAt: at(1000) },
    rest: { attempts: ATTEMPTS_MAX, connectionClosed: false },
  },
  {
    branch: 'connection_open',
    verdict: 'ask',
    venue: logger,
    evidence: { logCleanAt: at(1000) },
    rest: { connectionClosed: false },
  },
  {
    branch: 'closing_unconfirmed',
    verdict: 'ask',
    venue: logger,
    evidence: { logCleanAt: at(1000) },
  },
];

suite('the table of doubt (X9)', () => {
  for (const [i, row] of ROWS.entries()) {
    test(`row ${i + 1}: ${row.branch} says ${row.verdict}`, () => {
      const { branch, verdict } = decideDoubt(row.venue, caseOf(row));
      assert.deepEqual([branch, VERDICTS[verdict]], [row.branch, row.verdict]);
    });
  }

  const anyTime = fc.oneof(fc.constant(NO_TIME), fc.integer({ min: -5, max: 200 }).map(at));
  const anySpan = fc.constantFrom(0, SECOND, 10 * SECOND, 60 * SECOND, FOR_EVER);
  const anyCase: fc.Arbitrary<DoubtCase> = fc.record({
    evidence: fc.record({
      found: fc.boolean(),
      closedBy: anyTime,
      logCleanAt: anyTime,
      notFoundAt: anyTime,
      unanswered: fc.nat(20),
    }),
    attempts: fc.nat(20),
    connectionClosed: fc.boolean(),
    deadline: anyTime,
    knownBefore: anyTime,
  });
  const anyVenue: fc.Arbitrary<VenueCapabilities> = fc
    .tuple(anySpan, anySpan, anySpan, fc.boolean(), fc.boolean())
    .map(([lookUpByClientIdUs, inFlightHorizonUs, readLagUs, denseLog, refusesPastDeadline]) => ({
      ...keeper,
      lookUpByClientIdUs,
      inFlightHorizonUs,
      readLagUs,
      denseLog,
      refusesPastDeadline,
    }));

  test('not_placed needs a read that goes beyond the end of a late request, and an order not seen', () => {
    fc.assert(
      fc.property(anyVenue, anyCase, (venue, known) => {
        const { verdict } = decideDoubt(venue, known);
        if (VERDICTS[verdict] !== 'not_placed') return;
        const { found, closedBy, logCleanAt, notFoundAt } = known.evidence;
        const ends = [
          ...(closedBy === NO_TIME ? [] : [closedBy + venue.inFlightHorizonUs]),
          ...(venue.refusesPastDeadline && known.deadline !== NO_TIME ? [known.deadline] : []),
        ];
        const reads = [
          ...(venue.denseLog ? [logCleanAt] : []),
          ...(venue.lookUpByClientIdUs > 0 ? [notFoundAt] : []),
        ];
        assert(!found);
        assert(Number.isFinite(venue.readLagUs));
        assert(ends.some((end) => reads.some((read) => read > end + venue.readLagUs)));
      }),
      { numRuns: 2000 },
    );
  });

  test('without evidence no number of questions and no time proves anything', () => {
    fc.assert(
      fc.property(anyVenue, anyCase, (venue, known) => {
        const { unanswered } = known.evidence;
        const evidence = { ...blankEvidence(), unanswered };
        const { verdict, branch } = decideDoubt(venue, { ...known, evidence });
        const isMute = venue.lookUpByClientIdUs === 0 && !venue.denseLog;
        assert.equal(branch, isMute ? 'nothing_to_ask' : 'stale_source');
        assert.equal(VERDICTS[verdict], isMute ? 'presumed_absent' : 'ask');
      }),
    );
  });

  test('more evidence of absence never takes a proof back', () => {
    fc.assert(
      fc.property(anyVenue, anyCase, fc.nat(100), (venue, known, later) => {
        const proves = (facts: DoubtCase) =>
          VERDICTS[decideDoubt(venue, facts).verdict] === 'not_placed';
        const { evidence } = known;
        const logCleanAt = Math.max(evidence.logCleanAt, at(later)) as TimeUs;
        const more = { ...known, evidence: { ...evidence, logCleanAt } };
        assert(!proves(known) || proves(more));
      }),
      { numRuns: 1000 },
    );
  });

  test('the time to the next question doubles between its bounds, and follows what is awaited', () => {
    const waits = Array.from({ length: 40 }, (_, attempt) => backoffUs(attempt));
    assert.equal(waits[0], ASK_FIRST_US);
    assert.equal(waits[1], 2 * ASK_FIRST_US);
    assert.equal(waits.at(-1), ASK_LAST_US);
    fc.assert(
      fc.property(anyVenue, anyCase, (venue, known) => {
        const { askInUs } = decideDoubt(venue, known);
        assert(askInUs === FOR_EVER || (askInUs >= ASK_FIRST_US && askInUs <= ASK_LAST_US));
      }),
    );
    const evidence = { closedBy: at(0), logCleanAt: at(30) };
    const rest = { attempts: 20 };
    const { askInUs } = decideDoubt(logger, caseOf({ evidence, rest }));
    assert.equal(askInUs, 30 * SECOND + 1, 'right after the end of the flight');
  });
});
