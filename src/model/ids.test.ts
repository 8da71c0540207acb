import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import {
  clientOrderId,
  decisionId,
  isBootNonce,
  isEnginePrefix,
  parseClientOrderId,
} from './ids.ts';
import { type OrderHandle, orderHandle } from './units.ts';

const anyPrefix = fc.stringMatching(/^[A-Za-z0-9]{1,8}$/);
const anyNonce = fc.stringMatching(/^[a-z0-9]{10}$/);
const anyCounter = fc.integer({ min: 1, max: 1_000_000_000_000 });
const anyBefore = fc.nat({ max: 1_000_000_000 });

suite('client order ids', () => {
  test('say prefix, boot and counter, in at most 32 letters and digits', () => {
    fc.assert(
      fc.property(anyPrefix, anyNonce, anyBefore, anyCounter, (prefix, nonce, before, counter) => {
        const boot = { nonce, handleBefore: orderHandle(before) };
        const id = clientOrderId(prefix, boot, orderHandle(before + counter));
        assert.match(id, /^[A-Za-z0-9]{1,32}$/);
        assert.deepEqual(parseClientOrderId(prefix, id), { nonce, counter });
      }),
    );
  });

  test('differ when boot or counter differ', () => {
    const pair = fc.tuple(anyNonce, anyCounter);
    fc.assert(
      fc.property(anyPrefix, pair, pair, (prefix, [nonceA, a], [nonceB, b]) => {
        fc.pre(nonceA !== nonceB || a !== b);
        const id = (nonce: string, counter: number) =>
          clientOrderId(prefix, { nonce, handleBefore: 0 as OrderHandle }, orderHandle(counter));
        assert.notEqual(id(nonceA, a), id(nonceB, b));
      }),
    );
  });

  test('are not read from texts of another form', () => {
    const wrong = ['', 'T', 'Tabcdefghij', 'Xabcdefghij1', 'Tabcdefghi.1', 'TABCDEFGHIJ1'];
    wrong.push('Tabcdefghij0', 'Tabcdefghij01', 'Tabcdefghij-1', 'Tabcdefghij1 ', 'Tabcdefghij1Z');
    for (const id of wrong) assert.equal(parseClientOrderId('T', id), undefined, id);
  });

  test('an order that was not issued in a boot has no id in it', () => {
    const boot = { nonce: 'abcdefghij', handleBefore: 5 as OrderHandle };
    assert.throws(() => clientOrderId('T', boot, 5 as OrderHandle), { code: 'ASSERTION_FAILED' });
  });

  test('prefixes, nonces and decision ids have one form', () => {
    assert.deepEqual(['T', 'TiYf0001', '', 'toolong99', 'a-b'].map(isEnginePrefix), [
      true,
      true,
      false,
      false,
      false,
    ]);
    assert.deepEqual(['abcdefghij', 'abcdefghi', 'ABCDEFGHIJ'].map(isBootNonce), [
      true,
      false,
      false,
    ]);
    assert.equal(decisionId('cross', 'EURUSD', 17), 'cross/EURUSD/17');
  });
});
