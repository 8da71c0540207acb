import type { GroupHeader } from './group.ts';

/** Takes a group as it was appended; the bytes are not to be kept. */
export type GroupTaker = (group: Uint8Array, header: GroupHeader) => void;

/** Where a chain of groups stands: what the next group must follow. */
export interface ChainEnd {
  /** Number of the last frame; 0 in an empty journal. */
  readonly frame: number;
  /** Digest of the last group, or of the genesis. */
  readonly digest: Buffer;
}

/** What was found at the end of a journal when it was opened. */
export interface TailCut {
  /** Name of the segment, and where in it the last whole group ends. */
  readonly segment: string;
  readonly offset: number;
  /** Bytes behind it that are not zero: what they held may have been sent. */
  readonly bytes: number;
}

/**
 * Keeps commit groups, in order, durably: segments on local files, or later rows of a replicated
 * database. Numbers, checksums and the chain are in the groups themselves, so every kind of store
 * is verified alike.
 */
export interface GroupStore {
  readonly journalId: string;
  /** Version in which records are to be written: see `written-version.ts`. */
  readonly recordVersion: number;
  /** Where the chain stood when the store was opened. */
  readonly opened: ChainEnd;
  /** Set when the end was damaged: the engine starts in hold and asks the venue (§9). */
  readonly tailCut: TailCut | undefined;
  /** True once only the reserve is left: for exits, cancels, kill and broker facts alone (X23). */
  readonly inReserve: boolean;
  /**
   * Makes a sealed group durable; `time` is the engine's, µs. Any failure is fatal: nothing may be
   * appended after it.
   */
  append(group: Uint8Array, firstFrame: number, digest: Buffer, time: number): void;
  /** Does a bounded part of the work that must not wait for an append: room ahead. */
  prepare(): void;
  /** Hands over the groups from the one that holds frame `from` on. Throws `JournalError`. */
  read(from: number, take: GroupTaker): void;
  close(): void;
}
