/**
 * Which snapshots stand for market data that was dropped (X32). Facts alone do not give back what
 * strategies decided from quotes: that takes a snapshot, and every quote after it. So market data
 * is dropped only behind the snapshots that a start may begin from, and for each dropped stretch
 * the first snapshot behind it is kept: from there on decisions can be computed again.
 */

/** A start falls back on the snapshot before the newest, where that one is damaged. */
const STARTS_MAY_USE = 2;

function newestFirst(snapshots: readonly number[]): number[] {
  return [...snapshots].sort((a, b) => b - a);
}

/**
 * The frame through which market data may be dropped, where snapshots hold through these frames; 0
 * for none.
 */
export function droppableThrough(snapshots: readonly number[]): number {
  return newestFirst(snapshots)[STARTS_MAY_USE - 1] ?? 0;
}

/**
 * Which of the snapshots, by the frame that they hold through, must be kept: those that a start may
 * use, and for each dropped stretch, given by its last frame, the first one at or behind its end.
 */
export function snapshotsToKeep(
  snapshots: readonly number[],
  droppedEnds: readonly number[],
): number[] {
  const newest = newestFirst(snapshots);
  const keep = new Set(newest.slice(0, STARTS_MAY_USE));
  for (const end of droppedEnds) {
    const first = newest.findLast((frame) => frame >= end);
    if (first !== undefined) keep.add(first);
  }
  return newest.filter((frame) => keep.has(frame));
}
