import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import type { DukascopyFormat } from '../data/dukascopy-format.ts';
import type { ParquetFormat } from '../data/parquet-format.ts';
import { parseDecimal } from '../model/decimal.ts';
import { packLzma } from './lzma-pack.ts';

/** Milliseconds in the hour, ask, bid, ask volume, bid volume: as they stand in a record. */
export type Tick = readonly [number, number, number, number, number];

/** Records, not packed. */
export function tickBytes(ticks: readonly Tick[]): Uint8Array {
  const view = new DataView(new ArrayBuffer(20 * ticks.length));
  for (const [at, [ms, ask, bid, askVolume, bidVolume]] of ticks.entries()) {
    view.setUint32(20 * at, ms);
    view.setUint32(20 * at + 4, ask);
    view.setUint32(20 * at + 8, bid);
    view.setFloat32(20 * at + 12, askVolume);
    view.setFloat32(20 * at + 16, bidVolume);
  }
  return new Uint8Array(view.buffer);
}

/** A tick file. */
export function bi5(ticks: readonly Tick[]): Uint8Array {
  return packLzma(tickBytes(ticks));
}

/** Of files `2024020109h.bi5`, with a zero-based month. */
export function dukascopy(overrides: Partial<DukascopyFormat> = {}): DukascopyFormat {
  return {
    kind: 'dukascopy_bi5',
    path: 'YYYYZMDDHHh.bi5',
    decimals: 5,
    priceGrid: 'exact',
    sizeScale: parseDecimal('1000000'),
    ...overrides,
  };
}

/** Columns `time`, `bid`, `ask`. */
export function parquet(overrides: Partial<ParquetFormat> = {}): ParquetFormat {
  return {
    kind: 'parquet',
    columns: { time: 'time', bid: 'bid', ask: 'ask' },
    time: 'timestamp',
    zone: 'UTC',
    priceGrid: 'exact',
    sizeScale: parseDecimal('1'),
    ...overrides,
  };
}

/** Writes Parquet files by SQL. */
export class ParquetMaker implements Disposable {
  readonly #folder = mkdtempSync(join(tmpdir(), 'tiyf-parquet-'));
  #instance: DuckDBInstance | undefined;

  /** The file of a query's rows. */
  async bytes(select: string): Promise<Uint8Array> {
    this.#instance ??= await DuckDBInstance.create(':memory:');
    const connection = await this.#instance.connect();
    const file = join(this.#folder, 'made.parquet');
    await connection.run(`COPY (${select}) TO '${file}' (FORMAT parquet)`);
    connection.closeSync();
    return readFileSync(file);
  }

  [Symbol.dispose](): void {
    this.#instance?.closeSync();
    rmSync(this.#folder, { recursive: true, force: true });
  }
}
