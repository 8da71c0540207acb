import type { Conversion } from '../../kernel/account/conversion.ts';
import type { RecordSink } from '../../kernel/recorder.ts';
import { present } from '../../model/assert.ts';
import { Side } from '../../model/order.ts';
import { type KernelRecord, RecordKind } from '../../model/records.ts';
import { formatUtc } from '../../model/time.ts';
import type { Price } from '../../model/units.ts';
import { type FillReport, LEDGER_KINDS, type LedgerFact, type Rate } from '../../model/venue.ts';
import { csvRow } from './csv-row.ts';
import type { RunNames } from './run-names.ts';
import { TextFile } from './text-file.ts';

export const COSTS_COLUMNS = [
  'seq',
  'utc_ts',
  'kind',
  'symbol',
  'reference',
  'bid',
  'ask',
  'spread_ccy',
  'slippage_ccy',
  'commission_ccy',
  'amount_ccy',
] as const;

/** The rate of half a value unit: what lies between touch and mid is counted in halves. */
function ofHalves({ numerator, denominator }: Rate): Rate {
  return { numerator, denominator: 2 * denominator };
}

/**
 * `costs.csv`: what trading cost, a row a fill and a row a fact of the account's ledger. Spread is
 * half of the quoted spread at the fill, slippage is how far beyond the touch it traded (negative
 * inside of it); both positive where paid, rounded once, at the fill's rate.
 */
export class CostsCsv implements RecordSink, Disposable {
  readonly #names: RunNames;
  readonly #conversion: Conversion;
  readonly #file: TextFile;
  /** Quotes that fills traded on, by cursor, until the fill is told. */
  readonly #touches = new Map<number, { readonly bid: Price; readonly ask: Price }>();

  constructor(path: string, names: RunNames, conversion: Conversion) {
    this.#names = names;
    this.#conversion = conversion;
    this.#file = new TextFile(path);
    this.#file.write(`${csvRow(COSTS_COLUMNS)}\n`);
  }

  /** The venue filled something, at this quote; its record comes later. */
  filled(cursor: number, bid: Price, ask: Price): void {
    this.#touches.set(cursor, { bid, ask });
  }

  record(record: KernelRecord, seq: number): void {
    if (record.kind === RecordKind.fillBooked) this.#write(this.#fill(record.fill, seq));
    if (record.kind === RecordKind.ledgerBooked) this.#write(this.#ledger(record.ledger, seq));
  }

  #write(fields: readonly string[]): void {
    this.#file.write(`${csvRow(fields)}\n`);
  }

  #fill(fill: FillReport, seq: number): string[] {
    const { instrument: k, side, quantity, price, rate, cursor } = fill;
    const touch = this.#touches.get(cursor);
    this.#touches.delete(cursor);
    const names = this.#names;
    const known = [String(seq), formatUtc(fill.venueTime), 'fill', names.symbol(k)];
    const commission = names.money(fill.commission);
    if (touch === undefined) return [...known, fill.executionId, '', '', '', '', commission, ''];
    const { bid, ask } = touch;
    const beyond = side === Side.buy ? price - ask : bid - price;
    const spread = BigInt(ask - bid) * BigInt(quantity);
    const slippage = BigInt(beyond) * BigInt(quantity);
    return [
      ...known,
      fill.executionId,
      names.price(k, bid) ?? '',
      names.price(k, ask) ?? '',
      names.money(this.#conversion.moneyOf(spread, k, ofHalves(rate))),
      names.money(this.#conversion.moneyOf(slippage, k, rate)),
      commission,
      '',
    ];
  }

  #ledger(ledger: LedgerFact, seq: number): string[] {
    const names = this.#names;
    const symbol = ledger.hasInstrument ? names.symbol(ledger.instrument) : '';
    const time = names.time(ledger.venueTime) ?? '';
    const kind = present(LEDGER_KINDS[ledger.fact], 'kind of ledger fact');
    const amount = names.money(ledger.amount);
    return [String(seq), time, kind, symbol, ledger.reference, '', '', '', '', '', amount];
  }

  finish(): void {
    this.#file.finish();
  }

  [Symbol.dispose](): void {
    this.#file[Symbol.dispose]();
  }
}
