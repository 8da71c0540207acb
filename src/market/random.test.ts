import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import { Decoder, Encoder } from '../model/codec.ts';
import { fmix32, hash32, hash32Pair, hash32Wide, SeededRandom } from './random.ts';

const seeds = fc.maxSafeInteger();

suite('hash', () => {
  test('agrees with published MurmurHash3_x86_32 vectors', () => {
    // Vectors: Ian Boyd, stackoverflow.com/a/31929528; words are the bytes, little-endian.
    assert.equal(hash32(0, 0x0000_0000), 0x2362_f9de);
    assert.equal(hash32(0, 0xffff_ffff), 0x7629_3b50);
    assert.equal(hash32(0, 0x8765_4321), 0xf55b_516b);
    assert.equal(hash32(0x5082_edee, 0x8765_4321), 0x2362_f9de);
    assert.equal(hash32(0, 0x7473_6574), 0xba6b_d213); // "test"
    assert.equal(hash32(0x9747_b28c, 0x7473_6574), 0x704b_81dc);
    assert.equal(hash32(0x9747_b28c, 0x6161_6161), 0x5a97_808a); // "aaaa"
    assert.equal(hash32(0x9747_b28c, 0x6463_6261), 0xf047_8627); // "abcd"
    // These two by an independent implementation (Python, whole numbers).
    assert.equal(hash32(0, 1), 0xfbf1_402a);
    assert.equal(hash32Pair(0x9747_b28c, 0x6463_6261, 0x6867_6665), 0xcf02_66e4); // "abcdefgh"
    assert.equal(fmix32(0), 0);
    assert.equal(fmix32(1), 0x514e_28b7); // the empty text under seed 1
  });

  test('a pair is the eight bytes of both words', () => {
    assert.equal(hash32Pair(0, 0, 0), 0x63852afc);
    assert.equal(hash32Wide(7, 5 * 2 ** 32 + 3), hash32Pair(7, 3, 5));
    assert.equal(hash32Wide(7, -1), hash32Pair(7, 0xffff_ffff, 0xffff_ffff));
  });

  test('one changed bit of seed or word changes about half of the result', () => {
    let changed = 0;
    for (let i = 0; i < 4000; i++) {
      const bit = 1 << (i & 31);
      const seed = Math.imul(i, 0x9e37_79b9);
      let difference =
        hash32(seed, i) ^ (i % 2 === 0 ? hash32(seed, i ^ bit) : hash32(seed ^ bit, i));
      for (; difference !== 0; difference &= difference - 1) changed++;
    }
    assert.ok(changed / 4000 > 15.8 && changed / 4000 < 16.2, `${changed / 4000} bits`);
  });
});

suite('seeded random', () => {
  test('agrees with the reference implementation of xoshiro128**', () => {
    // Vector of Rust's rand_xoshiro, made with the authors' C code, version 1.1.
    const random = SeededRandom.fromState(1, 2, 3, 4);
    const expected = [11520, 0, 5927040, 70819200, 2031721883, 1637235492, 1287239034];
    expected.push(3734860849, 3729100597, 4258142804);
    for (const value of expected) assert.equal(random.nextUint32(), value);
  });

  test('the same seed and stream give the same numbers, another seed or stream others', () => {
    fc.assert(
      fc.property(seeds, fc.integer({ min: 0, max: 1000 }), (seed, stream) => {
        const draw = (from: SeededRandom) => [from.nextUint32(), from.nextUint32()];
        const first = draw(new SeededRandom(seed, stream));
        assert.deepEqual(draw(new SeededRandom(seed, stream)), first);
        assert.notDeepEqual(draw(new SeededRandom(seed, stream + 1)), first);
        assert.notDeepEqual(draw(new SeededRandom(seed === 0 ? 1 : -seed, stream)), first);
      }),
    );
  });

  test('a restored generator continues where the saved one stood', () => {
    fc.assert(
      fc.property(seeds, fc.nat({ max: 50 }), (seed, drawn) => {
        const random = new SeededRandom(seed);
        for (let i = 0; i < drawn; i++) random.nextUint32();
        const encoder = new Encoder();
        random.walk(encoder);
        const restored = new SeededRandom(1);
        restored.walk(new Decoder(encoder.bytes));
        for (let i = 0; i < 5; i++) assert.equal(restored.nextUint32(), random.nextUint32());
      }),
    );
  });

  test('a state from which nothing would ever come is refused', () => {
    const bytes = new Uint8Array(16);
    const random = new SeededRandom(1);
    assert.throws(() => random.walk(new Decoder(bytes)), { code: 'CODEC_INVALID' });
    assert.throws(() => SeededRandom.fromState(0, 0, 0, 0), { code: 'ASSERTION_FAILED' });
  });

  test('whole numbers stay below their bound', () => {
    fc.assert(
      fc.property(seeds, fc.integer({ min: 1, max: 2 ** 32 }), (seed, bound) => {
        const random = new SeededRandom(seed);
        for (let i = 0; i < 10; i++) {
          const value = random.nextInt(bound);
          assert.ok(Number.isInteger(value) && value >= 0 && value < bound);
        }
      }),
    );
    for (const bound of [0, -1, 1.5, 2 ** 32 + 1, Number.NaN]) {
      assert.throws(() => new SeededRandom(1).nextInt(bound), { code: 'ASSERTION_FAILED' });
    }
  });

  test('whole numbers are equally likely, also under a bound that does not divide 2^32', () => {
    // Without rejection, results below 2^30 would come up twice as often as those above.
    const random = new SeededRandom(2);
    const bound = 3 * 2 ** 30;
    let low = 0;
    for (let i = 0; i < 30_000; i++) if (random.nextInt(bound) < 2 ** 30) low++;
    assert.ok(Math.abs(low / 30_000 - 1 / 3) < 0.015, `${low / 30_000} should be 1/3`);
  });

  test('fractions fill [0, 1) evenly', () => {
    const random = new SeededRandom(3);
    const buckets = new Array<number>(10).fill(0);
    for (let i = 0; i < 20_000; i++) {
      const value = random.nextFloat();
      assert.ok(value >= 0 && value < 1);
      const bucket = Math.floor(value * 10);
      buckets[bucket] = (buckets[bucket] ?? 0) + 1;
    }
    // 2000 expected with a standard deviation of 42.
    for (const count of buckets) assert.ok(Math.abs(count - 2000) < 200, buckets.join(' '));
  });
});
