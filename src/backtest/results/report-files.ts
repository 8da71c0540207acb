import { join } from 'node:path';
import { Conversion, type ConversionPath } from '../../kernel/account/conversion.ts';
import type { RecordSink } from '../../kernel/recorder.ts';
import type { QuoteBlock } from '../../market/quotes.ts';
import type { Instrument } from '../../model/instrument.ts';
import type { KernelRecord } from '../../model/records.ts';
import type { Price } from '../../model/units.ts';
import { CostsCsv } from './costs-csv.ts';
import { PriceBars } from './price-bars.ts';
import { writePrices } from './prices-csv.ts';
import type { RunNames } from './run-names.ts';
import { TextFile } from './text-file.ts';

export interface ReportOrigin {
  /** Canonical JSON of the effective configuration. */
  readonly configuration: string;
  readonly instruments: readonly Instrument[];
  readonly conversionPaths: readonly ConversionPath[];
  /** Decimals of the account currency. */
  readonly moneyDecimals: number;
}

/** What a report needs besides the tables of a run: prices, costs and the configuration. */
export class ReportFiles implements RecordSink, Disposable {
  readonly #directory: string;
  readonly #origin: ReportOrigin;
  readonly #prices: PriceBars;
  readonly #costs: CostsCsv;

  /** `directory` exists. */
  constructor(directory: string, names: RunNames, origin: ReportOrigin) {
    const { instruments, conversionPaths, moneyDecimals } = origin;
    this.#directory = directory;
    this.#origin = origin;
    this.#prices = new PriceBars(instruments.length);
    const conversion = new Conversion(instruments, conversionPaths, moneyDecimals);
    this.#costs = new CostsCsv(join(directory, 'costs.csv'), names, conversion);
  }

  /** Rows `from … to − 1` of a block have been fed. */
  take(block: QuoteBlock, from: number, to: number): void {
    this.#prices.take(block, from, to);
  }

  /** The venue filled something, at this quote. */
  filled(cursor: number, bid: Price, ask: Price): void {
    this.#costs.filled(cursor, bid, ask);
  }

  record(record: KernelRecord, seq: number): void {
    this.#costs.record(record, seq);
  }

  finish(): void {
    this.#costs.finish();
    writePrices(join(this.#directory, 'prices.csv'), this.#origin.instruments, this.#prices);
    // No line feed at the end: the file's own SHA-256 is the configuration's hash.
    using file = new TextFile(join(this.#directory, 'configuration.json'));
    file.write(this.#origin.configuration);
    file.finish();
  }

  [Symbol.dispose](): void {
    this.#costs[Symbol.dispose]();
  }
}
