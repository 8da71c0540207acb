import { isSubmitInDoubt } from '../kernel/orders/doubts.ts';
import { present } from '../model/assert.ts';
import { blankControl, ControlAction } from '../model/control.ts';
import { Resolution } from '../model/doubt.ts';
import { TradingState } from '../model/gate.ts';
import { InputKind } from '../model/inputs.ts';
import { OrderState } from '../model/order.ts';
import type { OrderHandle } from '../model/units.ts';
import type { Engine } from '../runtime/engine.ts';
import type { Dice } from './dice.ts';
import type { Machine } from './machine.ts';
import { isOpen, type RemoteBooks } from './remote-books.ts';
import type { Wire } from './wire.ts';

/** Who looks after the engine: patient, truthful, and never sooner than the truth is known. */
export class Operator {
  readonly #machine: Machine;
  readonly #wire: Wire;
  readonly #books: RemoteBooks;
  readonly #dice: Dice;
  /** Looks at what wants an answer, before it is given. */
  #seen = 0;

  constructor(machine: Machine, wire: Wire, books: RemoteBooks, dice: Dice) {
    this.#machine = machine;
    this.#wire = wire;
    this.#books = books;
    this.#dice = dice;
  }

  /** Looks once; `isCalm`: nothing goes wrong any more, and there is no reason to wait. */
  look(isCalm: boolean): void {
    const { engine } = this.#machine;
    if (engine === undefined) return;
    const { book } = engine.kernel;
    if (book.tradingState !== TradingState.active && (isCalm || this.#dice.chance(0.15))) {
      const tradingState = TradingState.active;
      const kind = InputKind.command;
      this.#machine.input({ kind, tradingState, by: 'ann', reason: 'looked at it' });
      return;
    }
    if (book.beginning.found !== '') {
      if (isCalm || this.#dice.chance(0.3)) this.#adopt();
      return;
    }
    if (book.doubts.size === 0) return;
    this.#seen += 1;
    if (!isCalm && this.#seen % 20 !== 0) return;
    for (const { order } of book.doubts.all()) if (this.#answer(engine, order)) return;
  }

  #adopt(): void {
    const control = { ...blankControl(), action: ControlAction.adopt, by: 'ann', reason: 'mine' };
    this.#machine.input({ kind: InputKind.control, control });
  }

  #answer(engine: Engine, handle: OrderHandle): boolean {
    const order = present(engine.kernel.book.orders.find(handle), 'order');
    const id = engine.kernel.orderSend(handle).clientOrderId;
    const their = this.#books.orders.get(id);
    if (isSubmitInDoubt(order)) {
      if (order.state !== OrderState.presumedAbsent) return false;
      if (their !== undefined && isOpen(their)) {
        return this.#say(handle, Resolution.placed, their.brokerOrderId);
      }
      const isNowhere = their === undefined ? !this.#wire.willArrive(id) : isRejected(their.state);
      return isNowhere && this.#say(handle, Resolution.notPlaced, '');
    }
    if (this.#canTell || this.#wire.mayChange(id)) return false;
    return their !== undefined && isOpen(their) && this.#say(handle, Resolution.placed, '');
  }

  /** Does the venue itself tell what became of a cancel or replace? */
  get #canTell(): boolean {
    const { denseLog, lookUpByClientIdUs, inFlightHorizonUs } = this.#books.capabilities;
    return (denseLog || lookUpByClientIdUs > 0) && Number.isFinite(inFlightHorizonUs);
  }

  #say(order: OrderHandle, as: Resolution, brokerOrderId: string): boolean {
    const resolution = { order, as, brokerOrderId, by: 'ann', reason: 'asked the desk' };
    this.#machine.input({ kind: InputKind.resolveOrder, resolution });
    return true;
  }
}

function isRejected(state: OrderState): boolean {
  return state === OrderState.rejected;
}
