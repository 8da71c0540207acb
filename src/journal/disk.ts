/**
 * The few file operations that a journal is made of, synchronous, each of which may fail. It is a
 * port, so that a simulated disk can stand in its place.
 */
export interface Disk {
  /** Names in a directory, sorted by code units. */
  list(directory: string): readonly string[];
  /** Makes a file that must not exist yet. */
  create(path: string): DiskFile;
  /** Opens a file to write within it. */
  open(path: string): DiskFile;
  /** A file, or its first `most` bytes, read around the system's cache where the system can. */
  readDurable(path: string, most?: number): Uint8Array;
  /** Bytes of a file. */
  size(path: string): number;
  rename(from: string, to: string): void;
  remove(path: string): void;
  /** Makes creations, renames and removals in a directory durable. */
  syncDirectory(directory: string): void;
}

/** A file that is open for writing. */
export interface DiskFile {
  /** Writes all of `bytes` at an offset, or throws. */
  write(bytes: Uint8Array, at: number): void;
  /** Makes what was written durable, or throws. */
  sync(): void;
  close(): void;
}
