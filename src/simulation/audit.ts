import { JournalError } from '../journal/journal-error.ts';
import { verifyJournal } from '../journal/read-journal.ts';
import { allSegmentFiles } from '../journal/segment-files.ts';
import type { Dice } from './dice.ts';
import type { EngineChecks } from './engine-checks.ts';
import type { SimulatedDisk } from './simulated-disk.ts';
import { tamper } from './tampering.ts';

/**
 * Reads the whole journal as an auditor would, and one in which somebody changed a fact. Returns
 * how many segments are in the archive.
 */
export function auditJournal(
  disk: SimulatedDisk,
  directory: string,
  checker: EngineChecks,
  dice: Dice,
): number {
  try {
    verifyJournal(disk, directory);
  } catch (error) {
    checker.fail('journal_damaged', String(error));
  }
  const segments = allSegmentFiles(disk, `${directory}/journal`);
  checkTampered(disk, directory, checker, dice);
  return segments.filter(({ folder }) => folder !== '').length;
}

function checkTampered(
  disk: SimulatedDisk,
  directory: string,
  checker: EngineChecks,
  dice: Dice,
): void {
  // After a failed sync the system may show what the disk does not hold, and nobody reads.
  const changed = disk.copy(disk.readsAroundCache ? 'held' : 'shown');
  try {
    if (!tamper(changed, directory, (below) => dice.below(below))) return;
  } catch (error) {
    checker.fail('journal_damaged', String(error));
  }
  try {
    verifyJournal(changed, directory);
  } catch (error) {
    if (error instanceof JournalError) return;
    throw error;
  }
  checker.fail('change_unnoticed', 'a journal in which a fact was changed can be verified');
}
