import assert from 'node:assert/strict';
import { Decoder, Encoder, type Walkable } from '../model/codec.ts';

/** Equal to within the rounding of a few operations on numbers of the size of `scale`. */
export function near(actual: number, expected: number, scale = Math.abs(expected)): void {
  const error = Math.abs(actual - expected);
  assert.ok(error <= scale * 1e-12, `${actual} should be ${expected}`);
}

/** Writes one structure and reads the bytes, to their end, into another. */
export function copy<T extends Walkable>(from: T, into: T): T {
  const encoder = new Encoder();
  from.walk(encoder);
  const decoder = new Decoder(encoder.bytes);
  into.walk(decoder);
  decoder.end();
  return into;
}
