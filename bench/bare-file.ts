import { closeSync, fdatasyncSync, openSync, writeSync } from 'node:fs';
import { BLOCK_BYTES, blocksOf } from '../src/journal/group.ts';
import { DEFAULT_SEGMENTS } from '../src/journal/segment-store.ts';

export function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
}

/** A file like a segment, written and synced as a segment is, by nobody's journal. */
export class BareFile {
  readonly #path: string;
  #fd: number;
  #at = BLOCK_BYTES;

  constructor(path: string) {
    this.#path = path;
    this.#fd = this.#zeroFilled();
  }

  #zeroFilled(): number {
    const fd = openSync(this.#path, 'w');
    const zeros = new Uint8Array(1024 * 1024);
    for (let at = 0; at < DEFAULT_SEGMENTS.segmentBytes; at += zeros.length) writeSync(fd, zeros);
    fdatasyncSync(fd);
    return fd;
  }

  /** Milliseconds that a write and a sync take. */
  timed(bytes: Uint8Array): number {
    if (this.#at + bytes.length > DEFAULT_SEGMENTS.segmentBytes) {
      closeSync(this.#fd);
      this.#fd = this.#zeroFilled();
      this.#at = BLOCK_BYTES;
    }
    const began = performance.now();
    writeSync(this.#fd, bytes, 0, bytes.length, this.#at);
    fdatasyncSync(this.#fd);
    const done = performance.now();
    this.#at += blocksOf(bytes.length);
    return done - began;
  }

  close(): void {
    closeSync(this.#fd);
  }
}
