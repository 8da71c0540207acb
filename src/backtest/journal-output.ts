import { ChainedJournal } from '../journal/chained-journal.ts';
import { LocalDisk } from '../journal/local-disk.ts';
import { segmentsAmong } from '../journal/segment.ts';
import { SegmentStore } from '../journal/segment-store.ts';
import { compressSealed } from '../journal/segment-upkeep.ts';
import { TapeJournal } from '../journal/tape-journal.ts';
import { VERSION_NOTE } from '../journal/written-version.ts';
import { OutputDirectory, type OutputRequest } from './results/output-directory.ts';

/** Small: the last segment of a run stays as large as it was made. */
const SEGMENT_BYTES = 4 * 1024 * 1024;

/**
 * The journal of a backtest, in a directory of its own that appears complete or not at all. Its id
 * is given, so that the same run gives the same bytes.
 */
export class JournalOutput implements Disposable {
  readonly journal: TapeJournal;
  readonly #output: OutputDirectory;
  #finished = false;

  /** Throws `OutputError` for a place that will not do, `JournalError` for one that fails. */
  constructor(request: OutputRequest, journalId: string) {
    const isResult = (name: string): boolean =>
      name === VERSION_NOTE || segmentsAmong([name]).length === 1;
    using opened = new DisposableStack();
    this.#output = opened.use(new OutputDirectory({ ...request, isResult }));
    const options = { segmentBytes: SEGMENT_BYTES, ageMaxUs: Number.POSITIVE_INFINITY, journalId };
    const store = new SegmentStore(new LocalDisk(), this.#output.temporary, 0, options);
    this.journal = new TapeJournal(new ChainedJournal(store));
    opened.move();
  }

  /** Writes what waits, packs what is sealed, and puts the directory in its place. */
  complete(): void {
    this.journal.finish();
    this.#finished = true;
    compressSealed(new LocalDisk(), this.#output.temporary);
    this.#output.complete();
  }

  [Symbol.dispose](): void {
    if (!this.#finished) this.journal.close();
    this.#output[Symbol.dispose]();
  }
}
