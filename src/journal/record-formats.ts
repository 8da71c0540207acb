import type { FieldIo } from '../model/codec.ts';
import { type Input, walkInput } from '../model/inputs.ts';
import { type KernelRecord, walkRecord } from '../model/records.ts';

/** Version of the records that this release makes. Every frame says in which one it is written. */
export const RECORD_VERSION = 1;

/** A walk over an input or a record, as it was laid out in some version. */
export type FrameWalk = (io: FieldIo, value: Input | KernelRecord) => void;

/**
 * How a kind was laid out before it was changed. A release that changes a kind raises
 * {@link RECORD_VERSION} and leaves the former walk here, for ever: it reads what earlier releases
 * wrote, into today's structure, and writes what they can read. It visits the fields that there
 * were; what a structure gained since stays blank when it is read and is left out when written.
 */
export interface FormerLayout {
  readonly kind: number;
  /** The last version with this layout. */
  readonly through: number;
  readonly walk: FrameWalk;
}

/** Every kind as one version of the records lays it out. */
export class FrameFormat {
  readonly version: number = 0;
  /** By kind; kinds that are laid out as they are today have none. */
  readonly #former: ReadonlyMap<number, FrameWalk>;
  readonly #isToday: boolean;

  constructor(version: number, former: ReadonlyMap<number, FrameWalk>) {
    this.version = version;
    this.#former = former;
    this.#isToday = former.size === 0;
  }

  record(io: FieldIo, record: KernelRecord): void {
    const former = this.#isToday ? undefined : this.#former.get(record.kind);
    if (former === undefined) walkRecord(io, record);
    else former(io, record);
  }

  input(io: FieldIo, input: Input): void {
    const former = this.#isToday ? undefined : this.#former.get(input.kind);
    if (former === undefined) walkInput(io, input);
    else former(io, input);
  }
}

/** All versions of the records that a release knows. */
export class RecordFormats {
  /** The newest one. */
  readonly current: FrameFormat;
  readonly #formats: readonly FrameFormat[];

  constructor(current: number, changes: readonly FormerLayout[]) {
    const oldestFirst = changes.toSorted((a, b) => a.through - b.through);
    this.#formats = Array.from({ length: current }, (_, i) => {
      const former = new Map<number, FrameWalk>();
      for (const { kind, through, walk } of oldestFirst) {
        if (through > i && !former.has(kind)) former.set(kind, walk);
      }
      return new FrameFormat(i + 1, former);
    });
    this.current = this.at(current) ?? new FrameFormat(current, new Map());
  }

  /** `undefined` for a version of a later release. */
  at(version: number): FrameFormat | undefined {
    return this.#formats[version - 1];
  }
}

/** Kinds that have been changed, with how they were: none so far. */
const CHANGES: readonly FormerLayout[] = [];

export const RECORD_FORMATS = new RecordFormats(RECORD_VERSION, CHANGES);
