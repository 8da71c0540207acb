import { assert } from '../model/assert.ts';
import { CodecError, type FieldIo, type Walkable } from '../model/codec.ts';

/**
 * Randomness that is a function of its seeds: hashes for random access, a generator for streams.
 * Integer operations of 32 bits only, so every engine and platform draws the same numbers.
 */

const TWO_32 = 4_294_967_296;

/**
 * The finaliser of MurmurHash3 (Austin Appleby, public domain): a bijection of 32-bit integers in
 * which every input bit changes every output bit about half of the time.
 */
export function fmix32(value: number): number {
  let h = value ^ (value >>> 16);
  h = Math.imul(h, 0x85ebca6b);
  h ^= h >>> 13;
  h = Math.imul(h, 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}

/** One word into the hash's state: the body of MurmurHash3_x86_32. */
export function mixWord(state: number, word: number): number {
  let k = Math.imul(word, 0xcc9e2d51);
  k = Math.imul((k << 15) | (k >>> 17), 0x1b873593);
  const h = state ^ k;
  return (Math.imul((h << 13) | (h >>> 19), 5) + 0xe6546b64) | 0;
}

/** MurmurHash3_x86_32 of the 4 little-endian bytes of one word, as an unsigned 32-bit integer. */
export function hash32(seed: number, word: number): number {
  return fmix32(mixWord(seed, word) ^ 4);
}

/** MurmurHash3_x86_32 of two words. */
export function hash32Pair(seed: number, first: number, second: number): number {
  return fmix32(mixWord(mixWord(seed, first), second) ^ 8);
}

/** MurmurHash3_x86_32 of a whole number up to 2^53, as its low and high word. */
export function hash32Wide(seed: number, value: number): number {
  return hash32Pair(seed, value | 0, Math.floor(value / TWO_32) | 0);
}

/**
 * A stream of random numbers: xoshiro128** 1.1 (David Blackman and Sebastiano Vigna, public
 * domain, https://prng.di.unimi.it/xoshiro128starstar.c), period 2^128 − 1. Its state is saved and
 * restored by {@link walk}; the same seed and stream number give the same numbers for ever.
 */
export class SeededRandom implements Walkable {
  #a = 1;
  #b = 0;
  #c = 0;
  #d = 0;

  /** Both are safe integers; streams of one seed are independent of one another. */
  constructor(seed: number, stream = 0) {
    assert(Number.isSafeInteger(seed), `seed ${seed} is not a safe integer`);
    assert(Number.isSafeInteger(stream), `stream ${stream} is not a safe integer`);
    const key = hash32Wide(0x7469_7966, stream);
    this.#a = hash32Wide(key, seed) | 0;
    this.#b = hash32Wide(key ^ 0x9e37_79b9, seed) | 0;
    this.#c = hash32Wide(key ^ 0x3c6e_f372, seed) | 0;
    // An all-zero state would stay so: one bit is kept set.
    this.#d = hash32Wide(key ^ 0xdaa6_6d2b, seed) | 1;
  }

  /** A generator in a given state, four 32-bit words that are not all zero. */
  static fromState(a: number, b: number, c: number, d: number): SeededRandom {
    assert((a | b | c | d) !== 0, 'the state of xoshiro128** may not be all zero');
    const random = new SeededRandom(0);
    random.#a = a | 0;
    random.#b = b | 0;
    random.#c = c | 0;
    random.#d = d | 0;
    return random;
  }

  /** The next number, 0 … 2^32 − 1. */
  nextUint32(): number {
    const b = this.#b;
    const times5 = Math.imul(b, 5);
    const result = Math.imul((times5 << 7) | (times5 >>> 25), 9);
    const c = this.#c ^ this.#a;
    const d = this.#d ^ b;
    this.#b = b ^ c;
    this.#a ^= d;
    this.#c = c ^ (b << 9);
    this.#d = (d << 11) | (d >>> 21);
    return result >>> 0;
  }

  /** A whole number in `[0, bound)`, each equally likely; `bound` is 1 … 2^32. */
  nextInt(bound: number): number {
    assert(Number.isInteger(bound) && bound >= 1 && bound <= TWO_32, `bound ${bound}`);
    // Draws at or past the last whole multiple of `bound` would favour small results. At worst
    // half of the draws are repeated.
    const limit = TWO_32 - (TWO_32 % bound);
    let draw = this.nextUint32();
    while (draw >= limit) draw = this.nextUint32();
    return draw % bound;
  }

  /** A multiple of 2^-53 in `[0, 1)`, each equally likely. */
  nextFloat(): number {
    const high = this.nextUint32() >>> 5;
    const low = this.nextUint32() >>> 6;
    return (high * 67_108_864 + low) / 9_007_199_254_740_992;
  }

  walk(io: FieldIo): void {
    this.#a = io.u32('a', this.#a >>> 0) | 0;
    this.#b = io.u32('b', this.#b >>> 0) | 0;
    this.#c = io.u32('c', this.#c >>> 0) | 0;
    this.#d = io.u32('d', this.#d >>> 0) | 0;
    if ((this.#a | this.#b | this.#c | this.#d) === 0)
      throw new CodecError('random: state is zero');
  }
}
