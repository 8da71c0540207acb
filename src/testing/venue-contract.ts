import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { Calendar } from '../market/calendar.ts';
import { LookUpOutcome, ReadOutcome } from '../model/doubt.ts';
import { type AppliedInput, InputKind } from '../model/inputs.ts';
import {
  blankTerms,
  OrderState,
  type OrderTerms,
  OrderType,
  Side,
  TimeInForce,
} from '../model/order.ts';
import {
  NO_ORDER,
  type OrderHandle,
  type Price,
  type Quantity,
  type TimeUs,
} from '../model/units.ts';
import { type OrderSend, REPORT_KINDS, type VenueCapabilities } from '../model/venue.ts';
import type { HistoryWish, SeriesHistory } from '../venues/bar-history.ts';
import type { VenuePort } from '../venues/venue-port.ts';

import { alwaysOpen, TEST_START } from './builders.ts';

const SECOND = 1_000_000;
/** A buy at this price rests. */
const BELOW = 105_000 as Price;
const SENT_PRICE = 104_000 as Price;

/** A venue on the bench: its port, what it tells, and what a test can make happen there. */
export interface ContractBench extends AsyncDisposable {
  readonly port: VenuePort;
  readonly capabilities: VenueCapabilities;
  /** What the engine was told, in order. */
  readonly told: readonly AppliedInput[];
  now(): TimeUs;
  /** The engine notes what it sends. */
  sent(send: OrderSend): void;
  pass(us: number): Promise<void>;
  /** The next order is refused, if it has these terms. */
  refuseNext(): Promise<Partial<OrderTerms>>;
  /** The next order is executed, and its answer lost; absent where there is nothing between. */
  loseNextAnswer?(): Promise<void>;
  /**
   * Another start, that asks for bars of the past of a market with a quote in the second after
   * `TEST_START`: what it is ready with. Absent where a start reads none.
   */
  startAgain?(wishes: readonly HistoryWish[]): Promise<readonly SeriesHistory[]>;
}

class Session {
  readonly bench: ContractBench;
  #handles = 0;
  #asks = 0;

  constructor(bench: ContractBench) {
    this.bench = bench;
  }

  order(terms: Partial<OrderTerms> = {}): OrderHandle {
    this.#handles += 1;
    const order = this.#handles as OrderHandle;
    const send: OrderSend = {
      order,
      clientOrderId: `Cabcdefghij${this.#handles.toString(36)}`,
      decision: { strategy: 0, instrument: blankTerms().instrument, number: this.#handles },
      terms: { ...blankTerms(), quantity: 10 as Quantity, timeInForce: TimeInForce.fok, ...terms },
      stopLossOrder: NO_ORDER,
      takeProfitOrder: NO_ORDER,
    };
    this.bench.sent(send);
    this.bench.port.submit(send, this.bench.now());
    return order;
  }

  resting(): OrderHandle {
    const timeInForce = TimeInForce.gtc;
    return this.order({ type: OrderType.limit, limitPrice: BELOW, timeInForce });
  }

  async pass(us = SECOND): Promise<void> {
    await this.bench.pass(us);
    this.#check();
  }

  ask(): number {
    this.#asks += 1;
    return this.#asks;
  }

  /** What was told of an order, as words. */
  words(order: OrderHandle): readonly string[] {
    const words = this.bench.told.flatMap((input) => {
      if (input.kind === InputKind.fill && input.fill.order === order) {
        return [`fill ${input.fill.side * input.fill.quantity}`];
      }
      if (input.kind !== InputKind.report || input.report.order !== order) return [];
      return [REPORT_KINDS[input.report.report] ?? ''];
    });
    // Where an answer and the log both speak of one thing it may be said twice.
    return words.filter((word, i) => word !== words[i - 1]);
  }

  /** Facts of a log come once and in order; executions once. */
  #check(): void {
    const { told, capabilities } = this.bench;
    const seen = new Set<string>();
    let last = 0;
    for (const input of told) {
      if (input.kind === InputKind.fill) {
        const { executionId } = input.fill;
        const isTold = seen.has(executionId);
        assert(!isTold, `execution ${executionId} was told twice`);
        seen.add(executionId);
      }
      const cursor = cursorOf(input);
      if (!capabilities.denseLog || cursor === 0) continue;
      if (last !== 0) assert.equal(cursor, last + 1, 'the next fact');
      last = cursor;
    }
  }
}

function cursorOf(input: AppliedInput): number {
  if (input.kind === InputKind.report) return input.report.cursor;
  if (input.kind === InputKind.fill) return input.fill.cursor;
  return input.kind === InputKind.ledger ? input.ledger.cursor : 0;
}

function lastOf<K extends AppliedInput['kind']>(
  told: readonly AppliedInput[],
  kind: K,
): Extract<AppliedInput, { kind: K }> {
  const found = told.findLast((input) => input.kind === kind);
  assert(found !== undefined, `an input of kind ${kind}`);
  return found as Extract<AppliedInput, { kind: K }>;
}

async function bothSides(session: Session): Promise<void> {
  const buy = session.order();
  await session.pass();
  const sell = session.order({ side: Side.sell });
  await session.pass();
  assert.deepEqual(session.words(buy), ['accepted', 'fill 10']);
  assert.deepEqual(session.words(sell), ['accepted', 'fill -10']);
}

async function refusal(session: Session): Promise<void> {
  const order = session.order(await session.bench.refuseNext());
  await session.pass(3 * SECOND);
  const words = session.words(order);
  assert(['refused', 'rejected'].includes(words.at(-1) ?? ''), words.join());
  assert(!words.some((word) => word.startsWith('fill')), words.join());
}

async function cancelled(session: Session): Promise<void> {
  const { port } = session.bench;
  const order = session.resting();
  await session.pass();
  assert.deepEqual(session.words(order), ['accepted']);
  port.cancel({ order, attempt: 1 }, session.bench.now());
  await session.pass();
  port.cancel({ order, attempt: 2 }, session.bench.now());
  await session.pass();
  assert.deepEqual(session.words(order), ['accepted', 'cancelled', 'cancel_refused']);
}

async function replaced(session: Session): Promise<void> {
  const order = session.resting();
  await session.pass();
  const change = { quantity: 7 as Quantity, limitPrice: SENT_PRICE, stopPrice: 0 as Price };
  session.bench.port.replace({ order, attempt: 1, ...change }, session.bench.now());
  await session.pass();
  const { report } = lastOf(session.bench.told, InputKind.report);
  assert.equal(REPORT_KINDS[report.report], 'replaced');
  assert.deepEqual([report.quantity, report.limitPrice], [7, SENT_PRICE]);
}

async function lookedUp(session: Session): Promise<void> {
  const { bench } = session;
  if (bench.capabilities.lookUpByClientIdUs === 0) return;
  const order = session.resting();
  await session.pass();
  const clientOrderId = `Cabcdefghij${order.toString(36)}`;
  const lookUp = { ask: session.ask(), order, clientOrderId, brokerOrderId: '' };
  bench.port.lookUp(lookUp, bench.now());
  await session.pass();
  const found = lastOf(bench.told, InputKind.lookUpAnswer).answer;
  assert.deepEqual(
    [found.ask, found.outcome, found.state, found.quantity, found.limitPrice],
    [1, LookUpOutcome.found, OrderState.working, 10, BELOW],
  );
  const missing = { ...lookUp, ask: session.ask(), clientOrderId: 'Cabcdefghijzz' };
  bench.port.lookUp(missing, bench.now());
  await session.pass();
  const { answer } = lastOf(bench.told, InputKind.lookUpAnswer);
  assert.deepEqual([answer.ask, answer.outcome], [2, LookUpOutcome.notFound]);
  assert(answer.venueTime > 0);
}

async function logRead(session: Session): Promise<void> {
  const { bench } = session;
  if (!bench.capabilities.denseLog) return;
  session.order();
  await session.pass();
  const last = Math.max(...bench.told.map(cursorOf));
  const first = Math.max(1, Math.min(...bench.told.map(cursorOf).filter((at) => at > 0)));
  const ask = session.ask();
  bench.port.readLogFrom(Math.max(1, first), ask, bench.now());
  await bench.pass(SECOND);
  const { logRead } = lastOf(bench.told, InputKind.logRead);
  assert.deepEqual([logRead.ask, logRead.outcome, logRead.cursor], [ask, ReadOutcome.clean, last]);
  assert(logRead.venueTime > 0);
}

async function snapshot(session: Session): Promise<void> {
  const { bench } = session;
  const order = session.resting();
  session.order({ side: Side.sell });
  await session.pass();
  const ask = session.ask();
  bench.port.takeSnapshot(ask, bench.now());
  await session.pass();
  const { snapshot } = lastOf(bench.told, InputKind.snapshot);
  assert.deepEqual([snapshot.ask, snapshot.complete], [ask, true]);
  assert.deepEqual(
    snapshot.positions.map(({ quantity }) => quantity),
    [-10],
  );
  const [shown] = snapshot.openOrders;
  assert.deepEqual([shown?.order, shown?.quantity, shown?.filled], [order, 10, 0]);
  if (bench.capabilities.denseLog) {
    assert.equal(snapshot.cursor, Math.max(...bench.told.map(cursorOf)));
  }
}

async function lostAnswer(session: Session): Promise<void> {
  const { bench } = session;
  if (bench.loseNextAnswer === undefined) return;
  await bench.loseNextAnswer();
  const order = session.order();
  await session.pass(20 * SECOND);
  const closedAt = bench.told.findIndex(
    (input) => input.kind === InputKind.connection && !input.open,
  );
  const unknownAt = bench.told.findIndex(
    (input) => input.kind === InputKind.report && REPORT_KINDS[input.report.report] === 'unknown',
  );
  assert(closedAt >= 0 && unknownAt > closedAt, `closed ${closedAt}, unknown ${unknownAt}`);
  const numbers = bench.told.flatMap((input) =>
    input.kind === InputKind.connection ? [input.open ? input.connection : 0] : [],
  );
  assert.deepEqual(numbers, [0, 2]);
  const words = session.words(order);
  assert.equal(words.filter((word) => word === 'fill 10').length, 1, words.join());
}

async function history(session: Session): Promise<void> {
  const { bench } = session;
  if (bench.startAgain === undefined) return;
  await session.pass(12 * SECOND);
  const wish = (seconds: number, basis: 'bid' | 'ask'): HistoryWish => {
    const { instrument } = blankTerms();
    const spec = { kind: 'time', instrument, durationUs: seconds * SECOND, basis } as const;
    const calendar = new Calendar(alwaysOpen());
    return { spec, history: 9, from: 0 as TimeUs, most: 9, calendar };
  };
  const wishes = [wish(5, 'bid'), wish(86_400, 'ask'), wish(432, 'ask')];
  const found = await bench.startAgain(wishes);
  assert.deepEqual(
    found.map((one) => one.wish),
    wishes,
    'an answer to each',
  );
  const [fives, ...rest] = found;
  const span = { start: TEST_START, end: (TEST_START + 5 * SECOND) as TimeUs, ticks: 1 };
  const price = 110_000;
  assert.deepEqual(fives?.bars, [{ ...span, open: price, high: price, low: price, close: price }]);
  for (const { bars } of rest) assert.deepEqual(bars, [], 'a bar in progress is none of the past');
}

/** What every venue must do behind its port. */
const CONTRACT: readonly (readonly [string, (session: Session) => Promise<void>])[] = [
  ['orders of both sides are accepted, then filled', bothSides],
  ['a refusal is told once it is sure, and nothing is filled', refusal],
  ['a resting order is cancelled, and what is gone cannot be', cancelled],
  ['a replace tells the terms in force', replaced],
  ['a look-up finds what is there, and does not find what is not', lookedUp],
  ['a read of the log is clean through the last fact that was told', logRead],
  ['a snapshot states what is open and held at its cursor', snapshot],
  ['a lost answer is unknown, and that only after its connection was closed', lostAnswer],
  ['a start is ready with the whole bars of the past, or says of which it has none', history],
];

/** Runs the contract on one venue; whatever it is, it must do as the others do. */
export function venueContract(name: string, make: () => Promise<ContractBench>): void {
  suite(`the contract of a venue: ${name}`, () => {
    for (const [title, body] of CONTRACT) {
      test(title, async () => {
        await using bench = await make();
        await body(new Session(bench));
      });
    }
  });
}
