import type { RecordSink } from '../../kernel/recorder.ts';
import { present } from '../../model/assert.ts';
import { ORDER_ROLES, ORDER_STATES, Side } from '../../model/order.ts';
import { type FillBookedRecord, type KernelRecord, RecordKind } from '../../model/records.ts';
import { formatUtc } from '../../model/time.ts';
import type { Quantity, TimeUs } from '../../model/units.ts';
import { rateText } from './decimal-text.ts';
import type { RunNames } from './run-names.ts';
import { TextFile } from './text-file.ts';

/**
 * `fills.jsonl`: one line a fill. Prices and quantities are plain decimals, money is in account
 * currency, `position` is the strategies' signed position after the fill, `rate` leads from quote
 * to account currency and `rateExact` is the fraction that was used.
 */
export class FillsJsonl implements RecordSink, Disposable {
  readonly #names: RunNames;
  readonly #file: TextFile;

  constructor(path: string, names: RunNames) {
    this.#names = names;
    this.#file = new TextFile(path);
  }

  record(record: KernelRecord, seq: number, time: number): void {
    if (record.kind !== RecordKind.fillBooked) return;
    this.#file.write(`${JSON.stringify(this.#line(record, seq, time as TimeUs))}\n`);
  }

  #line(record: FillBookedRecord, seq: number, time: TimeUs): object {
    const names = this.#names;
    const { fill } = record;
    const { instrument: k, side } = fill;
    const order = names.order(fill.order);
    const position = (names.position(k) + side * fill.quantity) as Quantity;
    const { numerator, denominator } = fill.rate;
    return {
      seq,
      time: formatUtc(time),
      venueTime: names.time(fill.venueTime),
      executionId: fill.executionId,
      order: fill.order,
      clientOrderId: names.clientOrderId(fill.order),
      brokerOrderId: order.brokerOrderId === '' ? undefined : order.brokerOrderId,
      decisionId: names.decisionId(order.decision),
      symbol: names.symbol(k),
      side: side === Side.buy ? 'buy' : 'sell',
      role: present(ORDER_ROLES[record.role], 'role'),
      quantity: names.quantity(k, fill.quantity),
      price: names.price(k, fill.price),
      filled: names.quantity(k, record.filled),
      state: present(ORDER_STATES[record.to], 'state'),
      rate: rateText(fill.rate),
      rateExact: `${numerator}/${denominator}`,
      realizedPnl: names.money(fill.realized),
      commission: names.money(fill.commission),
      balance: names.money(fill.balance),
      position: names.quantity(k, position),
    };
  }

  finish(): void {
    this.#file.finish();
  }

  [Symbol.dispose](): void {
    this.#file[Symbol.dispose]();
  }
}
