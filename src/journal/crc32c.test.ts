import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import { crc32c } from './crc32c.ts';

/** Bit by bit, straight from the definition. */
function plainCrc32c(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit += 1) crc = (crc >>> 1) ^ (crc & 1 ? 0x82f63b78 : 0);
  }
  return (crc ^ 0xffffffff) >>> 0;
}

suite('CRC-32C', () => {
  test('gives the published values of RFC 3720', () => {
    assert.equal(crc32c(new Uint8Array(32)), 0x8a9136aa);
    assert.equal(crc32c(new Uint8Array(32).fill(0xff)), 0x62a8ab43);
    const up = Uint8Array.from({ length: 32 }, (_, i) => i);
    assert.equal(crc32c(up), 0x46dd794e);
    assert.equal(crc32c(up.toReversed()), 0x113fdb5c);
    assert.equal(crc32c(Buffer.from('123456789')), 0xe3069283);
  });

  test('is that of the definition, for any bytes and any part of them', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 100 }), fc.nat(20), fc.nat(20), (bytes, a, b) => {
        const from = Math.min(a, bytes.length);
        const to = Math.max(from, bytes.length - b);
        assert.equal(crc32c(bytes, from, to), plainCrc32c(bytes.subarray(from, to)));
      }),
    );
  });
});
