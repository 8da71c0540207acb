import type { Book } from '../kernel/book.ts';
import type { Effect } from '../kernel/effects.ts';
import { snapshotEffect } from '../kernel/reconciliation/desk.ts';
import { Question } from '../model/doubt.ts';
import { type KernelRecord, RecordKind } from '../model/records.ts';
import type { VenueCapabilities } from '../model/venue.ts';

/**
 * What a record asks of the venue. Effects are no records of their own: the journal implies them.
 * `book` stands as it did when the record was decided.
 */
export function impliedEffect(
  record: KernelRecord,
  book: Book,
  venue: VenueCapabilities,
): Effect | undefined {
  switch (record.kind) {
    case RecordKind.intent:
      return { kind: 'submit', order: record.order };
    case RecordKind.cancelIntent:
      return { kind: 'cancel', order: record.order, attempt: record.attempt };
    case RecordKind.replaceIntent: {
      const { order, attempt, quantity, limitPrice, stopPrice } = record;
      return { kind: 'replace', order, attempt, quantity, limitPrice, stopPrice };
    }
    case RecordKind.asked: {
      const { question, order, ask } = record.asked;
      if (question === Question.log) return { kind: 'read_log', from: book.cursor, ask };
      if (question === Question.snapshot) return snapshotEffect(book, ask);
      return venue.lookUpByClientIdUs > 0 ? { kind: 'look_up', order, ask } : undefined;
    }
    default:
      return undefined;
  }
}
