import { closeSync, fdatasyncSync, openSync, writeSync } from 'node:fs';
import { fsReason, OutputError } from './output-error.ts';

const CHUNK_CHARS = 64 * 1024;

/**
 * A new text file, written in chunks of at least 64 KiB without waiting: what a run writes costs
 * bounded memory and few calls. Throws {@link OutputError} `OUTPUT_FAILED`.
 */
export class TextFile implements Disposable {
  readonly path: string;
  #fd: number | undefined;
  #pending = '';

  /** Creates the file; it must not exist. */
  constructor(path: string) {
    this.path = path;
    this.#fd = this.#guard(() => openSync(path, 'wx'));
  }

  write(text: string): void {
    this.#pending += text;
    if (this.#pending.length >= CHUNK_CHARS) this.#flush();
  }

  /** Writes bytes as they are, after what was written before. */
  writeBytes(bytes: Uint8Array): void {
    this.#flush();
    this.#writeAll(bytes);
  }

  #flush(): void {
    if (this.#pending === '') return;
    const bytes = Buffer.from(this.#pending, 'utf8');
    this.#pending = '';
    this.#writeAll(bytes);
  }

  #writeAll(bytes: Uint8Array): void {
    const fd = this.#fd;
    if (fd === undefined) throw new OutputError('OUTPUT_FAILED', `${this.path} is closed`);
    this.#guard(() => {
      let done = 0;
      while (done < bytes.length) done += writeSync(fd, bytes, done);
    });
  }

  /** Writes what is left, makes it durable and closes the file. */
  finish(): void {
    this.#flush();
    const fd = this.#fd;
    if (fd === undefined) return;
    this.#fd = undefined;
    this.#guard(() => {
      try {
        fdatasyncSync(fd);
      } finally {
        closeSync(fd);
      }
    });
  }

  /** Closes the file; what was not finished is not written. */
  [Symbol.dispose](): void {
    const fd = this.#fd;
    this.#fd = undefined;
    if (fd !== undefined) closeSync(fd);
  }

  #guard<T>(call: () => T): T {
    try {
      return call();
    } catch (cause) {
      throw new OutputError('OUTPUT_FAILED', `cannot write results: ${fsReason(cause)}`, cause);
    }
  }
}
