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

/** What an operator can find out at the venue's own desk. */
export interface Desk {
  /** What became of an order: `nowhere` where the venue has none, and none may still arrive. */
  ask(clientOrderId: string): 'open' | 'rejected' | 'nowhere' | 'other';
  brokerOrderId(clientOrderId: string): string;
  /** May a cancel or replace of it still arrive? */
  mayChange(clientOrderId: string): boolean;
  /** Does the venue itself tell what became of a cancel or replace? */
  readonly canTell: boolean;
}

/** Who looks after the engine: patient, truthful, and never sooner than the truth is known. */
export class Operator {
  readonly #machine: Machine;
  readonly #desk: Desk;
  readonly #dice: Dice;
  /** Looks at what wants an answer, before it is given. */
  #seen = 0;

  constructor(machine: Machine, desk: Desk, dice: Dice) {
    this.#machine = machine;
    this.#desk = desk;
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
    const found = this.#desk.ask(id);
    if (isSubmitInDoubt(order)) {
      if (order.state !== OrderState.presumedAbsent) return false;
      if (found === 'open') {
        return this.#say(handle, Resolution.placed, this.#desk.brokerOrderId(id));
      }
      const isAbsent = found === 'nowhere' || found === 'rejected';
      return isAbsent && this.#say(handle, Resolution.notPlaced, '');
    }
    if (this.#desk.canTell || this.#desk.mayChange(id)) return false;
    return found === 'open' && this.#say(handle, Resolution.placed, '');
  }

  #say(order: OrderHandle, as: Resolution, brokerOrderId: string): boolean {
    const resolution = { order, as, brokerOrderId, by: 'ann', reason: 'asked the desk' };
    this.#machine.input({ kind: InputKind.resolveOrder, resolution });
    return true;
  }
}
