import { TradingState } from '../../model/gate.ts';
import { OrderState } from '../../model/order.ts';
import { AlertSeverity, RecordKind } from '../../model/records.ts';
import type { Book } from '../book.ts';
import type { Recorder } from '../recorder.ts';
import { OrderEvent } from './life-cycle.ts';
import type { Order } from './order.ts';
import type { Owner } from './ownership.ts';

/** What an order's new state asks for beside the order itself: alerts, and an end of new risk. */
export class Alarms {
  readonly #book: Book;
  readonly #recorder: Recorder;

  constructor(book: Book, recorder: Recorder) {
    this.#book = book;
    this.#recorder = recorder;
  }

  /** What a new state asks for beside the order itself. */
  moved({ handle, state }: Order): void {
    if (state === OrderState.inDoubt) {
      this.#recorder.warn('order_in_doubt', `order ${handle}: did it reach the venue?`);
    }
    if (state === OrderState.presumedAbsent) {
      const text = `order ${handle}: nothing shows it and nothing proves it absent; resolve it`;
      this.#recorder.alert(AlertSeverity.critical, 'order_unresolved', text);
    }
    this.#checkFailures();
  }

  /** The answer to a cancel or a replace was lost. */
  changeInDoubt(order: Order, event: OrderEvent): void {
    if (this.#book.doubts.find(order.handle) === undefined) return;
    const what = event === OrderEvent.cancelUnknown ? 'cancel' : 'replace';
    this.#recorder.warn('change_in_doubt', `order ${order.handle}: was the ${what} done?`);
  }

  #checkFailures(): void {
    const { failures, time, tradingState } = this.#book;
    if (tradingState !== TradingState.active || !failures.isTripped(time)) return;
    const text = 'too many orders came to nothing';
    this.#recorder.alert(AlertSeverity.critical, 'failure_rate', text);
    this.stopEntries(text);
  }

  /**
   * An order with our prefix that our books do not have (X4). Of a boot of ours, or after a
   * declared restore, it is ours, its decision lost; else a second engine trades this account, and
   * both must stop.
   */
  notInBooks({ kind }: Owner, clientOrderId: string): void {
    if (kind === 'ours' || kind === 'stranger') return;
    if (kind === 'lost' || this.#book.restored) {
      this.#recorder.alert(AlertSeverity.critical, 'order_of_lost_boot', clientOrderId);
      this.stopEntries(`order ${clientOrderId} was sent by a life that the books do not have`);
      return;
    }
    const from = this.#book.tradingState;
    this.#recorder.alert(AlertSeverity.critical, 'split_brain', clientOrderId);
    if (from === TradingState.halted) return;
    const reason = `split brain: order ${clientOrderId}`;
    const to = TradingState.halted;
    this.#recorder.emit({ kind: RecordKind.tradingState, from, to, by: 'engine', reason });
  }

  /** No new risk from here on. */
  stopEntries(reason: string): void {
    const from = this.#book.tradingState;
    if (from !== TradingState.active) return;
    const to = TradingState.exitOnly;
    this.#recorder.emit({ kind: RecordKind.tradingState, from, to, by: 'engine', reason });
  }
}
