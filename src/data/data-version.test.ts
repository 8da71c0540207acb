import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import { createQuoteBlock, type QuoteBlock } from '../market/quotes.ts';
import type { Instrument } from '../model/instrument.ts';
import { blockOf, priced, type QuoteRow } from '../testing/quote-files.ts';
import { DataVersionHasher } from './data-version.ts';
import { BLOCK_ROWS } from './quote-stream.ts';

const EURUSD = priced('EURUSD', '0.00001');
const rowsOfAnySize = fc.array(
  fc.tuple(
    fc.nat(Number.MAX_SAFE_INTEGER),
    fc.nat(65_535),
    fc.integer({ min: 1, max: 2_147_483_647 }),
    fc.integer({ min: 1, max: 2_147_483_647 }),
    fc.nat(Number.MAX_SAFE_INTEGER),
    fc.nat(Number.MAX_SAFE_INTEGER),
  ),
  { minLength: 1, maxLength: 30 },
);

function version(instruments: readonly Instrument[], blocks: readonly QuoteBlock[]): string {
  const hasher = new DataVersionHasher(instruments);
  for (const block of blocks) hasher.update(block);
  return hasher.digest();
}

/** A part of a block, as a view on its columns. */
function part(block: QuoteBlock, from: number, to: number): QuoteBlock {
  return {
    count: to - from,
    time: block.time.subarray(from, to),
    instrument: block.instrument.subarray(from, to),
    bid: block.bid.subarray(from, to),
    ask: block.ask.subarray(from, to),
    bidSize: block.bidSize.subarray(from, to),
    askSize: block.askSize.subarray(from, to),
  };
}

/** The definition in the doc comment, written down a second time with plain Buffers. */
function byDefinition(rows: readonly QuoteRow[]): string {
  const bytes: Buffer[] = [];
  const u32 = (value: number) => {
    const buffer = Buffer.alloc(4);
    buffer.writeUInt32LE(value);
    bytes.push(buffer);
  };
  const text = (value: string) => {
    u32(Buffer.byteLength(value));
    bytes.push(Buffer.from(value));
  };
  const increment = (coefficient: bigint, decimals: number) => {
    const buffer = Buffer.alloc(17);
    buffer.writeBigUInt64LE(coefficient);
    buffer[16] = decimals;
    bytes.push(buffer);
  };
  text('tiyf-data-1');
  u32(1);
  text('EURUSD');
  increment(1n, 5);
  increment(1n, 0);
  u32(rows.length);
  const column = (at: number, size: number, put: (buffer: Buffer, value: number) => void) => {
    for (const row of rows) {
      const buffer = Buffer.alloc(size);
      put(buffer, row[at] ?? 0);
      bytes.push(buffer);
    }
  };
  column(0, 8, (buffer, value) => buffer.writeBigInt64LE(BigInt(value)));
  column(1, 2, (buffer, value) => buffer.writeUInt16LE(value));
  column(2, 4, (buffer, value) => buffer.writeInt32LE(value));
  column(3, 4, (buffer, value) => buffer.writeInt32LE(value));
  column(4, 8, (buffer, value) => buffer.writeBigInt64LE(BigInt(value)));
  column(5, 8, (buffer, value) => buffer.writeBigInt64LE(BigInt(value)));
  return `sha256:${createHash('sha256').update(Buffer.concat(bytes)).digest('hex')}`;
}

suite('a data version', () => {
  test('is what its definition says', () => {
    const property = fc.property(rowsOfAnySize, (rows) => {
      assert.equal(version([EURUSD], [blockOf(rows)]), byDefinition(rows));
    });
    fc.assert(property, { numRuns: 100 });
  });

  test('does not depend on how the quotes were cut into blocks', () => {
    const block = createQuoteBlock(BLOCK_ROWS + 1000);
    block.count = BLOCK_ROWS + 1000;
    for (let row = 0; row < block.count; row += 1) block.time[row] = row * 1_000_003;
    const whole = version([EURUSD], [block]);
    const cut = fc.integer({ min: 0, max: block.count });
    const property = fc.property(fc.array(cut, { maxLength: 4 }), (cuts) => {
      const edges = [0, ...cuts.toSorted((a, b) => a - b), block.count];
      const parts = edges.slice(1).map((to, at) => part(block, edges[at] ?? 0, to));
      assert.equal(version([EURUSD], parts), whole);
    });
    fc.assert(property, { numRuns: 20 });
  });

  test('changes with any value of any column', () => {
    const property = fc.property(rowsOfAnySize, fc.nat(), fc.nat(5), (rows, row, column) => {
      const at = row % rows.length;
      const changed = rows.map((old, place) =>
        place === at ? old.map((value, c) => (c === column ? value ^ 1 : value)) : old,
      );
      const [before, after] = [rows, changed].map((list) =>
        version(
          [EURUSD],
          [blockOf(list.map(([a = 0, b = 0, c = 0, d = 0, e = 0, f = 0]) => [a, b, c, d, e, f]))],
        ),
      );
      assert.notEqual(after, before);
    });
    fc.assert(property, { numRuns: 50 });
  });

  test('names the instruments and their increments, however these are written', () => {
    const block = blockOf([[1, 0, 1, 2, 3, 4]]);
    const of = (symbol: string, price: string, size = '1') =>
      version([priced(symbol, price, size)], [block]);
    assert.equal(of('EURUSD', '0.00001'), of('EURUSD', '0.000010', '1.0'));
    const others = [of('EURUSD', '0.00001'), of('GBPUSD', '0.00001'), of('EURUSD', '0.0001')];
    assert.equal(new Set([...others, of('EURUSD', '0.00001', '1000')]).size, 4);
  });

  test('of nothing exists, and taking it twice gives it twice', () => {
    const hasher = new DataVersionHasher([EURUSD]);
    assert.equal(hasher.digest(), hasher.digest());
    assert.match(hasher.digest(), /^sha256:[0-9a-f]{64}$/);
  });
});
