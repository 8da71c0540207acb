import { closeSync, openSync, readSync, rmSync } from 'node:fs';
import type { RecordSink } from '../../kernel/recorder.ts';
import { formatPrice } from '../../model/instrument.ts';
import { Side } from '../../model/order.ts';
import { type KernelRecord, RecordKind, type TradeClosedRecord } from '../../model/records.ts';
import { formatUtc } from '../../model/time.ts';
import { csvRow } from './csv-row.ts';
import { averagePriceText, ratioText } from './decimal-text.ts';
import type { RunNames } from './run-names.ts';
import { TextFile } from './text-file.ts';

export const TRADES_SCHEMA_VERSION = 1;

/** Columns of `trades.csv`: a contract with those who read it; new ones are added at the end. */
export const TRADES_COLUMNS = [
  'utc_ts_open',
  'utc_ts_close',
  'symbol',
  'direction',
  'entry_price',
  'exit_price',
  'volume_units',
  'pnl_ccy',
  'pnl_r',
  'decision_id',
  'schema_version',
  'config_hash',
  'src_adapter',
  'data_version',
] as const;

const READ_BYTES = 64 * 1024;
const LINE_FEED = 0x0a;
const QUOTE = 0x22;

export interface TradesOrigin {
  readonly configHash: string;
  /** Id of the venue. */
  readonly venue: string;
}

/**
 * `trades.csv`: one row a closed slice. What the data was is known only when all of it has been
 * read, so rows wait in a file without their last column and get it when the run is over.
 */
export class TradesCsv implements RecordSink, Disposable {
  readonly #path: string;
  readonly #names: RunNames;
  readonly #origin: TradesOrigin;
  readonly #rows: TextFile;

  constructor(path: string, names: RunNames, origin: TradesOrigin) {
    this.#path = path;
    this.#names = names;
    this.#origin = origin;
    this.#rows = new TextFile(`${path}.rows`);
  }

  record(record: KernelRecord): void {
    if (record.kind === RecordKind.tradeClosed) this.#rows.write(`${this.#row(record)},\n`);
  }

  #row(trade: TradeClosedRecord): string {
    const names = this.#names;
    const { instrument: k, quantity } = trade;
    const instrument = names.instrument(k);
    return csvRow([
      formatUtc(trade.openTime),
      formatUtc(trade.closeTime),
      instrument.symbol,
      trade.side === Side.buy ? 'long' : 'short',
      averagePriceText(instrument, trade.entryCost, quantity),
      formatPrice(instrument, trade.exitPrice),
      names.quantity(k, quantity),
      names.money(trade.pnl),
      ratioText(trade.pnlNative, trade.riskNative),
      names.decisionId(trade.decision),
      String(TRADES_SCHEMA_VERSION),
      this.#origin.configHash,
      this.#origin.venue,
    ]);
  }

  /** Writes the file: the header, and each row with its last column. */
  finish(dataVersion: string): void {
    this.#rows.finish();
    using out = new TextFile(this.#path);
    out.write(`${csvRow(TRADES_COLUMNS)}\n`);
    appendToRows(this.#rows.path, csvRow([dataVersion]), out);
    out.finish();
    rmSync(this.#rows.path);
  }

  [Symbol.dispose](): void {
    this.#rows[Symbol.dispose]();
  }
}

/** Copies a file of rows, putting `ending` before each line's end that is outside quotes. */
function appendToRows(path: string, ending: string, out: TextFile): void {
  const chunk = new Uint8Array(READ_BYTES);
  const added = Buffer.from(ending, 'utf8');
  const fd = openSync(path, 'r');
  try {
    let quoted = false;
    for (let length = readSync(fd, chunk); length > 0; length = readSync(fd, chunk)) {
      const parts: Uint8Array[] = [];
      let from = 0;
      for (let i = 0; i < length; i++) {
        if (chunk[i] === QUOTE) quoted = !quoted;
        if (chunk[i] !== LINE_FEED || quoted) continue;
        parts.push(chunk.subarray(from, i), added);
        from = i;
      }
      parts.push(chunk.subarray(from, length));
      out.writeBytes(Buffer.concat(parts));
    }
  } finally {
    closeSync(fd);
  }
}
