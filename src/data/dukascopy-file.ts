import { createQuoteBlock } from '../market/quotes.ts';
import type { Instrument } from '../model/instrument.ts';
import { BAD } from './bad-rows.ts';
import { type ByteSource, openBytes } from './byte-source.ts';
import type { RawRows, RowFile } from './column-reader.ts';
import { DataError } from './data-error.ts';
import { PriceField, SizeField } from './decimal-field.ts';
import { DUKASCOPY_DECIMALS_MAX, type DukascopyFormat } from './dukascopy-format.ts';
import { hourOfPath, hourTemplateProblem } from './file-hour.ts';
import { LzmaError, unpackLzma } from './lzma.ts';
import { FloatSizes, putScaledPrice } from './number-field.ts';

const RECORD_BYTES = 20;
const HOUR_MS = 3_600_000;
const US_PER_MS = 1000;
/** A tick in every millisecond: far beyond any real hour. */
const CONTENT_BYTES_MAX = HOUR_MS * RECORD_BYTES;
/** Packed data is hardly larger than its content, whatever that is. */
const FILE_BYTES_MAX = CONTENT_BYTES_MAX + 4 * 1024 * 1024;
const BATCH_ROWS = 8192;
const FIRST_BYTES = 65_536;

/** Throws {@link DataError} `DATA_FORMAT` for a format that cannot be meant. */
export function checkDukascopyFormat(format: DukascopyFormat, file: string): void {
  const { decimals, sizeScale, path } = format;
  const isCount = Number.isInteger(decimals) && decimals >= 0;
  const problem =
    hourTemplateProblem(path) ??
    (sizeScale.coefficient > 0n ? undefined : 'sizeScale must be above zero') ??
    (isCount && decimals <= DUKASCOPY_DECIMALS_MAX
      ? undefined
      : `decimals must be 0 to ${DUKASCOPY_DECIMALS_MAX}`);
  if (problem !== undefined) throw new DataError('DATA_FORMAT', problem, { file });
}

/** The whole file, which is small; one that is not is none of these. */
async function readWhole(source: ByteSource, file: string): Promise<Uint8Array> {
  let bytes: Uint8Array = new Uint8Array(FIRST_BYTES);
  let size = 0;
  for (;;) {
    if (size === bytes.length) {
      if (size > FILE_BYTES_MAX) {
        throw new DataError('DATA_FORMAT', 'too large for an hour of ticks', { file });
      }
      const larger = new Uint8Array(2 * size);
      larger.set(bytes);
      bytes = larger;
    }
    const read = await source.read(bytes, size, bytes.length - size);
    if (read === 0) return bytes.subarray(0, size);
    size += read;
  }
}

function unpack(bytes: Uint8Array, file: string): Uint8Array {
  if (bytes.length === 0) return bytes;
  try {
    return unpackLzma(bytes, CONTENT_BYTES_MAX);
  } catch (cause) {
    if (!(cause instanceof LzmaError)) throw cause;
    const reason = `this is no whole LZMA file: ${cause.message}`;
    throw new DataError('DATA_ARCHIVE', reason, { file, cause });
  }
}

/** The records of an hour. */
class DukascopyFile implements RowFile {
  readonly #records: DataView;
  readonly #decimals: number = 0;
  readonly #hourUs: number = 0;
  readonly #price: PriceField;
  readonly #size: SizeField;
  readonly #sizes: FloatSizes;
  readonly #rows: RawRows = {
    block: createQuoteBlock(BATCH_ROWS),
    faults: new Int8Array(BATCH_ROWS),
  };
  /** Records given out. */
  #given = 0;

  constructor(records: DataView, hourUs: number, instrument: Instrument, format: DukascopyFormat) {
    this.#records = records;
    this.#hourUs = hourUs;
    this.#decimals = format.decimals;
    this.#price = new PriceField(instrument.priceIncrement, format.priceGrid === 'round');
    this.#size = new SizeField(instrument.sizeIncrement, format.sizeScale);
    this.#sizes = new FloatSizes(this.#size, true);
  }

  get #count(): number {
    return this.#records.byteLength / RECORD_BYTES;
  }

  get share(): number {
    return this.#count === 0 ? 1 : this.#given / this.#count;
  }

  get pricesRounded(): number {
    return this.#price.rounded;
  }

  get sizesRounded(): number {
    return this.#size.rounded;
  }

  async next(): Promise<RawRows | undefined> {
    const { block, faults } = this.#rows;
    const rows = Math.min(BATCH_ROWS, this.#count - this.#given);
    if (rows === 0) return undefined;
    for (let row = 0; row < rows; row += 1) faults[row] = this.#record(this.#given + row, row);
    block.count = rows;
    this.#given += rows;
    return this.#rows;
  }

  /** One record into a row; 0, or why it is none. */
  #record(record: number, row: number): number {
    const view = this.#records;
    const { block } = this.#rows;
    const at = record * RECORD_BYTES;
    const ms = view.getUint32(at);
    if (ms >= HOUR_MS) return BAD.out_of_range;
    block.time[row] = this.#hourUs + ms * US_PER_MS;
    const ask = view.getUint32(at + 4);
    const askFault = putScaledPrice(this.#price, ask, this.#decimals, block.ask, row);
    if (askFault < 0) return askFault;
    const bid = view.getUint32(at + 8);
    const bidFault = putScaledPrice(this.#price, bid, this.#decimals, block.bid, row);
    if (bidFault < 0) return bidFault;
    const sizeFault = this.#sizes.put(view.getFloat32(at + 12), block.askSize, row);
    return sizeFault < 0
      ? sizeFault
      : this.#sizes.put(view.getFloat32(at + 16), block.bidSize, row);
  }

  excerpt(row: number): string {
    const view = this.#records;
    const at = (this.#given - this.#rows.block.count + row) * RECORD_BYTES;
    const whole = ['ms', 'ask', 'bid'].map((name, k) => `${name} ${view.getUint32(at + 4 * k)}`);
    return `${whole.join(', ')}, sizes ${view.getFloat32(at + 12)} ${view.getFloat32(at + 16)}`;
  }

  async close(): Promise<void> {
    // The file was read and closed when it was opened.
  }
}

/** Reads and unpacks the ticks of an hour. Throws {@link DataError}. */
export async function openDukascopyFile(
  file: string,
  instrument: Instrument,
  format: DukascopyFormat,
): Promise<RowFile> {
  const hourUs = hourOfPath(format.path, file);
  const source = await openBytes(file);
  let content: Uint8Array;
  try {
    content = unpack(await readWhole(source, file), file);
  } finally {
    await source.close();
  }
  if (content.length % RECORD_BYTES !== 0) {
    const whole = `no whole number of ${RECORD_BYTES}-byte records`;
    throw new DataError('DATA_FORMAT', `its ${content.length} bytes are ${whole}`, { file });
  }
  const records = new DataView(content.buffer, content.byteOffset, content.byteLength);
  return new DukascopyFile(records, hourUs, instrument, format);
}
