import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import { lzmaBomb } from '../testing/lzma-bomb.ts';
import { packLzma } from '../testing/lzma-pack.ts';
import { LzmaError, unpackLzma } from './lzma.ts';

const MAX = 100_000;
/** 40 times `tick `, by another packer, with an end mark instead of a size. */
const WITH_END_MARK = Buffer.from('XQAAgAD//////////wA6GkiNzQCbuU7st///qrQAAA==', 'base64');
const TICKS = Buffer.from('tick '.repeat(40));
const modes = fc.constantFrom(1 as const, 5 as const, 9 as const);

/** Bytes with repetitions near and far, as data has them. */
const content = fc
  .array(
    fc.tuple(fc.uint8Array({ minLength: 1, maxLength: 40 }), fc.integer({ min: 1, max: 30 })),
    {
      maxLength: 30,
    },
  )
  .map((parts) => Buffer.concat(parts.flatMap(([bytes, times]) => Array(times).fill(bytes))));

suite('LZMA', () => {
  test('gives what another implementation packed, whatever the bytes', () => {
    fc.assert(
      fc.property(content, modes, (bytes, mode) => {
        assert.deepEqual(Buffer.from(unpackLzma(packLzma(bytes, mode), MAX)), bytes);
      }),
      { numRuns: 10 },
    );
  });

  test('is read up to its end mark where the header tells no size', () => {
    assert.deepEqual(Buffer.from(unpackLzma(WITH_END_MARK, MAX)), TICKS);
  });

  test('cut anywhere is refused, and so is whatever follows it', () => {
    for (const packed of [packLzma(TICKS), WITH_END_MARK]) {
      for (let length = 0; length < packed.length; length += 1) {
        assert.throws(() => unpackLzma(packed.subarray(0, length), MAX), LzmaError, `${length}`);
      }
      const longer = Buffer.concat([packed, Buffer.from([0])]);
      assert.throws(() => unpackLzma(longer, MAX), /1 bytes follow its end/);
    }
  });

  test('never gives more than the bound, nor more or less than it declares', () => {
    assert.throws(() => unpackLzma(WITH_END_MARK, TICKS.length - 1), /more than 199 bytes/);
    assert.equal(unpackLzma(WITH_END_MARK, TICKS.length).length, TICKS.length);
    assert.throws(() => unpackLzma(lzmaBomb(), 1_000_000), /more than 1000000 bytes/);
    const packed = packLzma(TICKS);
    for (const size of [0, 1, 199, 201, 99_999]) {
      const other = Buffer.from(packed);
      other.writeBigUInt64LE(BigInt(size), 5);
      assert.throws(() => unpackLzma(other, MAX), LzmaError, String(size));
    }
    packed.set([0xff, 0xff, 0xff, 0xff, 0], 5);
    assert.throws(() => unpackLzma(packed, MAX), /declares 4294967295 bytes of content/);
  });

  test('of damaged bytes ends, with an error or within the bound', () => {
    const packed = packLzma(Buffer.from(Array.from({ length: 4000 }, (_, i) => (i * i) >> 4)));
    fc.assert(
      fc.property(fc.nat(packed.length - 1), fc.integer({ min: 1, max: 255 }), (at, mask) => {
        const damaged = Uint8Array.from(packed);
        damaged[at] = (damaged[at] ?? 0) ^ mask;
        try {
          assert.ok(unpackLzma(damaged, MAX).length <= MAX);
        } catch (error) {
          assert.ok(error instanceof LzmaError, String(error));
        }
      }),
      { numRuns: 150 },
    );
  });

  test('that reaches back beyond its dictionary is refused', () => {
    const noise = Uint8Array.from({ length: 5000 }, (_, i) => Math.imul(i, 2_654_435_761) >>> 24);
    const packed = packLzma(Buffer.concat([noise, noise]));
    assert.equal(unpackLzma(packed, MAX).length, 10_000);
    packed.set([0, 0, 0, 0], 1);
    assert.throws(() => unpackLzma(packed, MAX), /reaches back too far/);
  });
});
