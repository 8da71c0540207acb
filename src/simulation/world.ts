import { crc32 } from 'node:zlib';
import { isUnanswered } from '../kernel/orders/doubts.ts';
import { hash32Wide } from '../market/random.ts';
import { present } from '../model/assert.ts';
import { TradingState } from '../model/gate.ts';
import { OrderFlag, OrderState } from '../model/order.ts';
import type { TimeUs } from '../model/units.ts';
import { Checker } from './checker.ts';
import { Clockwork } from './clockwork.ts';
import { Dice } from './dice.ts';
import { Faults, type Plan, USUAL_FAULTS } from './faults.ts';
import { JournalWatch } from './journal-watch.ts';
import { Machine } from './machine.ts';
import { type Desk, Operator } from './operator.ts';
import { isOpen, RemoteBooks } from './remote-books.ts';
import { RemoteLedger } from './remote-ledger.ts';
import { RemoteVenue } from './remote-venue.ts';
import type { RunFigures, RunOptions, RunResult } from './run-result.ts';
import { SIMULATION_START, SYMBOLS, simulatedConfig } from './simulated-config.ts';
import { Timeline } from './timeline.ts';
import { traceLine } from './trace-line.ts';
import { VENUE_KINDS, type VenueKindName } from './venue-kinds.ts';
import { Violation } from './violation.ts';
import { Wire } from './wire.ts';

const MS = 1000;
const SECOND = 1_000_000;
/** The journals of so many seeds are read whole at the end, and those of fatal stops. */
const VERIFIED_EVERY = 8;
/** Pulses from one copy of the disk to the next. */
const COPIED_EVERY = 3;
const KIND_NAMES = Object.keys(VENUE_KINDS) as VenueKindName[];

/** Runs one plan: a world of one engine and one venue, with all that goes wrong between them. */
export class World {
  readonly machine: Machine;
  readonly #plan: Plan;
  readonly #timeline = new Timeline(SIMULATION_START);
  readonly #faults: Faults;
  readonly #dice: Dice;
  readonly #books: RemoteBooks;
  readonly #venue: RemoteVenue;
  readonly #ledger: RemoteLedger;
  readonly #wire: Wire;
  readonly #checker: Checker;
  readonly #journal = new JournalWatch();
  readonly #operator: Operator;
  readonly #clockwork: Clockwork;
  readonly #activeUs: number = 0;
  readonly #lines: string[] = [];
  #checksum = 0;
  #hasMet = false;
  /** The engine whose books were open at the last pulse, and for how many. */
  #openEngine: Machine['engine'];
  #pulses = 0;
  #metBy: Machine['engine'];

  constructor(plan: Plan, options: RunOptions = {}) {
    this.#plan = plan;
    const { seed } = plan;
    this.#faults = new Faults(plan, USUAL_FAULTS);
    const dice = new Dice(seed, 1);
    this.#dice = dice;
    const kind = VENUE_KINDS[present(KIND_NAMES[hash32Wide(3, seed) % KIND_NAMES.length], 'kind')];
    const skew = dice.between(-2, 7) * SECOND;
    const timeline = this.#timeline;
    // It is drawn either way: what is drawn after it stays the same.
    const activeUs = dice.between(2, 16) * SECOND;
    this.#activeUs = plan.activeUs ?? activeUs;
    this.#books = new RemoteBooks(kind, SYMBOLS.length, () => timeline.now, skew);
    const later = (delay: number, what: () => void): void => timeline.after(delay, what);
    this.#venue = new RemoteVenue(this.#books, new Dice(seed, 2), this.#faults, later);
    this.#ledger = new RemoteLedger(this.#venue, this.#faults);
    this.#checker = new Checker(this.#venue, this.#journal);
    this.#wire = new Wire(timeline, new Dice(seed, 3), this.#faults, this.#venue, this.#checker);
    this.#checker.wire = this.#wire;
    this.#checker.trace = (what) => this.#trace(what, options.keepTrace === true);
    if (options.keepTrace === true) {
      this.#checker.note = (kind, what) => this.#trace(`${kind} ${traceLine(what)}`, true);
    }
    this.#books.onExecution = (order, before, after) =>
      this.#checker.executed(order, before, after);
    const parameters = {
      until: SIMULATION_START + this.#activeUs,
      paceUs: dice.between(60, 400) * MS,
      reduceOnly: kind.reduceOnly,
      replaces: true,
      legs: true,
    };
    this.machine = new Machine({
      seed,
      config: simulatedConfig(kind, parameters, seed),
      timeline,
      dice: new Dice(seed, 4),
      faults: this.#faults,
      way: this.#wire,
      checker: this.#checker,
      journal: this.#journal,
    });
    this.machine.crashes = options.crashes;
    this.#clockwork = new Clockwork({
      timeline,
      machine: this.machine,
      checker: this.#checker,
      check: () => this.#checker.checkRepeated(),
      unsettled: () => this.#unsettled(),
      fills: () => this.#fills(),
    });
    this.#operator = new Operator(this.machine, deskOf(this.#books, this.#wire), new Dice(seed, 5));
  }

  #trace(what: string, keep: boolean): void {
    if (!keep || !what.includes('{'))
      this.#checksum = crc32(`${this.#timeline.now} ${what}`, this.#checksum);
    if (keep) {
      const at = ((this.#timeline.now - SIMULATION_START) / SECOND).toFixed(3);
      this.#lines.push(`${at.padStart(8)} ${what}`);
    }
  }

  run(): RunResult {
    let violation: RunResult['violation'];
    try {
      this.#run();
    } catch (error) {
      if (!(error instanceof Violation)) throw error;
      violation = { invariant: error.invariant, message: error.message };
    }
    return {
      plan: this.#plan,
      venue: this.#books.capabilities.id,
      trace: `${this.#checksum.toString(16)}-${this.#journal.checksum.toString(16)}`,
      figures: this.#figures(),
      struck: this.#faults.struck,
      activeUs: this.#activeUs,
      violation,
      lines: this.#lines,
    };
  }

  #figures(): RunFigures {
    const { orders, log } = this.#books;
    return {
      ...this.machine.figures,
      orders: orders.size,
      fills: this.#fills(),
      facts: log.length,
      groups: this.#journal.groups,
      faults: this.#faults.counts,
    };
  }

  #run(): void {
    // Where a log says what is past, the account may have one before the first start.
    this.#hasMet = this.#books.capabilities.denseLog;
    if (this.#hasMet) this.#ledger.past();
    const end = SIMULATION_START + this.#activeUs;
    this.#timeline.after(0, () => this.machine.boot());
    for (const k of SYMBOLS.keys()) this.#tick(k, end);
    this.#pulse(end);
    this.#clockwork.until(() => this.#timeline.now >= end, end);
    this.#faults.calm = true;
    // What a full disk left behind ends when somebody makes room and starts the engine again.
    if (this.#faults.counts.disk_full > 0) this.#clockwork.guarded(() => this.machine.restart());
    this.#clockwork.settle();
    this.#clockwork.probe(SYMBOLS.length);
    this.machine.engine?.commit(this.#timeline.now as TimeUs);
    this.#checker.compare();
    const { fatalStops } = this.machine.figures;
    if (fatalStops > 0 || this.#plan.seed % VERIFIED_EVERY === 0) this.machine.verify();
  }

  /** The market, while it is active. */
  #tick(k: number, end: number): void {
    const us = this.#dice.between(100, 700) * MS;
    this.#timeline.after(us, () => {
      if (this.#timeline.now >= end) return;
      this.#tick(k, end);
      this.#venue.tick(k);
      this.#quoteSoon(k);
    });
  }

  #quoteSoon(k: number): void {
    const bid = this.#books.bid(k);
    const ask = this.#books.ask(k);
    this.#timeline.after(5 * MS, () => this.machine.quote(k, bid, ask));
  }

  /** Once a second: what the broker does by itself, and a look of the operator's. */
  #pulse(end: number): void {
    this.#timeline.after(SECOND, () => {
      this.#pulse(end);
      const isCalm = this.#timeline.now >= end;
      for (const k of SYMBOLS.keys()) {
        this.#venue.settle(k);
        if (isCalm) this.#quoteSoon(k);
      }
      this.#meet();
      if (!isCalm && this.#hasMet) this.#ledger.pass();
      if (this.#faults.meets('restart') !== 0) this.machine.restart();
      this.#keepCopies(isCalm);
      this.#operator.look(isCalm);
    });
  }

  /**
   * A copy of the disk every few seconds, and now and then the last one is all that is left. Where
   * no log tells what the copy does not know, that is not survived: such an engine begins anew. So
   * does one whose copy is from before its books began: what they begin with is on the disk a
   * second later.
   */
  #keepCopies(isCalm: boolean): void {
    if (isCalm || !this.#books.capabilities.denseLog || this.#faults.isOff('disk_restored')) return;
    if (this.machine.canRestore && this.#faults.meets('disk_restored') !== 0) {
      this.machine.restore(() => this.#venue.cancelAll('by_hand'));
    }
    const { engine } = this.machine;
    const isSame = engine !== undefined && engine === this.#openEngine;
    this.#openEngine = engine?.kernel.book.beginning.isOpen === true ? engine : undefined;
    this.#pulses = isSame ? this.#pulses + 1 : 0;
    if (this.#pulses % COPIED_EVERY === 1) this.machine.backUp();
  }

  /**
   * Where no log tells of it, nothing happens to the account before engine and broker have met for
   * good: its books begin where the engine's do. What is armed a second later is on the disk.
   */
  #meet(): void {
    const { engine } = this.machine;
    if (engine?.kernel.book.reconciliation.armed !== true) return;
    this.#hasMet ||= engine === this.#metBy;
    this.#metBy = engine;
  }

  /** What still stands between the engine and its work, or `undefined`. */
  #unsettled(): string | undefined {
    const { engine } = this.machine;
    if (engine === undefined) return 'no engine runs';
    const { waiting } = this.#wire;
    if (waiting !== undefined) return waiting;
    const { book } = engine.kernel;
    const { log, capabilities } = this.#books;
    if (capabilities.denseLog && book.cursor !== log.length) {
      return `the log stands at ${log.length}, the engine at ${book.cursor}`;
    }
    const [doubt] = book.doubts.all();
    if (doubt !== undefined) return `order ${doubt.order} stays in doubt`;
    if (book.tradingState !== TradingState.active) return 'trading is stopped';
    if (!book.reconciliation.armed) return 'engine and broker were never found to agree';
    if (book.reconciliation.held) return `held: ${book.reconciliation.seen.join(', ')}`;
    for (const { handle, state, flags } of book.orders.open()) {
      if (isUnanswered(state)) return `order ${handle} has no answer`;
      const pending = OrderFlag.cancelPending | OrderFlag.replacePending;
      if ((flags & pending) !== 0) return `the change of order ${handle} has no answer`;
    }
    for (const k of SYMBOLS.keys()) {
      if (!book.board.has(k)) return 'an instrument has no price';
      if (this.#venue.isHalted(k)) return 'an instrument is halted';
      if (book.failures.waitsUntil(0, k) > this.#timeline.now)
        return 'entries wait after a failure';
    }
    return undefined;
  }

  #fills(): number {
    let fills = 0;
    for (const order of this.#books.orders.values()) fills += order.fills.length;
    return fills;
  }
}

/** Runs a plan. The same plan gives the same result. */
export function simulate(plan: Plan, options?: RunOptions): RunResult {
  return new World(plan, options).run();
}

/** What the venue's people know: its books, and what is still on the wire. */
function deskOf(books: RemoteBooks, wire: Wire): Desk {
  const { denseLog, lookUpByClientIdUs, inFlightHorizonUs } = books.capabilities;
  return {
    canTell: (denseLog || lookUpByClientIdUs > 0) && Number.isFinite(inFlightHorizonUs),
    mayChange: (id) => wire.mayChange(id),
    brokerOrderId: (id) => books.orders.get(id)?.brokerOrderId ?? '',
    ask: (id) => {
      const order = books.orders.get(id);
      if (order === undefined) return wire.willArrive(id) ? 'other' : 'nowhere';
      if (isOpen(order)) return 'open';
      return order.state === OrderState.rejected ? 'rejected' : 'other';
    },
  };
}
