import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import { Decoder } from '../model/codec.ts';
import { InputKind } from '../model/inputs.ts';
import { AlertSeverity, RecordKind } from '../model/records.ts';
import { issueDurableToken, Sealed } from './durable.ts';
import type { Journal } from './journal.ts';
import { MemoryJournal } from './memory-journal.ts';
import { NoJournal } from './no-journal.ts';
import { type Frame, readFrame } from './read-frame.ts';

function framesOf(journal: MemoryJournal): Frame[] {
  return journal.groups().flatMap((bytes) => {
    const io = new Decoder(bytes);
    const frames: Frame[] = [];
    while (io.remaining > 0) frames.push(readFrame(io));
    return frames;
  });
}

type Op = 'input' | 'quote' | 'record' | 'commit';

function run(journal: Journal, ops: readonly Op[]): Frame[] {
  const wanted: Frame[] = [];
  for (const [seq, op] of ops.entries()) {
    const time = 1000 + seq;
    if (op === 'input') {
      const input = { kind: InputKind.stopped, reason: `r${seq}` };
      journal.input(input, seq, time);
      wanted.push({ what: 'input', seq, time, input });
    }
    if (op === 'quote') {
      journal.quote(seq, time, 3, 10, 11, 5, 6);
      const quote = { instrument: 3, bid: 10, ask: 11, bidSize: 5, askSize: 6, venueTime: time };
      const input = { kind: InputKind.quote, ...quote } as Extract<
        Frame,
        { input: object }
      >['input'];
      wanted.push({ what: 'input', seq, time, input });
    }
    if (op === 'record') {
      const record = {
        kind: RecordKind.alert,
        severity: AlertSeverity.info,
        key: 'k',
        text: `${seq}`,
      };
      journal.record(record, seq, time);
      wanted.push({ what: 'record', seq, time, record });
    }
    if (op === 'commit') {
      const token = journal.commit();
      assert.equal(token.through, wanted.length);
      assert.equal(journal.durable, journal.appended);
    }
  }
  return wanted;
}

const anyOps = fc.array(fc.constantFrom<Op>('input', 'quote', 'record', 'record', 'commit'), {
  maxLength: 40,
  size: 'max',
});

suite('journal in memory', () => {
  test('keeps what was appended, in groups that are durable whole', () => {
    fc.assert(
      fc.property(anyOps, (ops) => {
        const journal = new MemoryJournal(1 << 20);
        const wanted = run(journal, ops);
        assert.equal(journal.appended, wanted.length);
        assert.deepEqual(framesOf(journal), wanted.slice(0, journal.durable));
        journal.commit();
        assert.deepEqual(framesOf(journal), wanted);
      }),
    );
  });

  test('keeps the newest groups within its bound and counts what it drops', () => {
    fc.assert(
      fc.property(anyOps, fc.nat({ max: 400 }), (ops, keep) => {
        const journal = new MemoryJournal(keep);
        const wanted = run(journal, ops);
        journal.commit();
        const frames = framesOf(journal);
        assert(journal.keptBytes <= keep);
        assert.equal(
          journal.keptBytes,
          journal.groups().reduce((sum, { length }) => sum + length, 0),
        );
        assert.equal(journal.droppedFrames + frames.length, wanted.length);
        assert.deepEqual(frames, wanted.slice(journal.droppedFrames));
      }),
    );
  });

  test('a commit of nothing adds no group', () => {
    const journal = new MemoryJournal(1000);
    journal.commit();
    assert.deepEqual(journal.groups(), []);
    assert.equal(journal.commit().through, 0);
  });

  test('no journal counts the same and keeps nothing', () => {
    fc.assert(
      fc.property(anyOps, (ops) => {
        const journal = new NoJournal();
        assert.equal(run(journal, ops).length, journal.appended);
      }),
    );
  });
});

suite('durable tokens', () => {
  test('a seal opens to any token that reaches it, and to no other', () => {
    fc.assert(
      fc.property(fc.nat(), fc.nat(), (needs, through) => {
        const open = () => new Sealed('value', needs).open(issueDurableToken(through));
        if (through >= needs) assert.equal(open(), 'value');
        else assert.throws(open, { code: 'ASSERTION_FAILED' });
      }),
    );
  });

  test('a token cannot be stretched', () => {
    const token = issueDurableToken(3);
    assert.equal(Reflect.set(token, 'through', 4), false);
    assert.equal(token.through, 3);
  });
});
