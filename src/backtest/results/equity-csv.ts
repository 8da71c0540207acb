import type { RecordSink } from '../../kernel/recorder.ts';
import { type KernelRecord, RecordKind } from '../../model/records.ts';
import { formatUtc } from '../../model/time.ts';
import type { Money, TimeUs } from '../../model/units.ts';
import { csvRow } from './csv-row.ts';
import type { RunNames } from './run-names.ts';
import { TextFile } from './text-file.ts';

export const EQUITY_COLUMNS = [
  'utc_ts',
  'balance',
  'unrealized',
  'equity',
  'margin_used',
  'peak',
  'max_drawdown',
] as const;

/** `equity.csv`: the account at each sample, money in account currency. */
export class EquityCsv implements RecordSink, Disposable {
  readonly #names: RunNames;
  readonly #file: TextFile;

  constructor(path: string, names: RunNames) {
    this.#names = names;
    this.#file = new TextFile(path);
    this.#file.write(`${csvRow(EQUITY_COLUMNS)}\n`);
  }

  record(record: KernelRecord, _seq: number, time: number): void {
    if (record.kind !== RecordKind.equityMark) return;
    const { balance, unrealized, marginUsed, peak, maxDrawdown } = record;
    const equity = (balance + unrealized) as Money;
    const money = [balance, unrealized, equity, marginUsed, peak, maxDrawdown];
    const texts = money.map((amount) => this.#names.money(amount));
    this.#file.write(`${csvRow([formatUtc(time as TimeUs), ...texts])}\n`);
  }

  finish(): void {
    this.#file.finish();
  }

  [Symbol.dispose](): void {
    this.#file[Symbol.dispose]();
  }
}
