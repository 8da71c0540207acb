import { genesisDigest, readGroupHeader } from './group.ts';
import type { GroupStore, GroupTaker } from './group-store.ts';
import { RECORD_VERSION } from './record-formats.ts';

interface KeptGroup {
  readonly bytes: Uint8Array;
  readonly frames: number;
}

/**
 * Groups in memory: as durable as the process. It keeps the newest up to a bound; older ones are
 * dropped and counted.
 */
export class MemoryStore implements GroupStore {
  readonly journalId = 'memory';
  readonly recordVersion = RECORD_VERSION;
  readonly opened = { frame: 0, digest: genesisDigest('memory') };
  readonly tailCut = undefined;
  readonly inReserve = false;
  readonly #keepBytes: number = 0;
  #groups: KeptGroup[] = [];
  #keptBytes = 0;
  #droppedFrames = 0;

  constructor(keepBytes: number) {
    this.#keepBytes = keepBytes;
  }

  get keptBytes(): number {
    return this.#keptBytes;
  }
  get droppedFrames(): number {
    return this.#droppedFrames;
  }

  append(group: Uint8Array): void {
    const frames = readGroupHeader(group, 0)?.frames ?? 0;
    this.#groups.push({ bytes: group.slice(), frames });
    this.#keptBytes += group.length;
    let dropped = 0;
    for (const old of this.#groups) {
      if (this.#keptBytes <= this.#keepBytes) break;
      this.#keptBytes -= old.bytes.length;
      this.#droppedFrames += old.frames;
      dropped += 1;
    }
    if (dropped > 0) this.#groups.splice(0, dropped);
  }

  prepare(): void {
    // Memory has no room to make ahead.
  }

  read(from: number, take: GroupTaker): void {
    for (const { bytes } of this.#groups) {
      const header = readGroupHeader(bytes, 0);
      if (header !== undefined && header.firstFrame + header.frames > from) take(bytes, header);
    }
  }

  close(): void {
    // Nothing is open.
  }
}
