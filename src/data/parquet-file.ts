import { resolve } from 'node:path';
import type { DuckDBDataChunk, DuckDBResult } from '@duckdb/node-api';
import { createQuoteBlock } from '../market/quotes.ts';
import type { Instrument } from '../model/instrument.ts';
import { readEnds } from './byte-source.ts';
import type { RawRows, RowFile } from './column-reader.ts';
import { DataError, excerptOf } from './data-error.ts';
import { PriceField, SizeField } from './decimal-field.ts';
import { DuckDb, literalPath, sqlName } from './duckdb.ts';
import { ColumnTypeError, pricePut, putAll, sizePut, timePut, timeSql } from './parquet-columns.ts';
import type { ParquetFormat } from './parquet-format.ts';

/** Rows of a chunk, as DuckDB has them. */
const CHUNK_ROWS = 2048;
const MARK = 'PAR1';
const NAMES_SHOWN_MAX = 20;
const FIELDS = ['time', 'bid', 'ask', 'bidSize', 'askSize'] as const;
type Field = (typeof FIELDS)[number];

/** No column is made of the folders' names, and the one file is all there is. */
const TABLE = 'read_parquet($1, hive_partitioning = false, union_by_name = false)';

interface Column {
  readonly field: Field;
  readonly name: string;
  /** As DuckDB writes it: `DECIMAL(10,5)`. */
  readonly type: string;
}

function unreadable(file: string, cause: unknown): unknown {
  if (cause instanceof DataError || !(cause instanceof Error)) return cause;
  const [first = ''] = cause.message.split('\n');
  const reason = `the Parquet file cannot be read: ${first}`;
  return new DataError('DATA_ARCHIVE', reason, { file, cause });
}

async function checkMark(file: string): Promise<void> {
  const { head, tail } = await readEnds(file, MARK.length);
  if (Buffer.from(head).toString('latin1') !== MARK) {
    const excerpt = excerptOf(head, 0, head.length);
    throw new DataError('DATA_ARCHIVE', 'this is no Parquet file', { file, excerpt });
  }
  if (Buffer.from(tail).toString('latin1') !== MARK) {
    throw new DataError('DATA_ARCHIVE', 'the Parquet file is truncated', { file });
  }
}

/** The columns that the format names, with their types in this file. */
async function findColumns(
  database: DuckDb,
  format: ParquetFormat,
  file: string,
): Promise<readonly Column[]> {
  const path = literalPath(resolve(file));
  const described = await database.connection.runAndReadAll(`DESCRIBE SELECT * FROM ${TABLE}`, [
    path,
  ]);
  const types = new Map(described.getRows().map(([name, type]) => [String(name), String(type)]));
  const columns: Column[] = [];
  for (const field of FIELDS) {
    const name = format.columns[field];
    if (name === undefined) continue;
    const type = types.get(name);
    if (type === undefined) {
      const names = [...types.keys()].slice(0, NAMES_SHOWN_MAX).join(', ');
      const reason = `the file has no column "${name}" (${field}); it has ${names}`;
      throw new DataError('DATA_FORMAT', reason, { file });
    }
    columns.push({ field, name, type });
  }
  return columns;
}

type Fill = (chunk: DuckDBDataChunk, faults: Int8Array) => void;

/** The rows of a Parquet file, a chunk at a time. */
class ParquetFile implements RowFile {
  readonly #file: string;
  readonly #database: DuckDb;
  readonly #columns: readonly Column[];
  readonly #price: PriceField;
  readonly #size: SizeField;
  readonly #fills: readonly Fill[];
  readonly #rows: RawRows = {
    block: createQuoteBlock(CHUNK_ROWS),
    faults: new Int8Array(CHUNK_ROWS),
  };
  #result: DuckDBResult | undefined;
  #chunk: DuckDBDataChunk | undefined;
  #total = 0;
  #given = 0;

  constructor(
    file: string,
    database: DuckDb,
    columns: readonly Column[],
    instrument: Instrument,
    format: ParquetFormat,
  ) {
    this.#file = file;
    this.#database = database;
    this.#columns = columns;
    this.#price = new PriceField(instrument.priceIncrement, format.priceGrid === 'round');
    this.#size = new SizeField(instrument.sizeIncrement, format.sizeScale);
    const { block } = this.#rows;
    const { decimals } = instrument.priceIncrement;
    this.#fills = columns.map(({ field, name, type }, at) => {
      try {
        const put =
          field === 'time'
            ? timePut(type, format, block)
            : field === 'bid' || field === 'ask'
              ? pricePut(type, format, this.#price, decimals, block[field])
              : sizePut(type, this.#size, block[field]);
        return (chunk, faults) => putAll(chunk.getColumnVector(at), put, faults);
      } catch (cause) {
        throw typeError(file, name, cause);
      }
    });
  }

  /** Begins to read. */
  async start(format: ParquetFormat): Promise<void> {
    const path = literalPath(resolve(this.#file));
    const { connection } = this.#database;
    const expressions = this.#columns.map(({ field, name, type }) => {
      try {
        return field === 'time' ? timeSql(sqlName(name), type, format) : sqlName(name);
      } catch (cause) {
        throw typeError(this.#file, name, cause);
      }
    });
    const counted = await connection.runAndReadAll(
      'SELECT sum(num_rows) FROM parquet_file_metadata($1)',
      [path],
    );
    this.#total = Number(counted.getRows()[0]?.[0] ?? 0);
    this.#result = await connection.stream(`SELECT ${expressions.join(', ')} FROM ${TABLE}`, [
      path,
    ]);
  }

  get share(): number {
    return Math.min(1, this.#given / Math.max(1, this.#total));
  }

  get pricesRounded(): number {
    return this.#price.rounded;
  }

  get sizesRounded(): number {
    return this.#size.rounded;
  }

  async next(): Promise<RawRows | undefined> {
    const { block, faults } = this.#rows;
    try {
      const chunk = await this.#result?.fetchChunk();
      if (chunk === undefined || chunk === null || chunk.rowCount === 0) {
        this.#checkWhole();
        return undefined;
      }
      this.#chunk = chunk;
      block.count = chunk.rowCount;
      faults.fill(0);
      for (const fill of this.#fills) fill(chunk, faults);
      this.#given += chunk.rowCount;
      return this.#rows;
    } catch (cause) {
      throw unreadable(this.#file, cause);
    }
  }

  #checkWhole(): void {
    if (this.#given === this.#total) return;
    const reason = `the Parquet file gave ${this.#given} of the ${this.#total} rows it declares`;
    throw new DataError('DATA_ARCHIVE', reason, { file: this.#file });
  }

  excerpt(row: number): string {
    const fields = this.#columns.map(({ name }, at) => {
      return `${name} ${String(this.#chunk?.getColumnVector(at).getItem(row))}`;
    });
    const bytes = Buffer.from(fields.join(', '));
    return excerptOf(bytes, 0, bytes.length);
  }

  async close(): Promise<void> {
    this.#database[Symbol.dispose]();
  }
}

function typeError(file: string, name: string, cause: unknown): unknown {
  if (!(cause instanceof ColumnTypeError)) return cause;
  return new DataError('DATA_FORMAT', `column "${name}" ${cause.message}`, { file });
}

/** Opens a Parquet file, through DuckDB. Throws {@link DataError}. */
export async function openParquetFile(
  file: string,
  instrument: Instrument,
  format: ParquetFormat,
): Promise<RowFile> {
  await checkMark(file);
  const path = resolve(file);
  const database = await DuckDb.open(':memory:', {
    paths: [path, literalPath(path)],
    directories: [],
  });
  try {
    const columns = await findColumns(database, format, file);
    const opened = new ParquetFile(file, database, columns, instrument, format);
    await opened.start(format);
    return opened;
  } catch (cause) {
    database[Symbol.dispose]();
    throw unreadable(file, cause);
  }
}
