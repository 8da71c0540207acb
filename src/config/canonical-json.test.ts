import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { CanonicalJsonError, canonicalJson, configHash, sha256Of } from './canonical-json.ts';

/** RFC 8785, appendix B: a double's bits and its text. */
const NUMBERS: readonly (readonly [string, string])[] = [
  ['0000000000000000', '0'],
  ['8000000000000000', '0'],
  ['0000000000000001', '5e-324'],
  ['8000000000000001', '-5e-324'],
  ['7fefffffffffffff', '1.7976931348623157e+308'],
  ['ffefffffffffffff', '-1.7976931348623157e+308'],
  ['4340000000000000', '9007199254740992'],
  ['c340000000000000', '-9007199254740992'],
  ['4430000000000000', '295147905179352830000'],
  ['44b52d02c7e14af5', '9.999999999999997e+22'],
  ['44b52d02c7e14af6', '1e+23'],
  ['44b52d02c7e14af7', '1.0000000000000001e+23'],
  ['444b1ae4d6e2ef4e', '999999999999999700000'],
  ['444b1ae4d6e2ef4f', '999999999999999900000'],
  ['444b1ae4d6e2ef50', '1e+21'],
  ['3eb0c6f7a0b5ed8c', '9.999999999999997e-7'],
  ['3eb0c6f7a0b5ed8d', '0.000001'],
  ['41b3de4355555553', '333333333.3333332'],
  ['41b3de4355555554', '333333333.33333325'],
  ['41b3de4355555555', '333333333.3333333'],
  ['41b3de4355555556', '333333333.3333334'],
  ['41b3de4355555557', '333333333.33333343'],
  ['becbf647612f3696', '-0.0000033333333333333333'],
  ['43143ff3c1cb0959', '1424953923781206.2'],
];

function doubleOf(bits: string): number {
  const view = new DataView(new ArrayBuffer(8));
  view.setBigUint64(0, BigInt(`0x${bits}`));
  return view.getFloat64(0);
}

describe('canonical JSON', () => {
  for (const [bits, text] of NUMBERS) {
    it(`writes the double ${bits} as ${text}`, () => {
      assert.equal(canonicalJson(doubleOf(bits)), text);
    });
  }

  it('refuses NaN and infinities, at any depth, by path', () => {
    for (const bits of ['7fffffffffffffff', '7ff0000000000000', 'fff0000000000000']) {
      assert.throws(
        () => canonicalJson({ a: [1, { b: doubleOf(bits) }] }),
        (error) => error instanceof CanonicalJsonError && error.message.includes('$.a[1].b'),
      );
    }
  });

  it('writes the example of RFC 8785, section 3.2.2', () => {
    const source = String.raw`{
      "numbers": [333333333.33333329, 1E30, 4.50, 2e-3, 0.000000000000000000000000001],
      "string": "\u20ac$\u000F\u000aA'\u0042\u0022\u005c\\\"\/",
      "literals": [null, true, false]
    }`;
    const expected = [
      '{"literals":[null,true,false],',
      '"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],',
      String.raw`"string":"€$\u000f\nA'B\"\\\\\"/"}`,
    ];
    assert.equal(canonicalJson(JSON.parse(source)), expected.join(''));
  });

  it('sorts names by UTF-16 code units, as in RFC 8785, section 3.2.3', () => {
    const names = ['\u20ac', '\r', '\ufb33', '1', '\ud83d\ude00', '\u0080', '\u00f6'];
    const value = Object.fromEntries(names.map((name) => [name, 0]));
    const sorted = ['\r', '1', '\u0080', '\u00f6', '\u20ac', '\ud83d\ude00', '\ufb33'];
    const expected = sorted.map((name) => `${JSON.stringify(name)}:0`).join(',');
    assert.equal(canonicalJson(value), `{${expected}}`);
  });

  it('does not depend on the order in which names were set, and keeps that of lists', () => {
    assert.equal(canonicalJson({ b: 1, a: { d: 2, c: [3, 1] } }), '{"a":{"c":[3,1],"d":2},"b":1}');
    assert.equal(configHash({ b: 1, a: 2 }), configHash({ a: 2, b: 1 }));
    assert.notEqual(configHash([1, 2]), configHash([2, 1]));
  });

  it('refuses what JSON cannot hold', () => {
    const sparse = [1];
    sparse[2] = 3;
    const bad = [undefined, () => 1, 1n, Symbol('s'), new Date(0), new Map(), '\ud800', sparse];
    for (const value of [...bad, { a: undefined }, { '\udfff': 1 }]) {
      assert.throws(() => canonicalJson(value), CanonicalJsonError);
    }
    const circle: unknown[] = [];
    circle.push(circle);
    assert.throws(() => canonicalJson(circle), CanonicalJsonError);
  });

  it('is hashed as UTF-8 by SHA-256', () => {
    const abc = 'sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad';
    assert.equal(sha256Of('abc'), abc);
    assert.equal(configHash('€'), sha256Of(new TextEncoder().encode('"€"')));
  });
});
