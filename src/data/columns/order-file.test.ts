import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createQuoteBlock } from '../../market/quotes.ts';
import { TemporaryFolder } from '../../testing/quote-files.ts';
import { ColumnFileReader, ColumnFileWriter } from './column-file.ts';
import { ORDER_KIND, OrderEncoder, OrderFileReader } from './order-file.ts';

/** Rows, more than a block of them. */
const ROWS = 100_000;

for (const streams of [2, 256, 257, 3000]) {
  test(`an order of ${streams} streams comes back, with the rows of each`, () => {
    using folder = new TemporaryFolder();
    const file = folder.join('order');
    const block = createQuoteBlock(ROWS, false);
    for (let row = 0; row < ROWS; row += 1) block.instrument[row] = (row * 7919) % streams;
    block.count = ROWS;
    using writer = new ColumnFileWriter(file);
    const encoder = new OrderEncoder(writer, streams);
    encoder.add(block);
    encoder.finish();
    writer.finish(ORDER_KIND, 'key', {});
    const opened = ColumnFileReader.open(file, ORDER_KIND, 'key');
    assert.ok(opened);
    using order = new OrderFileReader(opened, streams);
    order.verify();
    const counts = new Float64Array(streams);
    let row = 0;
    while (order.next()) {
      for (const stream of order.numbers.subarray(0, order.count)) {
        if (stream !== block.instrument[row]) assert.fail(`row ${row}`);
        counts[stream] = (counts[stream] ?? 0) + 1;
        row += 1;
      }
    }
    assert.equal(row, ROWS);
    assert.deepEqual(encoder.counts, counts);
  });
}
