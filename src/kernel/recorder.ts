import type { KernelRecord } from '../model/records.ts';
import { AlertSeverity, RecordKind } from '../model/records.ts';
import type { ClosedSlice } from './account/position.ts';
import type { Book } from './book.ts';
import type { Effect } from './effects.ts';

/** Takes decided records in order: a journal, a hash, the tables of a result. */
export interface RecordSink {
  /** `seq` and `time` are those of the input in force. */
  record(record: KernelRecord, seq: number, time: number): void;
}

/**
 * Where decisions become facts: a record is handed to the sink and applied to the book in one
 * step, so state never changes by anything that was not recorded (X1).
 */
export class Recorder {
  readonly #book: Book;
  readonly #sink: RecordSink;
  /** What this turn wants done outside; the driver takes it when the turn is durable. */
  readonly effects: Effect[] = [];

  constructor(book: Book, sink: RecordSink) {
    this.#book = book;
    this.#sink = sink;
  }

  emit(record: KernelRecord): readonly ClosedSlice[] | undefined {
    const book = this.#book;
    this.#sink.record(record, book.seq, book.time);
    return book.evolve(record);
  }

  alert(severity: AlertSeverity, key: string, text: string): void {
    this.emit({ kind: RecordKind.alert, severity, key, text });
    this.effects.push({ kind: 'alert', severity, key, text });
  }

  warn(key: string, text: string): void {
    this.alert(AlertSeverity.warning, key, text);
  }
}
