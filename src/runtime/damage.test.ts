import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { crc32cOf } from '../journal/crc32c.ts';
import {
  BLOCK_BYTES,
  blocksOf,
  FRAME_HEADER_BYTES,
  groupBytes,
  readFrames,
  readGroupHeader,
  sealGroup,
} from '../journal/group.ts';
import { JournalError } from '../journal/journal-error.ts';
import { printJournal } from '../journal/read-journal.ts';
import { present } from '../model/assert.ts';
import { TradingState } from '../model/gate.ts';
import type { Quantity } from '../model/units.ts';
import { SimulatedDisk } from '../simulation/simulated-disk.ts';
import {
  beginEmbedded,
  type EmbeddedOptions,
  openEmbedded,
  statesOf,
} from '../testing/embedded-rig.ts';
import { walkedTape } from '../testing/loop-rig.ts';
import { strategyOf } from '../testing/puppet.ts';

/** Buys and sells by turns at each third quote. */
const strategy = strategyOf((setup) => {
  const k = setup.instrument('EURUSD');
  setup.quotes(k);
  let seen = 0;
  return {
    onQuote: (context) => {
      seen += 1;
      if (seen % 3 !== 0) return;
      const side = seen % 2 === 0 ? 'buy' : 'sell';
      context.submit({ instrument: k, side, type: 'market', quantity: 1000 as Quantity });
    },
    save: () => ({ seen }),
    restore: (data) => {
      seen = Number(Reflect.get(Object(data), 'seen'));
    },
  };
});

const OPTIONS: EmbeddedOptions = {
  strategy,
  parts: {
    segments: { segmentBytes: 262_144, ageMaxUs: Number.MAX_SAFE_INTEGER, journalId: 'j' },
  },
};

interface Session {
  readonly disk: SimulatedDisk;
  /** The segment that the session ended in. */
  readonly file: string;
  /** What the state was whenever it had become durable. */
  readonly states: ReadonlySet<string>;
  readonly last: string;
}

function stateOf(disk: SimulatedDisk): string {
  return JSON.stringify(statesOf(openEmbedded(disk, OPTIONS)));
}

/** A session of some hundred frames in one segment, and its state after each of its groups. */
function session(): Session {
  const disk = new SimulatedDisk();
  const tape = walkedTape(48, 5);
  const engine = beginEmbedded(openEmbedded(disk, OPTIONS));
  const states = new Set<string>();
  for (let row = 0; row < tape.count; row += 1) {
    engine.feed(tape, row, row + 1);
    // An order in a turn makes a group before the row is over: look at what stands after each.
    states.add(stateOf(disk.copy()));
    engine.commit();
    states.add(stateOf(disk.copy()));
  }
  const logs = disk.list('data/journal').filter((name) => name.endsWith('.log'));
  assert.equal(logs.length, 1, 'one segment');
  assert(engine.directory.journal.appended > 100, 'some hundred frames');
  return { disk, file: `data/journal/${logs[0]}`, states, last: stateOf(disk.copy()) };
}

/** Opens what is damaged: refused by name, or cut off and said so. Never another state. */
function judge({ states }: Session, disk: SimulatedDisk, what: string): 'refused' | 'cut' {
  try {
    const engine = openEmbedded(disk, OPTIONS);
    assert(engine.directory.lostEnd, `${what}: it is said`);
    assert(states.has(JSON.stringify(statesOf(engine))), `${what}: a state that never was`);
    assert.notEqual(engine.directory.latched, '', what);
    return 'cut';
  } catch (error) {
    assert(error instanceof JournalError, `${what}: ${String(error)}`);
    assert.equal(error.code, 'JOURNAL_DAMAGED', what);
    assert.match(error.message, /\.log/, what);
    return 'refused';
  }
}

suite('a damaged journal', () => {
  test('flipped at any byte, it is refused by name or cut off and said so: never another state', () => {
    const whole = session();
    const size = whole.disk.copy().readDurable(whole.file).length;
    const outcomes = { refused: 0, cut: 0 };
    for (let at = 0; at < size; at += 401) {
      const disk = whole.disk.copy();
      disk.rot(whole.file, (held) => {
        held[at] = (held[at] ?? 0) ^ 0x10;
      });
      outcomes[judge(whole, disk, `byte ${at}`)] += 1;
    }
    assert(outcomes.refused > 50 && outcomes.cut > 50, JSON.stringify(outcomes));
  });

  test('cut to any length, it is refused by name', () => {
    const whole = session();
    const size = whole.disk.copy().readDurable(whole.file).length;
    for (let length = 0; length < size; length += 2003) {
      const disk = whole.disk.copy();
      disk.truncate(whole.file, length);
      assert.equal(judge(whole, disk, `length ${length}`), 'refused');
    }
  });

  test('a frame of no kind under checksums that are right is damage, and said where it is', () => {
    const { disk, file } = session();
    disk.rot(file, (held) => {
      // The last group: no other names its digest.
      let at = BLOCK_BYTES;
      let header = present(readGroupHeader(held, at), 'a group');
      for (;;) {
        const next = at + blocksOf(groupBytes(header));
        const following = readGroupHeader(held, next);
        if (following === undefined) break;
        [at, header] = [next, following];
      }
      const group = held.subarray(at, at + groupBytes(header));
      let first = 0;
      readFrames(group, header, (_number, _bytes, from, to) => {
        if (first === 0) {
          group[from] = 63;
          const view = new DataView(group.buffer, group.byteOffset, group.length);
          const start = from - FRAME_HEADER_BYTES;
          view.setUint32(start + 4, crc32cOf(view, start + 8, to), true);
        }
        first = from;
      });
      sealGroup(group, header);
    });
    const damaged = { code: 'JOURNAL_DAMAGED', message: /frame \d+ cannot be read: .*63/ };
    assert.throws(() => openEmbedded(disk.copy(), OPTIONS), damaged);
    assert.throws(() => printJournal(disk.copy(), 'data', {}, () => undefined), damaged);
  });

  test('with its last group gone, the next life is exit-only and knows that it may have sent more', () => {
    const whole = session();
    const bytes = whole.disk.copy().readDurable(whole.file);
    const end = bytes.findLastIndex((byte) => byte !== 0);
    const disk = whole.disk.copy();
    disk.rot(whole.file, (held) => {
      held[end] = (held[end] ?? 0) ^ 1;
    });
    const engine = beginEmbedded(openEmbedded(disk, OPTIONS));
    assert.equal(engine.kernel.book.tradingState, TradingState.exitOnly);
    assert.equal(engine.kernel.book.restored, true);
    // What was cut has been acted upon: a later life starts as usual, still exit-only.
    engine.stop('test');
    const later = openEmbedded(disk, OPTIONS);
    assert.equal(later.directory.lostEnd, false);
    assert.equal(later.kernel.book.tradingState, TradingState.exitOnly);
  });
});
