import { rm } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import type { DuckDBType } from '@duckdb/node-api';
import type { QuoteBlock } from '../market/quotes.ts';
import type { Decimal } from '../model/decimal.ts';
import type { Instrument } from '../model/instrument.ts';
import { PRICE_COUNT_MAX } from '../model/units.ts';
import { DataError } from './data-error.ts';
import { DuckDb, sqlText } from './duckdb.ts';
import type { ParquetFormat } from './parquet-format.ts';

/** Where quotes of one instrument are written. */
export interface ParquetTarget {
  readonly instrument: Instrument;
  readonly file: string;
}

/** How a file of {@link writeParquet} is read. */
export const WRITTEN_PARQUET: ParquetFormat = {
  kind: 'parquet',
  columns: { time: 'time', bid: 'bid', ask: 'ask', bidSize: 'bidSize', askSize: 'askSize' },
  time: 'timestamp',
  zone: 'UTC',
  priceGrid: 'exact',
  sizeScale: { coefficient: 1n, decimals: 0 },
};

const CHUNK_ROWS = 2048;
const WIDTH_MAX = 38;

/** Digits of a DECIMAL that holds up to `countMax` increments. */
function widthOf(increment: Decimal, countMax: number, file: string): number {
  const digits = (BigInt(countMax) * increment.coefficient).toString().length;
  const width = Math.max(digits, increment.decimals + 1);
  if (width <= WIDTH_MAX) return width;
  throw new DataError('DATA_FORMAT', `its increment needs ${width} digits, Parquet has 38`, {
    file,
  });
}

/** Appends blocks to the table `quotes` of a database. */
class QuoteTable {
  readonly #database: DuckDb;
  readonly #increments: readonly [price: Decimal, size: Decimal];
  readonly #widths: readonly [price: number, size: number];

  constructor(database: DuckDb, { instrument, file }: ParquetTarget) {
    const { priceIncrement, sizeIncrement } = instrument;
    this.#database = database;
    this.#increments = [priceIncrement, sizeIncrement];
    this.#widths = [
      widthOf(priceIncrement, PRICE_COUNT_MAX, file),
      widthOf(sizeIncrement, Number.MAX_SAFE_INTEGER, file),
    ];
  }

  async fill(quotes: AsyncIterable<QuoteBlock> | Iterable<QuoteBlock>): Promise<void> {
    const duck = await import('@duckdb/node-api');
    const { connection } = this.#database;
    const [price, size] = this.#increments;
    const [priceWidth, sizeWidth] = this.#widths;
    const priceType = duck.DECIMAL(priceWidth, price.decimals);
    const sizeType = duck.DECIMAL(sizeWidth, size.decimals);
    const types: readonly DuckDBType[] = [
      duck.TIMESTAMPTZ,
      priceType,
      priceType,
      sizeType,
      sizeType,
    ];
    const names = ['time', 'bid', 'ask', 'bidSize', 'askSize'];
    const columns = names.map((name, at) => `"${name}" ${types[at]}`).join(', ');
    await connection.run(`CREATE TABLE quotes (${columns})`);
    const appender = await connection.createAppender('quotes');
    for await (const block of quotes) {
      const values = (increment: Decimal, width: number, counts: Int32Array | Float64Array) => {
        const { coefficient, decimals } = increment;
        return (row: number) =>
          new duck.DuckDBDecimalValue(BigInt(counts[row] ?? 0) * coefficient, width, decimals);
      };
      const time = (row: number) => new duck.DuckDBTimestampTZValue(BigInt(block.time[row] ?? 0));
      const fields = [
        time,
        values(price, priceWidth, block.bid),
        values(price, priceWidth, block.ask),
        values(size, sizeWidth, block.bidSize),
        values(size, sizeWidth, block.askSize),
      ];
      for (let from = 0; from < block.count; from += CHUNK_ROWS) {
        const rows = Math.min(CHUNK_ROWS, block.count - from);
        const chunk = duck.DuckDBDataChunk.create(types, rows);
        for (const [at, field] of fields.entries()) {
          const vector = chunk.getColumnVector(at);
          for (let row = 0; row < rows; row += 1) vector.setItem(row, field(from + row));
          vector.flush();
        }
        appender.appendDataChunk(chunk);
      }
      // What is appended is on disk: memory does not grow with the quotes.
      appender.flushSync();
    }
    appender.closeSync();
  }
}

/**
 * Writes quotes of one instrument: `time` (TIMESTAMP in µs, UTC), `bid`, `ask`, `bidSize` and
 * `askSize` (DECIMAL with the decimals of the increment). {@link WRITTEN_PARQUET} reads them back.
 * Parquet is written group by group from a database on disk beside the file, which is then removed.
 * A file of that name is replaced. Throws {@link DataError}, and errors of DuckDB as they are.
 */
export async function writeParquet(
  target: ParquetTarget,
  quotes: AsyncIterable<QuoteBlock> | Iterable<QuoteBlock>,
): Promise<void> {
  const file = resolve(target.file);
  const scratch = `${file}.scratch`;
  try {
    using database = await DuckDb.open(scratch, { paths: [], directories: [dirname(file)] });
    await new QuoteTable(database, target).fill(quotes);
    await database.connection.run(
      `COPY quotes TO ${sqlText(file)} (FORMAT parquet, COMPRESSION zstd)`,
    );
  } finally {
    await rm(scratch, { force: true });
    await rm(`${scratch}.wal`, { force: true });
  }
}
