import { JournalError } from '../../journal/journal-error.ts';
import { LocalDisk } from '../../journal/local-disk.ts';
import { findJournal, printJournal, verifyJournal } from '../../journal/read-journal.ts';
import { allSegmentFiles } from '../../journal/segment-files.ts';
import type { BrokerBooks, Difference } from './books.ts';
import { compareBooks } from './compare-books.ts';
import { type DoubtStory, JournalFold } from './journal-books.ts';

/** What the journal and the broker's books come to at the end of a campaign. */
export interface FinalAccount {
  readonly frames: number;
  /** Segments of the journal: in its archive, and without their market data. */
  readonly archived: number;
  readonly withoutMarketData: number;
  /** Orders with an intent, those of them that reached the broker, and children that it opened. */
  readonly intents: number;
  readonly starts: number;
  readonly executions: number;
  readonly open: number;
  /** Every doubt, with what ended it. */
  readonly doubts: readonly DoubtStory[];
  /** How many ended by which row, and how many did not. */
  readonly doubtsBy: Readonly<Record<string, number>>;
  readonly differences: readonly Difference[];
}

/** Reads the journal as an auditor would, and sets it against the broker's books. */
export function finalAccount(
  dataDirectory: string,
  broker: BrokerBooks,
  prefix: string,
  moneyDecimals: number,
): FinalAccount {
  const disk = new LocalDisk();
  const differences: Difference[] = [];
  try {
    verifyJournal(disk, dataDirectory);
  } catch (error) {
    if (!(error instanceof JournalError)) throw error;
    differences.push({ name: 'journal_damaged', text: error.message });
  }
  const fold = new JournalFold(moneyDecimals);
  let frames = 0;
  printJournal(disk, dataDirectory, {}, (frame) => {
    frames += 1;
    fold.take(frame);
  });
  const journal = fold.books();
  differences.push(...compareBooks(journal, broker, prefix));
  const doubtsBy: Record<string, number> = {};
  for (const { how, until } of fold.stories) {
    const row = until === '' ? 'unresolved' : how;
    doubtsBy[row] = (doubtsBy[row] ?? 0) + 1;
  }
  const segments = allSegmentFiles(disk, findJournal(disk, dataDirectory));
  return {
    frames,
    archived: segments.filter(({ folder }) => folder !== '').length,
    withoutMarketData: segments.filter(({ form }) => form === 'facts').length,
    intents: fold.counts.get('intent') ?? 0,
    starts: fold.counts.get('started') ?? 0,
    executions: journal.executions.length,
    open: journal.open.length,
    doubts: fold.stories,
    doubtsBy,
    differences,
  };
}
