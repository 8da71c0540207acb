import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import { Encoder, type FieldIo } from '../model/codec.ts';
import { type KernelRecord, RecordKind } from '../model/records.ts';
import { encodeRecord } from './frame.ts';
import { RecordHasher, stateBytes, stateHash } from './hashes.ts';

function alertOf(text: string): KernelRecord {
  return { kind: RecordKind.alert, severity: 0, key: 'key', text };
}

suite('hashes', () => {
  test('recordsHash is the hash of the frames one after another, whenever it is asked for', () => {
    const texts = fc.array(fc.string({ maxLength: 30 }), { maxLength: 20 });
    fc.assert(
      fc.property(texts, fc.nat({ max: 20 }), (all, asked) => {
        const hasher = new RecordHasher();
        const io = new Encoder();
        for (const [i, text] of all.entries()) {
          if (i === asked) hasher.digest();
          hasher.record(alertOf(text), i, 1000 + i);
          encodeRecord(io, alertOf(text), i, 1000 + i);
        }
        assert.equal(hasher.digest(), createHash('sha256').update(io.bytes).digest('hex'));
        assert.equal(hasher.records, all.length);
      }),
    );
  });

  test('a run longer than a batch is hashed whole', () => {
    const hasher = new RecordHasher();
    const whole = createHash('sha256');
    const text = 'x'.repeat(1000);
    for (let i = 0; i < 300; i++) {
      hasher.record(alertOf(text), i, i);
      const io = new Encoder();
      encodeRecord(io, alertOf(text), i, i);
      whole.update(io.bytes);
    }
    assert.equal(hasher.digest(), whole.digest('hex'));
  });

  test('stateHash is the hash of the bytes of a walk, which are a copy', () => {
    const state = { n: 1, walk: (io: FieldIo) => void io.int('n', state.n) };
    const bytes = stateBytes(state);
    assert.equal(stateHash(state), createHash('sha256').update(bytes).digest('hex'));
    state.n = 2;
    assert.notEqual(stateHash(state), createHash('sha256').update(bytes).digest('hex'));
    assert.equal(bytes.length, 8);
  });
});
