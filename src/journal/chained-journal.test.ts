import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import { InputKind } from '../model/inputs.ts';
import { AlertSeverity, RecordKind } from '../model/records.ts';
import { SimulatedDisk } from '../simulation/simulated-disk.ts';
import { framesOf, SMALL_SEGMENTS } from '../testing/journal-rig.ts';
import { ChainedJournal } from './chained-journal.ts';
import { issueDurableToken, Sealed } from './durable.ts';
import { hasStatedDigests } from './group.ts';
import type { GroupStore } from './group-store.ts';
import type { Journal } from './journal.ts';
import { MemoryStore } from './memory-store.ts';
import { NoJournal } from './no-journal.ts';
import type { Frame } from './read-frame.ts';
import { SegmentStore } from './segment-store.ts';

function readBack(journal: ChainedJournal): Frame[] {
  return framesOf(journal.store).map(({ frame }) => frame);
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
      journal.quote(seq, time, 3, 10, 11, 5, 6, time - 7);
      const quote = {
        instrument: 3,
        bid: 10,
        ask: 11,
        bidSize: 5,
        askSize: 6,
        venueTime: time - 7,
      };
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

/** Every kind of store, empty. */
const STORES: Readonly<Record<string, () => GroupStore>> = {
  memory: () => new MemoryStore(1 << 20),
  segments: () => new SegmentStore(new SimulatedDisk(), '/journal', 0, SMALL_SEGMENTS),
};

for (const [name, open] of Object.entries(STORES)) {
  suite(`journal over ${name}`, () => {
    test('keeps what was appended, in groups that are durable whole', () => {
      fc.assert(
        fc.property(anyOps, (ops) => {
          const journal = new ChainedJournal(open());
          const wanted = run(journal, ops);
          assert.equal(journal.appended, wanted.length);
          assert.deepEqual(readBack(journal), wanted.slice(0, journal.durable));
          journal.commit();
          assert.deepEqual(readBack(journal), wanted);
        }),
      );
    });

    test('a commit of nothing adds no group', () => {
      const journal = new ChainedJournal(open());
      journal.commit();
      assert.deepEqual(readBack(journal), []);
      assert.equal(journal.commit().through, 0);
    });

    test('each group is chained to the one before, and its parts hash to what it says', () => {
      fc.assert(
        fc.property(anyOps, (ops) => {
          const journal = new ChainedJournal(open());
          run(journal, ops);
          let previous = journal.store.opened.digest;
          journal.store.read(1, (group, header) => {
            assert.ok(header.previous.equals(previous));
            assert.ok(hasStatedDigests(group, header));
            previous = header.digest;
          });
          assert.equal(journal.chainHead, previous.toString('hex'));
        }),
      );
    });
  });
}

suite('journals that forget', () => {
  test('memory keeps the newest groups within its bound and counts what it drops', () => {
    fc.assert(
      fc.property(anyOps, fc.nat({ max: 2000 }), (ops, keep) => {
        const store = new MemoryStore(keep);
        const journal = new ChainedJournal(store);
        const wanted = run(journal, ops);
        journal.commit();
        assert.ok(store.keptBytes <= keep);
        assert.deepEqual(readBack(journal), wanted.slice(store.droppedFrames));
      }),
    );
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
