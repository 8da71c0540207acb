import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import type { TimeUs } from '../model/units.ts';
import { type ArrivedQuote, QuoteQueue } from './quote-queue.ts';

function quote(k: number, bid: number, venueTime = 0): ArrivedQuote {
  return { k, bid, ask: bid + 1, bidSize: 0, askSize: 0, venueTime: venueTime as TimeUs };
}

function drained(queue: QuoteQueue, notBefore = 0): string[] {
  const taken: string[] = [];
  queue.drain(
    ({ venueTime }) => venueTime >= notBefore,
    ({ k, bid }) => taken.push(`${k}:${bid}`),
  );
  return taken;
}

suite('quotes that wait', () => {
  test('while there is room each is taken, in the order in which it came', () => {
    const queue = new QuoteQueue(2, 3);
    for (const [k, bid] of [
      [0, 1],
      [1, 2],
      [0, 3],
    ] as const) {
      queue.push(quote(k, bid));
    }
    assert.deepEqual(drained(queue), ['0:1', '1:2', '0:3']);
    assert.deepEqual(drained(queue), []);
    assert.equal(queue.conflated, 0);
  });

  test('beyond it a quote replaces the newest of its instrument, and that is counted', () => {
    const quotes = fc.array(fc.integer({ min: 0, max: 4 }), { maxLength: 200 });
    fc.assert(
      fc.property(quotes, fc.integer({ min: 1, max: 20 }), (instruments, room) => {
        const queue = new QuoteQueue(5, room);
        for (const [at, k] of instruments.entries()) queue.push(quote(k, at));
        assert(queue.length <= room + 5);
        const taken = drained(queue);
        assert.equal(taken.length + queue.conflated, instruments.length);
        const newest = new Map(instruments.map((k, at) => [k, at]));
        for (const [k, at] of newest) assert(taken.includes(`${k}:${at}`), 'none loses its newest');
      }),
    );
  });

  test('those that are not wanted any more are left out, and counted', () => {
    const queue = new QuoteQueue(2, 10);
    queue.push(quote(0, 1, 100));
    queue.push(quote(1, 2, 200));
    assert.deepEqual(drained(queue, 150), ['1:2']);
    assert.equal(queue.stale, 1);
  });
});
