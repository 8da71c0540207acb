import { ChainedJournal } from '../journal/chained-journal.ts';
import { stateBytes } from '../journal/hashes.ts';
import { MemoryStore } from '../journal/memory-store.ts';
import type { KernelConfig } from '../kernel/config.ts';
import type { Gate } from '../kernel/gates/gate.ts';
import { Kernel } from '../kernel/kernel.ts';
import type { OrderRequest, StrategyContext, SubmitResult } from '../kernel/strategy/api.ts';
import { present } from '../model/assert.ts';
import { Decoder } from '../model/codec.ts';
import type { LookUp } from '../model/doubt.ts';
import type { TradingState } from '../model/gate.ts';
import { type AppliedInput, InputKind } from '../model/inputs.ts';
import { Side } from '../model/order.ts';
import { blankSnapshot } from '../model/reconciliation.ts';
import { AlertSeverity } from '../model/records.ts';
import type {
  InstrumentIndex,
  Money,
  OrderHandle,
  Price,
  Quantity,
  TimeUs,
} from '../model/units.ts';
import {
  blankFill,
  blankReport,
  type CancelSend,
  type FillReport,
  type OrderReport,
  type OrderSend,
  type ReplaceSend,
  ReportKind,
} from '../model/venue.ts';
import { FanOut } from '../runtime/fan-out.ts';
import { Outbox, sealEffects } from '../runtime/outbox.ts';
import type { VenuePort } from '../venues/venue-port.ts';
import { TEST_START, type TestSetup, testConfigs } from './builders.ts';
import { framesOf } from './journal-rig.ts';
import { Puppet } from './puppet.ts';
import { RecordLog } from './record-log.ts';

/** The usual gates with another size gate. */
export function gatesWith(size: Gate): readonly Gate[] {
  return testConfigs().kernel.gates.map((gate) => (gate.name === 'order_size' ? size : gate));
}

/** A gate that a test switches on once the scene is set. */
export class SwitchedGate implements Gate {
  readonly #gate: Gate;
  readonly name: Gate['name'];
  readonly mode: Gate['mode'];
  readonly judgesChanges: boolean;
  on = false;

  constructor(gate: Gate) {
    this.#gate = gate;
    this.name = gate.name;
    this.mode = gate.mode;
    this.judgesChanges = gate.judgesChanges ?? false;
  }

  orderCap(k: number): Quantity | undefined {
    return this.on ? this.#gate.orderCap?.(k) : undefined;
  }

  judge(...args: Parameters<Gate['judge']>): ReturnType<Gate['judge']> {
    return this.on ? this.#gate.judge(...args) : undefined;
  }
}

/** A venue that only listens. */
export class ListeningVenue implements VenuePort {
  readonly submits: OrderSend[] = [];
  readonly cancels: CancelSend[] = [];
  readonly replaces: ReplaceSend[] = [];
  readonly lookUps: LookUp[] = [];
  /** Cursors that the log was asked from. */
  readonly logReads: number[] = [];
  readonly snapshots: number[] = [];
  readonly openings: number[] = [];

  submit(send: OrderSend): void {
    this.submits.push(send);
  }
  cancel(send: CancelSend): void {
    this.cancels.push(send);
  }
  replace(send: ReplaceSend): void {
    this.replaces.push(send);
  }
  lookUp(lookUp: LookUp): void {
    this.lookUps.push(lookUp);
  }
  readLogFrom(cursor: number): void {
    this.logReads.push(cursor);
  }
  takeSnapshot(ask: number): void {
    this.snapshots.push(ask);
  }
  takeOpening(ask: number): void {
    this.openings.push(ask);
  }
}

type OtherInput = AppliedInput;

/** A kernel with a puppet for a strategy and a venue whose every word the test speaks. */
export class KernelRig {
  readonly puppet = new Puppet();
  readonly log = new RecordLog();
  readonly venue = new ListeningVenue();
  readonly #store = new MemoryStore(1 << 22);
  readonly journal = new ChainedJournal(this.#store);
  readonly alerts: string[] = [];
  readonly #config: KernelConfig;
  kernel: Kernel;
  outbox: Outbox;
  /** Off: effects wait for `settle`, as behind a slow disk. */
  settling = true;
  now: TimeUs = TEST_START;
  cursor = 0;

  /** `opens` off: the venue has not said yet where the books begin. */
  constructor(setup: Omit<TestSetup, 'strategies'> = {}, opens = true) {
    const strategies = [{ id: 'puppet', definition: this.puppet.definition, parameters: {} }];
    this.#config = testConfigs({ ...setup, strategies }).kernel;
    this.kernel = new Kernel(this.#config, new FanOut([this.journal, this.log]));
    this.outbox = this.#outboxOf(this.kernel);
    if (opens) this.agree();
    this.input({
      kind: InputKind.started,
      prefix: 'T',
      nonce: 'abcdefghij',
      handlesTaken: 0 as OrderHandle,
      restored: false,
    });
  }

  /** A snapshot that says what the engine's own books say. */
  agree(): void {
    const { account, cursor } = this.book;
    const positions = account.positions.flatMap(({ quantity }, k) =>
      quantity === 0 ? [] : [{ instrument: k as InstrumentIndex, quantity }],
    );
    const { balance } = account;
    const openOrders = [...this.book.orders.open()].map((order) => ({
      ...order.terms,
      order: order.handle,
      clientOrderId: '',
      brokerOrderId: order.brokerOrderId,
      state: order.state,
      filled: order.filled,
    }));
    const told = { cursor, complete: true, balance, positions, openOrders };
    const snapshot = { ...blankSnapshot(), ...told };
    if (this.book.beginning.isOpen) this.input({ kind: InputKind.snapshot, snapshot });
    else this.input({ kind: InputKind.opening, opening: { snapshot, lots: [] } });
  }

  #outboxOf(kernel: Kernel): Outbox {
    return new Outbox(kernel, this.venue, {
      alert: (severity, key) => {
        if (severity >= AlertSeverity.warning) this.alerts.push(key);
      },
    });
  }

  /** Saves the kernel and goes on with a new one that was restored from the bytes. */
  restart(): void {
    const kernel = new Kernel(this.#config, new FanOut([this.journal, this.log]));
    const decoder = new Decoder(stateBytes(this.kernel));
    kernel.walk(decoder);
    decoder.end();
    this.kernel = kernel;
    this.outbox = this.#outboxOf(kernel);
  }

  /** Another kernel, in the state to which the journal folds without deciding anything (X1). */
  folded(): Kernel {
    this.journal.commit();
    const kernel = new Kernel(this.#config, { record: () => undefined });
    for (const { frame } of framesOf(this.#store)) {
      const { book } = kernel;
      book.seq = frame.seq;
      book.clock[0] = frame.time;
      if (frame.what === 'record') kernel.foldRecord(frame.record);
      else if (frame.input.kind === InputKind.quote) {
        const { instrument, bid, ask, bidSize, askSize, venueTime } = frame.input;
        book.market.quoting(venueTime);
        book.quote(instrument, bid, ask, bidSize, askSize);
      } else if (frame.input.kind !== InputKind.quotes) kernel.fold(frame.input);
    }
    kernel.folded();
    return kernel;
  }

  /** Lets time pass, and everything happen that the engine itself has to do meanwhile. */
  pass(us: number): void {
    const until = this.now + us;
    for (;;) {
      const due = this.kernel.due[0] ?? Number.POSITIVE_INFINITY;
      if (due > until) break;
      this.now = (Math.max(due, this.now + 1) - 1) as TimeUs;
      this.input({ kind: InputKind.boundary });
    }
    this.now = until as TimeUs;
  }

  get book(): Kernel['book'] {
    return this.kernel.book;
  }

  input(input: OtherInput): void {
    const { book } = this.kernel;
    this.now = (this.now + 1) as TimeUs;
    book.clock[0] = this.now;
    this.#apply(input);
    if (this.settling) this.settle();
  }

  #apply(input: OtherInput): void {
    const { book } = this.kernel;
    book.seq += 1;
    this.journal.input(input, book.seq, book.time);
    this.kernel.apply(input);
  }

  /** Ends a turn as the loop does: durable first, then out, then what came of it. */
  settle(): void {
    const { effects, book } = this.kernel;
    while (effects.length !== 0) {
      const sealed = sealEffects(effects.splice(0), this.journal.appended);
      const token = this.journal.commit();
      for (const outcome of this.outbox.dispatch(token, sealed, book.time)) this.#apply(outcome);
    }
  }

  quote(k: number, bid: number, ask: number): void {
    const { book } = this.kernel;
    this.now = (this.now + 1) as TimeUs;
    book.clock[0] = this.now;
    book.seq += 1;
    this.journal.quote(book.seq, this.now, k, bid, ask, 0, 0, this.now);
    this.kernel.quote(k, bid, ask, 0, 0);
    if (this.settling) this.settle();
  }

  /** Lets the strategy act, and gives back what it got. */
  act<T>(body: (context: StrategyContext) => T): T {
    let outcome: { readonly result: T } | undefined;
    this.puppet.next((context) => {
      outcome = { result: body(context) };
    });
    this.input({ kind: InputKind.gap, from: this.now, to: this.now });
    return present(outcome, 'outcome').result;
  }

  submit(request: Partial<OrderRequest> & Pick<OrderRequest, 'side' | 'quantity'>): SubmitResult {
    return this.act((context) =>
      context.submit({ instrument: 0 as InstrumentIndex, type: 'market', ...request }),
    );
  }

  /** Submits and expects to be let through. */
  order(request: Partial<OrderRequest> & Pick<OrderRequest, 'side' | 'quantity'>): OrderHandle {
    const result = this.submit(request);
    if (!result.ok) throw new Error(`denied: ${result.gate}, ${result.reason}`);
    return result.order;
  }

  /** A limit order far from the market, accepted by the venue. */
  work(side: 'buy' | 'sell', quantity: number, key: string): OrderHandle {
    const limitPrice = (side === 'buy' ? 50_000 : 200_000) as Price;
    const type = 'limit';
    const order = this.order({ side, quantity: quantity as Quantity, type, limitPrice, key });
    this.report({ report: ReportKind.accepted, order });
    return order;
  }

  /** Lets time pass without an input. */
  wait(us: number): void {
    this.now = (this.now + us) as TimeUs;
  }

  state(tradingState: TradingState): void {
    this.input({ kind: InputKind.command, tradingState, by: 'test', reason: '' });
  }

  /** The venue's word on an order, with the next number of its log unless one is given. */
  report(report: Partial<OrderReport> & { readonly report: ReportKind }): OrderReport {
    this.cursor += 1;
    const whole = { ...blankReport(), cursor: this.cursor, venueTime: this.now, ...report };
    this.input({ kind: InputKind.report, report: whole });
    return whole;
  }

  /** A fill, and where it is of any matter the money that the venue states for it. */
  fill(
    order: OrderHandle,
    quantity: number,
    price = 100_000,
    stated: Partial<FillReport> = {},
  ): FillReport {
    this.cursor += 1;
    const terms = this.book.orders.find(order)?.terms;
    const fill: FillReport = {
      ...blankFill(),
      order,
      instrument: terms?.instrument ?? (0 as InstrumentIndex),
      side: terms?.side ?? Side.buy,
      executionId: `x${this.cursor}`,
      quantity: quantity as Quantity,
      price: price as Price,
      balance: this.book.account.balance as Money,
      venueTime: this.now,
      cursor: this.cursor,
      ...stated,
    };
    this.input({ kind: InputKind.fill, fill });
    return fill;
  }

  /** Brings the strategies' position in instrument 0 to `quantity`, by an order and its fill. */
  hold(quantity: number): void {
    const held = this.book.account.positions[0]?.quantity ?? 0;
    const change = quantity - held;
    if (change === 0) return;
    const order = this.order({
      side: change > 0 ? 'buy' : 'sell',
      quantity: Math.abs(change) as Quantity,
    });
    this.report({ report: ReportKind.accepted, order });
    this.fill(order, Math.abs(change));
  }
}
