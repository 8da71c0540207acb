import type { RecordSink } from '../kernel/recorder.ts';
import type { KernelRecord } from '../model/records.ts';

/** Keeps every decided record, in order. */
export class RecordLog implements RecordSink {
  readonly entries: {
    readonly record: KernelRecord;
    readonly seq: number;
    readonly time: number;
  }[] = [];

  record(record: KernelRecord, seq: number, time: number): void {
    this.entries.push({ record, seq, time });
  }

  of<K extends KernelRecord['kind']>(kind: K): Extract<KernelRecord, { kind: K }>[] {
    const found: Extract<KernelRecord, { kind: K }>[] = [];
    for (const { record } of this.entries) if (isKind(record, kind)) found.push(record);
    return found;
  }
}

function isKind<K extends KernelRecord['kind']>(
  record: KernelRecord,
  kind: K,
): record is Extract<KernelRecord, { kind: K }> {
  return record.kind === kind;
}
