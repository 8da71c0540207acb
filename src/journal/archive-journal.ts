import { join } from 'node:path';
import { US_PER_MS } from '../model/time.ts';
import type { Disk } from './disk.ts';
import { JournalError } from './journal-error.ts';
import { droppableThrough, KEEP_EVERYTHING } from './retention.ts';
import { allSegmentFiles, namesIn } from './segment-files.ts';
import { SegmentUpkeep } from './segment-upkeep.ts';

const SNAPSHOT = /^(\d{20})\.state$/;

/** What archiving did, and how the journal stands now. */
export interface ArchiveSummary {
  readonly packed: number;
  readonly archived: number;
  /** Segments in the archive, and how many of them are without market data. */
  readonly inArchive: number;
  readonly withoutMarketData: number;
  /** The frame through which market data could be dropped: the snapshots stand behind it. */
  readonly droppableThrough: number;
}

/** Frames through which the snapshots of an engine's directory hold, as their names say. */
function snapshotFrames(disk: Disk, dataDirectory: string): number[] {
  const names = namesIn(disk, join(dataDirectory, 'snapshots'));
  return names.flatMap((name) => SNAPSHOT.exec(name)?.[1] ?? []).map(Number);
}

/**
 * Packs every sealed segment of a journal that nobody writes to, drops market data that is older
 * than `marketUs`, and moves all of them to the archive, whose directory is there. `nowMs` is wall
 * time. Throws {@link JournalError}; what was done until then stands, and it can be done again.
 */
export function archiveJournal(
  disk: Disk,
  places: { readonly data: string; readonly journal: string },
  marketUs: number,
  nowMs: number,
): ArchiveSummary {
  const through = droppableThrough(snapshotFrames(disk, places.data));
  const retention = {
    ...KEEP_EVERYTHING,
    dropMarketAfterUs: marketUs,
    archiveAfterUs: 0,
    archiveOverBytes: 0,
  };
  const upkeep = new SegmentUpkeep(disk, places.journal, retention);
  // Nothing runs: all of it may go, and a start reads it where it is.
  const reach = { drop: through, archive: Number.POSITIVE_INFINITY };
  const done = { packed: 0, archived: 0 };
  try {
    for (;;) {
      const step = upkeep.step(nowMs * US_PER_MS, reach);
      if (step === undefined) break;
      if (step === 'packed' || step === 'archived') done[step] += 1;
    }
  } catch (cause) {
    if (cause instanceof JournalError) throw cause;
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new JournalError('JOURNAL_FAILED', `${places.journal}: archiving: ${why}`, { cause });
  }
  const archive = allSegmentFiles(disk, places.journal).filter(({ folder }) => folder !== '');
  const withoutMarketData = archive.filter(({ form }) => form === 'facts').length;
  return { ...done, inArchive: archive.length, withoutMarketData, droppableThrough: through };
}
