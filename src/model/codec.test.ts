import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import { CodecError, Decoder, Encoder, type FieldIo } from './codec.ts';
import { Printer } from './printer.ts';

const BIG_MAX = 2n ** 127n - 1n;
const anyInt = fc.maxSafeInteger();
const anyBig = fc.bigInt({ min: -BIG_MAX - 1n, max: BIG_MAX });
const anyText = fc.string({ unit: 'binary' });

/** A failure is not made smaller for ever. */
const BOUNDED = { interruptAfterTimeLimit: 3000 } as const;

function bytesOf(write: (io: Encoder) => void): Uint8Array {
  const encoder = new Encoder();
  write(encoder);
  return encoder.bytes.slice();
}

function hex(write: (io: Encoder) => void): string {
  return Buffer.from(bytesOf(write)).toString('hex');
}

suite('codec: scalars', () => {
  test('integers of every width come back, little-endian', () => {
    fc.assert(
      fc.property(fc.nat(0xff), fc.nat(0xffff), fc.nat(), anyInt, anyBig, (a, b, c, d, e) => {
        const io = new Decoder(
          bytesOf((out) => {
            out.u8('a', a);
            out.u16('b', b);
            out.u32('c', c);
            out.int('d', d);
            out.big('e', e);
          }),
        );
        assert.deepEqual(
          [io.u8('a', 0), io.u16('b', 0), io.u32('c', 0), io.int('d', 0), io.big('e', 0n)],
          [a, b, c, d, e],
        );
        io.end();
      }),
      BOUNDED,
    );
    assert.equal(
      hex((io) => io.u16('x', 0x1234)),
      '3412',
    );
    assert.equal(
      hex((io) => io.u32('x', 0xfffffffe)),
      'feffffff',
    );
  });

  test('an integer is eight bytes of two’s complement, as BigInt64 would write it', () => {
    fc.assert(
      fc.property(anyInt, (value) => {
        const wanted = new DataView(new ArrayBuffer(8));
        wanted.setBigInt64(0, BigInt(value), true);
        assert.deepEqual(
          bytesOf((io) => io.int('x', value)),
          new Uint8Array(wanted.buffer),
        );
      }),
      BOUNDED,
    );
  });

  test('texts and floats come back, whatever they hold', () => {
    fc.assert(
      fc.property(anyText, fc.double({ noNaN: true }), fc.boolean(), (text, float, flag) => {
        const io = new Decoder(
          bytesOf((out) => {
            out.text('t', text);
            out.float('f', float);
            out.bool('b', flag);
          }),
        );
        assert.equal(io.text('t', ''), text);
        assert.equal(io.float('f', 0), float === 0 ? 0 : float);
        assert.equal(io.bool('b', !flag), flag);
        io.end();
      }),
      BOUNDED,
    );
  });

  test('a text of any length comes back, wherever it leaves ASCII', () => {
    for (const length of [0, 1, 63, 64, 65, 200]) {
      const plain = 'x'.repeat(length);
      const texts = [plain, ...[0, 31, 63, 64].map((at) => `${plain.slice(0, at)}é${plain}`)];
      for (const text of texts) {
        const bytes = bytesOf((io) => io.text('t', text));
        assert.deepEqual([...bytes.subarray(4)], [...new TextEncoder().encode(text)]);
        assert.equal(new Decoder(bytes).text('t', ''), text);
      }
    }
  });

  test('a text that begins with a byte-order mark keeps it', () => {
    const text = '\uFEFFkey';
    assert.equal(new Decoder(bytesOf((io) => io.text('t', text))).text('t', ''), text);
  });

  test('NaN is refused both ways, and minus zero is zero', () => {
    assert.throws(() => bytesOf((io) => io.float('x', Number.NaN)), { code: 'ASSERTION_FAILED' });
    const nan = new Uint8Array(8);
    new DataView(nan.buffer).setFloat64(0, Number.NaN, true);
    assert.throws(() => new Decoder(nan).float('x', 0), CodecError);
    assert.equal(
      hex((io) => io.float('x', -0)),
      hex((io) => io.float('x', 0)),
    );
    assert.equal(
      hex((io) => io.int('x', -0)),
      hex((io) => io.int('x', 0)),
    );
  });

  test('a value that does not fit its field is a bug, not a cut number', () => {
    const wrong: readonly ((io: Encoder) => void)[] = [
      (io) => io.u8('x', 256),
      (io) => io.u8('x', -1),
      (io) => io.u8('x', 0.5),
      (io) => io.u16('x', 65_536),
      (io) => io.u32('x', 2 ** 32),
      (io) => io.u32('x', -1),
      (io) => io.int('x', 2 ** 53),
      (io) => io.int('x', 0.5),
      (io) => io.int('x', Number.NaN),
      (io) => io.big('x', 2n ** 127n),
      (io) => io.big('x', -(2n ** 127n) - 1n),
      (io) => io.code('x', 2, ['a', 'b']),
    ];
    for (const write of wrong) assert.throws(() => bytesOf(write), { code: 'ASSERTION_FAILED' });
  });
});

interface Item {
  number: number;
  names: string[];
}

function walkItem(io: FieldIo, item: Item): void {
  item.number = io.int('number', item.number);
  item.names = io.scalars('names', item.names, '', (inner, name) => inner.text('name', name));
}

const blankItem = (): Item => ({ number: 0, names: [] });
const anyItems = fc.array(
  fc.record({ number: anyInt, names: fc.array(anyText) }, { noNullPrototype: true }),
);

suite('codec: lists', () => {
  test('come back whole, into whatever stood there before', () => {
    fc.assert(
      fc.property(anyItems, anyItems, (items, before) => {
        const bytes = bytesOf((io) => io.list('items', items, blankItem, walkItem));
        const decoder = new Decoder(bytes);
        assert.deepEqual(decoder.list('items', before, blankItem, walkItem), items);
        decoder.end();
      }),
      BOUNDED,
    );
  });

  test('an absurd length is refused before it is believed', () => {
    const bytes = bytesOf((io) => io.u32('count', 0xffff_ffff));
    assert.throws(() => new Decoder(bytes).text('t', ''), CodecError);
    assert.throws(() => new Decoder(bytes).list('l', [], blankItem, walkItem), CodecError);
    const large = bytesOf((io) => io.u32('count', 50_000_000));
    const items: Item[] = [];
    assert.throws(() => new Decoder(large).list('l', items, blankItem, walkItem), CodecError);
    assert(items.length < 10, 'nothing was built for items that are not there');
  });
});

suite('codec: damage', () => {
  test('bytes left over, bad truth values, unknown codes and broken UTF-8 are errors', () => {
    assert.throws(() => new Decoder(Uint8Array.of(0)).end(), CodecError);
    assert.throws(() => new Decoder(Uint8Array.of(2)).bool('x', false), CodecError);
    assert.throws(() => new Decoder(Uint8Array.of(2)).code('x', 0, ['a', 'b']), CodecError);
    const broken = Uint8Array.of(2, 0, 0, 0, 0xc3, 0x28);
    assert.throws(() => new Decoder(broken).text('x', ''), CodecError);
    const unsafe = Uint8Array.of(0, 0, 0, 0, 0, 0, 0x20, 0);
    assert.throws(() => new Decoder(unsafe).int('x', 0), CodecError);
  });

  test('a view into a larger buffer is read from its own start', () => {
    const outer = new Uint8Array(20);
    outer.set(
      bytesOf((io) => io.int('x', -5)),
      7,
    );
    const decoder = new Decoder(outer.subarray(7, 15));
    assert.equal(decoder.int('x', 0), -5);
    assert.equal(decoder.remaining, 0);
    assert.equal(decoder.offset, 8);
  });
});

suite('codec: buffer', () => {
  test('grows under any field without losing it', () => {
    const fields: readonly ((io: Encoder) => void)[] = [
      (io) => io.bool('x', true),
      (io) => io.u8('x', 0xab),
      (io) => io.u16('x', 0xabcd),
      (io) => io.u32('x', 0xabcd_ef01),
      (io) => io.int('x', -123_456_789_012_345),
      (io) => io.big('x', -(10n ** 30n)),
      (io) => io.float('x', 1.5),
      (io) => io.text('x', 'né'),
      (io) => io.code('x', 1, ['a', 'b']),
      (io) => io.list('x', [{ number: 1, names: ['n'] }], blankItem, walkItem),
      (io) => io.scalars('x', [5], 0, (inner, item) => inner.int('y', item)),
    ];
    for (const [at, write] of fields.entries()) {
      const wanted = bytesOf(write);
      for (let capacity = 1; capacity <= wanted.length; capacity++) {
        const encoder = new Encoder(capacity);
        write(encoder);
        write(encoder);
        assert.deepEqual([...encoder.bytes], [...wanted, ...wanted], `field ${at}, ${capacity}`);
      }
    }
  });

  test('grows as needed, and starts afresh after a reset', () => {
    const encoder = new Encoder(1);
    for (let i = 0; i < 1000; i++) encoder.u32('x', i);
    assert.equal(encoder.length, 4000);
    const decoder = new Decoder(encoder.bytes);
    for (let i = 0; i < 1000; i++) assert.equal(decoder.u32('x', 0), i);
    encoder.reset();
    encoder.text('t', 'naïve');
    assert.equal(encoder.length, 4 + 6);
  });

  test('the printer names every field, with money and codes as text', () => {
    const printer = new Printer();
    printer.big('balance', -12n);
    printer.code('side', 1, ['sell', 'buy']);
    printer.list('items', [{ number: 1, names: ['a', 'b'] }], blankItem, walkItem);
    assert.deepEqual(printer.value, {
      balance: '-12',
      side: 'buy',
      items: [{ number: 1, names: ['a', 'b'] }],
    });
  });
});
