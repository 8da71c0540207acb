import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { blankInput } from '../model/blank-input.ts';
import { blankRecord } from '../model/blank-record.ts';
import { Encoder } from '../model/codec.ts';
import { type Input, InputKind } from '../model/inputs.ts';
import { type KernelRecord, RecordKind } from '../model/records.ts';
import type { InstrumentIndex, OrderHandle } from '../model/units.ts';
import { encodeInput, encodeRecord } from './frame.ts';
import { concerns, FRAME_KINDS, FramePrinter, type PrintedFrame } from './frame-printer.ts';

const CONFIGURATION = JSON.stringify({
  instruments: { definitions: [{ symbol: 'EURUSD' }, { symbol: 'USDJPY' }] },
  strategies: [{ id: 'cross' }],
});

function input(kind: number, fields: object): Input {
  const blank = blankInput(kind);
  assert.ok(blank !== undefined);
  return Object.assign(blank, fields) as Input;
}

function record(kind: number, fields: object): KernelRecord {
  const blank = blankRecord(kind);
  assert.ok(blank !== undefined);
  return Object.assign(blank, fields) as KernelRecord;
}

const DECISION = { strategy: 0, instrument: 1 as InstrumentIndex, number: 7 };

/** A start, a decision with its intent, and its cancel. */
function story(): PrintedFrame[] {
  const printer = new FramePrinter();
  const io = new Encoder();
  const frames: PrintedFrame[] = [];
  const print = (encode: () => void): void => {
    io.reset();
    encode();
    frames.push(printer.print(frames.length + 1, io.bytes));
  };
  const first = { configuration: CONFIGURATION };
  print(() => encodeInput(io, input(InputKind.configured, first), 1, 1_000_000));
  const boot = { prefix: 'TF', nonce: 'abcdefghij', handlesTaken: 4 as OrderHandle };
  print(() => encodeInput(io, input(InputKind.started, boot), 2, 1_000_000));
  const intent = { order: 5 as OrderHandle, decision: DECISION };
  const intended = record(RecordKind.intent, intent);
  assert.ok(intended.kind === RecordKind.intent);
  intended.terms.instrument = 1 as InstrumentIndex;
  print(() => encodeRecord(io, intended, 3, 2_000_000));
  const cancel = { order: 5 as OrderHandle, decision: DECISION };
  print(() => encodeRecord(io, record(RecordKind.cancelIntent, cancel), 4, 3_000_000));
  return frames;
}

function numbers(frames: readonly PrintedFrame[]): number[] {
  return frames.map(({ frame }) => frame);
}

suite('printed frames', () => {
  test('say how instruments, decisions and orders are called', () => {
    const [, , intent] = story();
    assert.equal(intent?.kind, 'intent');
    assert.equal(intent?.time, '1970-01-01T00:00:02.000000Z');
    assert.equal(intent?.['decisionId'], 'cross/USDJPY/7');
    assert.equal(intent?.['clientOrderId'], 'TFabcdefghij1');
    assert.equal(intent?.['symbol'], 'USDJPY');
  });

  test('are found by order, broker id, decision, kind and time', () => {
    const frames = story();
    const found = (filter: Parameters<typeof concerns>[1]): number[] =>
      numbers(frames.filter((frame) => concerns(frame, filter)));
    assert.deepEqual(found({}), [1, 2, 3, 4]);
    assert.deepEqual(found({ order: '5' }), [3, 4]);
    assert.deepEqual(found({ order: 'TFabcdefghij1' }), [3, 4]);
    assert.deepEqual(found({ order: 'TFabcdefghij2' }), []);
    assert.deepEqual(found({ decision: 'cross/USDJPY/7', kinds: ['cancel_intent'] }), [4]);
    assert.deepEqual(found({ from: '1970-01-01T00:00:02', to: '1970-01-01T00:00:03' }), [3]);
  });

  test('every kind has a name of its own', () => {
    const kinds = { ...InputKind, ...RecordKind };
    assert.equal(new Set(FRAME_KINDS).size, Object.keys(kinds).length);
  });
});
