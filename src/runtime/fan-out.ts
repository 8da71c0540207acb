import type { RecordSink } from '../kernel/recorder.ts';
import type { KernelRecord } from '../model/records.ts';

/** Hands each record to several sinks, in their order. */
export class FanOut implements RecordSink {
  readonly #sinks: readonly RecordSink[];

  constructor(sinks: readonly RecordSink[]) {
    this.#sinks = sinks;
  }

  record(record: KernelRecord, seq: number, time: number): void {
    for (const sink of this.#sinks) sink.record(record, seq, time);
  }
}
