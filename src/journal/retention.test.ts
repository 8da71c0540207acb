import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import { droppableThrough, snapshotsToKeep } from './retention.ts';

const frames = fc.uniqueArray(fc.integer({ min: 1, max: 50 }), { maxLength: 12 });

suite('snapshots and dropped market data', () => {
  test('what a start may have to replay keeps its market data', () => {
    fc.assert(
      fc.property(frames, (snapshots) => {
        const through = droppableThrough(snapshots);
        const usable = snapshots.filter((frame) => frame >= through);
        assert.equal(through > 0, snapshots.length >= 2);
        if (through > 0) assert.equal(usable.length, 2);
      }),
    );
  });

  test('behind every dropped stretch there is the snapshot that was nearest to its end', () => {
    fc.assert(
      fc.property(frames, frames, (snapshots, candidates) => {
        const ends = candidates.filter((end) => end <= droppableThrough(snapshots));
        const kept = snapshotsToKeep(snapshots, ends);
        for (const end of ends) {
          const nearest = Math.min(...snapshots.filter((frame) => frame >= end));
          assert.ok(kept.includes(nearest), `${end}: ${nearest}`);
        }
        const newest = snapshots.toSorted((a, b) => b - a).slice(0, 2);
        assert.ok(newest.every((frame) => kept.includes(frame)));
        assert.ok(kept.length <= 2 + ends.length && kept.every((one) => snapshots.includes(one)));
      }),
    );
  });
});
