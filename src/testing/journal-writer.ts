import { writeSync } from 'node:fs';
import { ChainedJournal } from '../journal/chained-journal.ts';
import { JournalError } from '../journal/journal-error.ts';
import { LocalDisk } from '../journal/local-disk.ts';
import { SegmentStore } from '../journal/segment-store.ts';
import { appendTurn, SMALL_SEGMENTS } from './journal-rig.ts';

/**
 * A process that writes a journal, for faults that are injected from outside: `DIRECTORY TURNS`. It
 * says `durable N` after each commit that returned, and `failed CODE` for each that did not; it
 * commits once more after a failure. Exit code 70 after a failure.
 */
const [directory = '', turns = '0'] = process.argv.slice(2);

function say(line: string): void {
  writeSync(1, `${line}\n`);
}

function attempt(act: () => void): boolean {
  try {
    act();
    return true;
  } catch (error) {
    if (!(error instanceof JournalError)) throw error;
    say(`failed ${error.code} ${error.message}`);
    process.exitCode = 70;
    return false;
  }
}

function write(): void {
  const store = new SegmentStore(new LocalDisk(), directory, 0, SMALL_SEGMENTS);
  const journal = new ChainedJournal(store);
  for (let mark = 1; mark <= Number(turns); mark += 1) {
    appendTurn(journal, mark, mark % 5, mark % 7);
    const went = attempt(() => {
      journal.commit();
      say(`durable ${journal.durable}`);
      store.prepare();
    });
    if (went) continue;
    attempt(() => journal.commit());
    return;
  }
}

attempt(write);
