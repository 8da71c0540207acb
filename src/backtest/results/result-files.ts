import { join } from 'node:path';
import type { RecordSink } from '../../kernel/recorder.ts';
import type { KernelRecord } from '../../model/records.ts';
import { EquityCsv } from './equity-csv.ts';
import { FillsJsonl } from './fills-jsonl.ts';
import { OrdersJsonl } from './orders-jsonl.ts';
import type { RunNames } from './run-names.ts';
import { TextFile } from './text-file.ts';
import { TradesCsv, type TradesOrigin } from './trades-csv.ts';

/** Every table of a run, written while it runs from the records that the kernel decides. */
export class ResultFiles implements RecordSink, Disposable {
  readonly #directory: string;
  readonly #opened: DisposableStack;
  readonly #trades: TradesCsv;
  readonly #orders: OrdersJsonl;
  readonly #fills: FillsJsonl;
  readonly #equity: EquityCsv;

  /** `directory` exists and is empty. */
  constructor(directory: string, names: RunNames, origin: TradesOrigin) {
    this.#directory = directory;
    // Closes what is open if a later file cannot be made.
    using opened = new DisposableStack();
    this.#trades = opened.use(new TradesCsv(join(directory, 'trades.csv'), names, origin));
    this.#orders = opened.use(new OrdersJsonl(join(directory, 'orders.jsonl'), names));
    this.#fills = opened.use(new FillsJsonl(join(directory, 'fills.jsonl'), names));
    this.#equity = opened.use(new EquityCsv(join(directory, 'equity.csv'), names));
    this.#opened = opened.move();
  }

  record(record: KernelRecord, seq: number, time: number): void {
    this.#trades.record(record);
    this.#orders.record(record, seq, time);
    this.#fills.record(record, seq, time);
    this.#equity.record(record, seq, time);
  }

  /** Completes and closes every file; `summary` is the text of `summary.json`. */
  finish(dataVersion: string, summary: string): void {
    this.#trades.finish(dataVersion);
    this.#orders.finish();
    this.#fills.finish();
    this.#equity.finish();
    using file = new TextFile(join(this.#directory, 'summary.json'));
    file.write(summary);
    file.finish();
  }

  [Symbol.dispose](): void {
    this.#opened.dispose();
  }
}
