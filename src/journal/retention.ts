import type { SegmentFile } from './segment.ts';

/**
 * Which snapshots stand for market data that was dropped (X32). Facts alone do not give back what
 * strategies decided from quotes: that takes a snapshot, and every quote after it. So market data
 * is dropped only behind the snapshots that a start may begin from, and for each dropped stretch
 * the first snapshot behind it is kept: from there on decisions can be computed again.
 */

/**
 * What becomes of sealed segments. Ages are journal time since a segment was sealed, µs: since the
 * first frame behind it. Nothing is dropped or archived where all of it is Infinity.
 */
export interface Retention {
  /** Market data of segments sealed longer ago is dropped. Facts are never dropped. */
  readonly dropMarketAfterUs: number;
  /** While sealed segments, archived ones too, take more bytes, the oldest market data goes. */
  readonly dropMarketOverBytes: number;
  /** Segments sealed longer ago are moved to the archive. */
  readonly archiveAfterUs: number;
  /** While sealed segments in the journal's own directory take more bytes, the oldest is moved. */
  readonly archiveOverBytes: number;
}

/** Sealed segments are packed, and nothing else. */
export const KEEP_EVERYTHING: Retention = {
  dropMarketAfterUs: Number.POSITIVE_INFINITY,
  dropMarketOverBytes: Number.POSITIVE_INFINITY,
  archiveAfterUs: Number.POSITIVE_INFINITY,
  archiveOverBytes: Number.POSITIVE_INFINITY,
};

/** Last frames of what may be touched. */
export interface Reach {
  readonly drop: number;
  readonly archive: number;
}

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
 * The last frame of each stretch of segments whose market data was dropped. Within one no snapshot
 * is of use: nothing can be computed from it.
 */
export function droppedEnds(files: readonly SegmentFile[]): number[] {
  const segments = lastOfEach(files);
  return segments.flatMap(({ form }, i) => {
    const next = segments[i + 1];
    return form === 'facts' && next !== undefined && next.form !== 'facts'
      ? [next.firstFrame - 1]
      : [];
  });
}

/** Of the files of one segment the later form: as soon as it stands the earlier one may go. */
function lastOfEach(files: readonly SegmentFile[]): SegmentFile[] {
  return files.filter(({ firstFrame }, i) => files[i + 1]?.firstFrame !== firstFrame);
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
