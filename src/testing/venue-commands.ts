import assert from 'node:assert/strict';
import fc from 'fast-check';
import { exitBudget } from '../kernel/orders/exit-budget.ts';
import type { OrderRequest, SubmitResult } from '../kernel/strategy/api.ts';
import { TradingState } from '../model/gate.ts';
import { type Input, InputKind } from '../model/inputs.ts';
import { OrderRole, OrderType, Side } from '../model/order.ts';
import { RecordKind } from '../model/records.ts';
import type { InstrumentIndex, Money, OrderHandle, Price, Quantity } from '../model/units.ts';
import {
  blankFill,
  blankLedgerFact,
  blankReport,
  LedgerKind,
  REPORT_KINDS,
  ReportKind,
} from '../model/venue.ts';
import type { KernelRig } from './kernel-rig.ts';

/**
 * Commands for a model-based test of the kernel: a strategy and a venue that both do whatever they
 * like. The model keeps what was said; the books must follow from that and from nothing else.
 */
type VenueWord = Extract<
  Input,
  { kind: typeof InputKind.report | typeof InputKind.fill | typeof InputKind.ledger }
>;

interface BookedFill {
  readonly order: OrderHandle;
  readonly k: number;
  readonly signed: number;
  readonly foreign: boolean;
}

export class Said {
  readonly words: VenueWord[] = [];
  readonly fills: BookedFill[] = [];
  balance: bigint;
  handles = 0;

  constructor(balance: bigint) {
    this.balance = balance;
  }
}

type Command = fc.Command<Said, KernelRig>;

const PRICE = 100_000;

/** The books as they follow from what was said. */
export function checkBooks(said: Said, rig: KernelRig): void {
  const { orders, account } = rig.book;
  for (const k of [0, 1]) {
    const sumOf = (foreign: boolean): number =>
      said.fills
        .filter((fill) => fill.k === k && fill.foreign === foreign)
        .reduce((sum, { signed }) => sum + signed, 0);
    assert.equal(account.positions[k]?.quantity, sumOf(false), 'position');
    assert.equal(account.external[k]?.quantity, sumOf(true), 'external position');
    for (const side of [Side.buy, Side.sell]) {
      const open = [...orders.open()].filter(
        ({ terms, role }) =>
          terms.instrument === k && terms.side === side && role === OrderRole.order,
      );
      const wanted = open.reduce((sum, { terms, reserved, filled }) => {
        return sum + Math.max(0, Math.max(terms.quantity, reserved) - filled);
      }, 0);
      assert.equal(orders.openQuantity(k as InstrumentIndex, side), wanted, 'open quantity');
      const position: Quantity = account.positions[k]?.quantity ?? (0 as Quantity);
      const budget = exitBudget(orders, k as InstrumentIndex, position, side);
      assert(budget >= 0 && budget <= Math.abs(position), 'exit budget');
    }
  }
  for (let handle = 1; handle <= said.handles; handle++) {
    const order = orders.find(handle as OrderHandle);
    if (order === undefined) continue;
    const filled = said.fills
      .filter((fill) => fill.order === handle && !fill.foreign)
      .reduce((sum, { signed }) => sum + Math.abs(signed), 0);
    assert.equal(order.filled, filled, `filled of order ${handle}`);
  }
  assert.equal(account.balance, said.balance, 'balance');
  const booked = rig.log.of(RecordKind.fillBooked).map(({ fill }) => fill.executionId);
  assert.equal(new Set(booked).size, booked.length, 'an execution is booked once');
  assert.equal(booked.length, said.fills.filter(({ foreign }) => !foreign).length);
}

/** Every command ends with the check. */
abstract class Step implements Command {
  /** Nothing is said of orders before there is one. */
  check(_said?: Readonly<Said>): boolean {
    return true;
  }

  run(said: Said, rig: KernelRig): void {
    this.act(said, rig);
    said.handles = rig.book.orders.lastHandle;
    checkBooks(said, rig);
  }

  protected abstract act(said: Said, rig: KernelRig): void;
}

interface SubmitShape {
  readonly k: number;
  readonly side: 'buy' | 'sell';
  readonly quantity: number;
  readonly type: 'market' | 'limit' | 'stop';
  readonly reduceOnly: boolean;
  readonly bracket: boolean;
  readonly key: number;
  /** An operator makes the engine active first. */
  readonly rearmed: boolean;
}

class Submit extends Step {
  readonly #shape: SubmitShape;

  constructor(shape: SubmitShape) {
    super();
    this.#shape = shape;
  }

  protected override act(_said: Said, rig: KernelRig): void {
    const { k, side, quantity, type, reduceOnly, bracket, key } = this.#shape;
    const direction = side === 'buy' ? 1 : -1;
    const request: Partial<OrderRequest> & Pick<OrderRequest, 'side' | 'quantity'> = {
      instrument: k as InstrumentIndex,
      side,
      quantity: quantity as Quantity,
      type,
      reduceOnly,
      key: `key${key}`,
      ...(type === 'limit' ? { limitPrice: PRICE as Price } : {}),
      ...(type === 'stop' ? { stopPrice: PRICE as Price } : {}),
      ...(bracket ? { stopLoss: (PRICE - 5000 * direction) as Price } : {}),
      ...(bracket ? { takeProfit: (PRICE + 5000 * direction) as Price } : {}),
    };
    if (this.#shape.rearmed) rig.state(TradingState.active);
    const before = this.#budget(rig, direction as Side);
    const result = rig.submit(request);
    this.#checkIntent(rig, result, before);
  }

  /** |position| less what already works to reduce it, counted afresh. */
  #budget(rig: KernelRig, side: Side): number {
    const { positions, external } = rig.book.account;
    const own = positions[this.#shape.k]?.quantity ?? 0;
    const whole = own + (external[this.#shape.k]?.quantity ?? 0);
    if (own * whole <= 0) return 0;
    const held = Math.abs(whole) < Math.abs(own) ? whole : own;
    if (held === 0 || held > 0 === side > 0) return 0;
    return Math.max(
      0,
      Math.abs(held) - rig.book.orders.openQuantity(this.#shape.k as InstrumentIndex, side),
    );
  }

  #checkIntent(rig: KernelRig, result: SubmitResult, budget: number): void {
    if (!result.ok) return;
    const intent = rig.log.of(RecordKind.intent).slice(-1)[0];
    assert(intent !== undefined && intent.order === result.order, 'an intent stands behind it');
    assert.equal(intent.exitQuantity, Math.min(this.#shape.quantity, budget));
    const { reduceOnly, quantity } = intent.terms;
    if (reduceOnly) assert.equal(quantity, intent.exitQuantity, 'reduce-only is all exit');
    assert(quantity <= this.#shape.quantity);
    if (rig.book.tradingState === TradingState.exitOnly) assert(reduceOnly);
    assert.notEqual(rig.book.tradingState, TradingState.halted);
  }

  override toString(): string {
    return `Submit(${JSON.stringify(this.#shape)})`;
  }
}

const PICK_MAX = 40;

/** One of the orders that were issued, newest first; the last pick is one that never was. */
function pickOrder(said: Said, pick: number): OrderHandle {
  if (pick === PICK_MAX || said.handles === 0) return (said.handles + 7) as OrderHandle;
  return (said.handles - (pick % said.handles)) as OrderHandle;
}

class Change extends Step {
  readonly #pick: number = 0;
  readonly #quantity: number | undefined;

  constructor(pick: number, quantity: number | undefined) {
    super();
    this.#pick = pick;
    this.#quantity = quantity;
  }

  protected override act(said: Said, rig: KernelRig): void {
    const order = pickOrder(said, this.#pick);
    const quantity = this.#quantity as Quantity | undefined;
    rig.act((context) =>
      quantity === undefined ? context.cancel(order) : context.replace(order, { quantity }),
    );
  }

  override toString(): string {
    return `Change(${this.#pick}, ${this.#quantity ?? 'cancel'})`;
  }
}

/** Something that the venue says; a gap: first out of order, which must wait for its turn. */
class Say extends Step {
  readonly #make: (said: Said, rig: KernelRig, cursor: number) => VenueWord;
  readonly #name: string;
  readonly #skip: number = 0;

  constructor(
    name: string,
    skip: number,
    make: (said: Said, rig: KernelRig, cursor: number) => VenueWord,
  ) {
    super();
    this.#name = name;
    this.#skip = skip;
    this.#make = make;
  }

  override check(said?: Readonly<Said>): boolean {
    return said === undefined || said.handles > 0;
  }

  protected override act(said: Said, rig: KernelRig): void {
    const { cursor } = rig.book;
    if (this.#skip > 0 && cursor > 0) {
      rig.input(this.#make(said, rig, rig.cursor + 1 + this.#skip));
      assert.equal(rig.book.cursor, cursor, 'what comes after a gap is not booked');
    }
    rig.cursor += 1;
    const word = this.#make(said, rig, rig.cursor);
    said.words.push(word);
    if (word.kind === InputKind.fill) {
      const { order, instrument: k, side, quantity, realized, commission } = word.fill;
      const foreign = rig.book.orders.find(order) === undefined;
      said.fills.push({ order, k, signed: side * quantity, foreign });
      said.balance += realized - commission;
    }
    if (word.kind === InputKind.ledger) said.balance += word.ledger.amount;
    rig.input(word);
  }

  override toString(): string {
    return `${this.#name}${this.#skip > 0 ? ' after a gap' : ''}`;
  }
}

/** What was said before is said again, number and all. */
class Repeat extends Step {
  readonly #pick: number = 0;

  constructor(pick: number) {
    super();
    this.#pick = pick;
  }

  override check(said?: Readonly<Said>): boolean {
    return said === undefined || said.words.length > 0;
  }

  protected override act(said: Said, rig: KernelRig): void {
    const word = said.words[this.#pick % said.words.length];
    const before = rig.log.entries.length;
    if (word !== undefined) rig.input(word);
    assert.equal(rig.log.entries.length, before, 'a repeat decides nothing');
  }

  override toString(): string {
    return `Repeat(${this.#pick})`;
  }
}

class Operate extends Step {
  readonly #state: TradingState | 'restart' | 'quote';

  constructor(state: TradingState | 'restart' | 'quote') {
    super();
    this.#state = state;
  }

  protected override act(_said: Said, rig: KernelRig): void {
    if (this.#state === 'restart') rig.restart();
    else if (this.#state === 'quote') rig.quote(0, PRICE - 5, PRICE + 5);
    else rig.state(this.#state);
  }

  override toString(): string {
    return `Operate(${this.#state})`;
  }
}

const anyPick = fc.nat({ max: PICK_MAX });
const anyQuantity = fc.integer({ min: 1, max: 20 });
const anySkip = fc.constantFrom(0, 0, 0, 0, 0, 0, 0, 0, 0, 3);

const submits: fc.Arbitrary<Command> = fc
  .record({
    k: fc.constantFrom(0, 0, 1),
    side: fc.constantFrom('buy' as const, 'sell' as const),
    quantity: anyQuantity,
    type: fc.constantFrom('market' as const, 'limit' as const, 'stop' as const),
    reduceOnly: fc.boolean(),
    bracket: fc.boolean(),
    key: fc.nat({ max: 1000 }),
    rearmed: fc.boolean(),
  })
  .map((shape) => new Submit({ ...shape, bracket: shape.bracket && !shape.reduceOnly }));

const changes: fc.Arbitrary<Command> = fc
  .tuple(anyPick, fc.option(anyQuantity, { nil: undefined }))
  .map(([pick, quantity]) => new Change(pick, quantity));

const reports: fc.Arbitrary<Command> = fc
  .tuple(anyPick, fc.nat({ max: REPORT_KINDS.length - 1 }), fc.nat({ max: 20 }), anySkip, anyPick)
  .map(([pick, kind, quantity, skip, parentPick]) => {
    const make = (said: Said, rig: KernelRig, cursor: number): VenueWord => {
      const parent = pickOrder(said, parentPick);
      const legs = rig.book.orders.find(parent);
      const leg = quantity % 2 === 0 ? legs?.stopLossOrder : legs?.takeProfitOrder;
      const isChild = kind === ReportKind.childAccepted && leg !== undefined && leg > 0;
      const order = isChild ? leg : pickOrder(said, pick);
      const isStop = rig.book.orders.find(order)?.terms.type === OrderType.stop;
      return {
        kind: InputKind.report,
        report: {
          ...blankReport(),
          report: kind as ReportKind,
          order,
          parent,
          role: OrderRole.takeProfit,
          brokerOrderId: `b${cursor}`,
          quantity: quantity as Quantity,
          limitPrice: (isStop ? 0 : PRICE) as Price,
          stopPrice: (isStop ? PRICE : 0) as Price,
          cursor,
        },
      };
    };
    return new Say(`Report(${pick}, ${REPORT_KINDS[kind]}, ${quantity})`, skip, make);
  });

const fills: fc.Arbitrary<Command> = fc
  .tuple(anyPick, anyQuantity, anySkip, fc.bigInt({ min: -50n, max: 50n }))
  .map(([pick, quantity, skip, realized]) => {
    const make = (said: Said, rig: KernelRig, cursor: number): VenueWord => {
      const order = pickOrder(said, pick);
      const terms = rig.book.orders.find(order)?.terms;
      return {
        kind: InputKind.fill,
        fill: {
          ...blankFill(),
          order,
          instrument: terms?.instrument ?? (0 as InstrumentIndex),
          side: terms?.side ?? Side.buy,
          executionId: `x${cursor}`,
          quantity: quantity as Quantity,
          price: PRICE as Price,
          realized: realized as Money,
          commission: 1n as Money,
          cursor,
        },
      };
    };
    return new Say(`Fill(${pick}, ${quantity})`, skip, make);
  });

const ledgers: fc.Arbitrary<Command> = fc
  .tuple(
    fc.constantFrom(
      LedgerKind.financing,
      LedgerKind.fee,
      LedgerKind.transfer,
      LedgerKind.adjustment,
      LedgerKind.marginCall,
      LedgerKind.instrumentHalt,
      LedgerKind.accountConfig,
      LedgerKind.unknown,
    ),
    fc.bigInt({ min: -99n, max: 99n }),
  )
  .map(([fact, amount]) => {
    const make = (_said: Said, _rig: KernelRig, cursor: number): VenueWord => ({
      kind: InputKind.ledger,
      ledger: { ...blankLedgerFact(), fact, amount: amount as Money, cursor },
    });
    return new Say(`Ledger(${fact}, ${amount})`, 0, make);
  });

const { active, exitOnly, halted } = TradingState;

/** Sequences of commands, of any kind. */
export function anyCommands(): fc.Arbitrary<Iterable<Command>> {
  const repeats = anyPick.map((pick): Command => new Repeat(pick));
  const operations = fc
    .constantFrom(active, active, exitOnly, halted, 'restart' as const, 'quote' as const)
    .map((state): Command => new Operate(state));
  // Fills and reports on what was ordered are what it is about.
  const kinds = [submits, submits, changes, reports, reports, reports, fills, fills];
  return fc.commands([...kinds, ledgers, repeats, operations], { maxCommands: 60, size: 'max' });
}
