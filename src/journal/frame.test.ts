import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import { blankInput } from '../model/blank-input.ts';
import { blankRecord } from '../model/blank-record.ts';
import { CodecError, Decoder, Encoder, type FieldIo } from '../model/codec.ts';
import { InputKind, walkInput } from '../model/inputs.ts';
import { Printer } from '../model/printer.ts';
import { RecordKind, walkRecord } from '../model/records.ts';
import { FieldFiller, type FieldSource, NamedSource } from '../testing/field-filler.ts';
import { GOLDEN_FRAMES } from '../testing/golden-frames.ts';
import { encodeInput, encodeRecord } from './frame.ts';
import { type Frame, readFrame } from './read-frame.ts';
import { RECORD_VERSION } from './record-formats.ts';

const INPUT_KINDS = Object.entries(InputKind);
const RECORD_KINDS = Object.entries(RecordKind);
const KINDS: readonly (readonly [string, number])[] = [...INPUT_KINDS, ...RECORD_KINDS];

/** A frame of the kind, its fields from the source. */
function frameOf(kind: number, source: FieldSource, seq = 7, time = 1_700_000_000_000_000): Frame {
  const filler = new FieldFiller(source);
  const input = blankInput(kind);
  if (input !== undefined) {
    walkInput(filler, input);
    return { what: 'input', seq, time, input };
  }
  const record = blankRecord(kind);
  assert(record !== undefined, `no blank for kind ${kind}`);
  walkRecord(filler, record);
  return { what: 'record', seq, time, record };
}

function write(frame: Frame): Uint8Array<ArrayBuffer> {
  const io = new Encoder();
  if (frame.what === 'input') encodeInput(io, frame.input, frame.seq, frame.time);
  else encodeRecord(io, frame.record, frame.seq, frame.time);
  return io.bytes.slice();
}

function walkFrame(io: FieldIo, frame: Frame): void {
  if (frame.what === 'input') walkInput(io, frame.input);
  else walkRecord(io, frame.record);
}

/** Values drawn by fast-check, one a field. */
function drawn(g: fc.GeneratorValue): FieldSource {
  const text = () => fc.string({ unit: 'binary', maxLength: 20 });
  const big = () => fc.bigInt({ min: -(2n ** 127n), max: 2n ** 127n - 1n });
  return {
    bool: () => g(fc.boolean),
    int: (_name, min, max) => g(fc.integer, { min, max }),
    big: () => g(big),
    float: () => g(fc.double, { noNaN: true, noDefaultInfinity: true }),
    text: () => g(text),
  };
}

const anyKind = fc.constantFrom(...KINDS.map(([, kind]) => kind));

suite('frames', () => {
  test('every kind comes back with every value, and writes the same bytes again', () => {
    fc.assert(
      fc.property(anyKind, fc.gen(), fc.nat(), fc.maxSafeInteger(), (kind, g, seq, time) => {
        const frame = frameOf(kind, drawn(g), seq, time);
        const bytes = write(frame);
        const decoder = new Decoder(bytes);
        const back = readFrame(decoder);
        decoder.end();
        assert.deepEqual(back, frame);
        assert.deepEqual(write(back), bytes);
      }),
      { numRuns: 400, interruptAfterTimeLimit: 3000 },
    );
  });

  test('every kind prints as JSON that says the same when it is read', () => {
    fc.assert(
      fc.property(anyKind, fc.gen(), (kind, g) => {
        const printer = new Printer();
        walkFrame(printer, frameOf(kind, drawn(g)));
        assert.deepEqual(JSON.parse(JSON.stringify(printer.value)), printer.value);
      }),
      { numRuns: 200, interruptAfterTimeLimit: 3000 },
    );
  });

  test('a frame cut at any length is an error, and never anything else', () => {
    for (const [, kind] of KINDS) {
      const bytes = write(frameOf(kind, new NamedSource()));
      for (let length = 0; length < bytes.length; length++) {
        const cut = new Decoder(bytes.subarray(0, length));
        assert.throws(() => readFrame(cut), CodecError, `kind ${kind}, ${length} bytes`);
      }
    }
  });

  test('a damaged frame is an error or another frame, never a crash', () => {
    const damage = fc.tuple(fc.nat(), fc.nat(0xff));
    fc.assert(
      fc.property(anyKind, fc.array(damage, { minLength: 1, maxLength: 4 }), (kind, changes) => {
        const bytes = write(frameOf(kind, new NamedSource()));
        for (const [at, value] of changes) bytes[at % bytes.length] = value;
        try {
          write(readFrame(new Decoder(bytes)));
        } catch (error) {
          assert(error instanceof CodecError, String(error));
        }
      }),
      { numRuns: 500, interruptAfterTimeLimit: 3000 },
    );
  });

  test('an unknown kind or version is refused', () => {
    const bytes = write(frameOf(InputKind.boundary, new NamedSource()));
    bytes[1] = RECORD_VERSION + 1;
    assert.throws(() => readFrame(new Decoder(bytes)), CodecError);
    bytes[1] = RECORD_VERSION;
    for (const kind of [0, 20, 63, 80, 255]) {
      bytes[0] = kind;
      assert.throws(() => readFrame(new Decoder(bytes)), CodecError, `kind ${kind}`);
    }
  });

  test('kinds are numbered once, inputs below 64 and decided records from there', () => {
    const numbers = KINDS.map(([, kind]) => kind);
    assert.equal(new Set(numbers).size, numbers.length);
    assert(INPUT_KINDS.every(([, kind]) => kind > 0 && kind < 64));
    assert(RECORD_KINDS.every(([, kind]) => kind >= 64 && kind < 256));
  });
});

suite('golden frames', () => {
  for (const [name, kind] of KINDS) {
    test(`${name} is laid out as it was when the fixture was made`, () => {
      const bytes = Buffer.from(write(frameOf(kind, new NamedSource()))).toString('hex');
      const known = GOLDEN_FRAMES[name] ?? 'missing';
      // A change here breaks every journal on disk: raise the version and keep a reader of the old.
      assert.equal(bytes, known);
      assert.equal(
        Buffer.from(write(readFrame(new Decoder(Buffer.from(known, 'hex'))))).toString('hex'),
        known,
      );
    });
  }

  test('there is one for each kind and none for others', () => {
    assert.deepEqual(Object.keys(GOLDEN_FRAMES).sort(), KINDS.map(([name]) => name).sort());
  });
});
