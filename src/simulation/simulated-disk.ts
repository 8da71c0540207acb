import { basename, dirname } from 'node:path';
import type { Disk, DiskFile } from '../journal/disk.ts';
import { assert, present } from '../model/assert.ts';

/** A disk writes whole sectors; a write of many may be torn between any two. */
const SECTOR_BYTES = 512;

/** The operations of a disk, as faults and crashes meet them. */
export const DISK_OPERATIONS = [
  'list',
  'create',
  'open',
  'write',
  'sync',
  'read',
  'rename',
  'remove',
  'syncDirectory',
] as const;
export type DiskOperation = (typeof DISK_OPERATIONS)[number];

/** What an operation meets: nothing, an error of the system, or the end of the process. */
export type DiskFault = 'none' | 'EIO' | 'ENOSPC' | 'crash_before' | 'crash_after';

/** Decides what each operation meets; `bytes` is the length of a write. */
export type FaultPlan = (operation: DiskOperation, path: string, bytes: number) => DiskFault;

/** Thrown where the process dies. Nothing may catch it but the simulation. */
export class SimulatedCrash extends Error {
  override readonly name = 'SimulatedCrash';
}

/** Stands beside a disk and sees what reaches it. */
export interface DiskWatch {
  /** `file` stands for the file, whatever it is called. */
  written(file: object, bytes: Uint8Array, at: number): void;
  synced(file: object): void;
  /** What was written to the file, or to any, will not be put on the disk by a later sync. */
  dropped(file?: object): void;
}

/** Picks a whole number of 0 … below − 1. */
export type Pick = (below: number) => number;

interface UnsyncedWrite {
  readonly at: number;
  readonly bytes: Uint8Array;
}

/** A file: what the system shows, what the disk holds, and what is on the way between them. */
interface Inode {
  shown: Uint8Array;
  held: Uint8Array;
  unsynced: UnsyncedWrite[];
}

type DirectoryChange =
  | { readonly what: 'set'; readonly path: string; readonly inode: Inode }
  | { readonly what: 'rename'; readonly from: string; readonly path: string; readonly inode: Inode }
  | { readonly what: 'delete'; readonly path: string };

function systemError(code: 'EIO' | 'ENOSPC' | 'EEXIST' | 'ENOENT', path: string): Error {
  return Object.assign(new Error(`${code}: ${path}`), { code, syscall: 'simulated' });
}

/** `bytes` grown with zeros to hold `length`. */
function grown(bytes: Uint8Array, length: number): Uint8Array {
  if (bytes.length >= length) return bytes;
  const next = new Uint8Array(length);
  next.set(bytes);
  return next;
}

/**
 * A disk that keeps its promises and no more: what was not synced may be lost, torn between
 * sectors, or arrive out of order; a name that was not synced may be missing; after a failed sync
 * the system shows what the disk does not have, and further syncs succeed.
 */
export class SimulatedDisk implements Disk {
  #shown = new Map<string, Inode>();
  #held = new Map<string, Inode>();
  #changes: DirectoryChange[] = [];
  #plan: FaultPlan = () => 'none';
  operations = 0;
  /** Sees what is written, and which syncs return. */
  watch: DiskWatch | undefined;
  /** False where the system has no reads around its cache: what it shows is all there is. */
  readsAroundCache = true;

  /** What operations meet from now on. */
  meet(plan: FaultPlan): void {
    this.#plan = plan;
  }

  /** Runs an operation with what it meets; `failed` is what an error leaves behind. */
  #run<T>(
    operation: DiskOperation,
    path: string,
    bytes: number,
    act: () => T,
    failed?: () => void,
  ) {
    this.operations += 1;
    const fault = this.#plan(operation, path, bytes);
    if (fault === 'crash_before') throw new SimulatedCrash(`before ${operation} ${path}`);
    if (fault === 'EIO' || fault === 'ENOSPC') {
      failed?.();
      throw systemError(fault, path);
    }
    const result = act();
    if (fault === 'crash_after') throw new SimulatedCrash(`after ${operation} ${path}`);
    return result;
  }

  list(directory: string): readonly string[] {
    return this.#run('list', directory, 0, () =>
      [...this.#shown.keys()]
        .filter((path) => dirname(path) === directory)
        .map((path) => basename(path))
        .sort((a, b) => (a < b ? -1 : 1)),
    );
  }

  create(path: string): DiskFile {
    return this.#run('create', path, 0, () => {
      if (this.#shown.has(path)) throw systemError('EEXIST', path);
      const inode: Inode = { shown: new Uint8Array(0), held: new Uint8Array(0), unsynced: [] };
      this.#change({ what: 'set', path, inode });
      return this.#file(path, inode);
    });
  }

  open(path: string): DiskFile {
    return this.#run('open', path, 0, () => this.#file(path, this.#inode(path)));
  }

  #inode(path: string): Inode {
    const inode = this.#shown.get(path);
    if (inode === undefined) throw systemError('ENOENT', path);
    return inode;
  }

  #file(path: string, inode: Inode): DiskFile {
    return {
      write: (bytes, at) =>
        this.#run('write', path, bytes.length, () => {
          inode.shown = grown(inode.shown, at + bytes.length);
          inode.shown.set(bytes, at);
          inode.unsynced.push({ at, bytes: bytes.slice() });
          this.watch?.written(inode, bytes, at);
        }),
      sync: () =>
        this.#run(
          'sync',
          path,
          0,
          () => {
            for (const write of inode.unsynced) apply(inode, write);
            inode.unsynced = [];
            this.watch?.synced(inode);
          },
          // The pages are marked clean: what they held is shown, and will never be written.
          () => {
            inode.unsynced = [];
            this.watch?.dropped(inode);
          },
        ),
      close: () => undefined,
    };
  }

  /** Reads what the disk holds, not what the system shows. */
  readDurable(path: string): Uint8Array {
    return this.#run('read', path, 0, () => {
      const { held, shown } = this.#inode(path);
      if (!this.readsAroundCache) return shown.slice();
      // Its length is the directory's business and is shown at once.
      return grown(held, shown.length).slice();
    });
  }

  rename(from: string, to: string): void {
    this.#run('rename', from, 0, () => {
      const inode = this.#inode(from);
      this.#change({ what: 'rename', from, path: to, inode });
    });
  }

  remove(path: string): void {
    this.#run('remove', path, 0, () => {
      this.#inode(path);
      this.#change({ what: 'delete', path });
    });
  }

  #change(change: DirectoryChange): void {
    applyChange(this.#shown, change);
    this.#changes.push(change);
  }

  syncDirectory(directory: string): void {
    this.#run('syncDirectory', directory, 0, () => {
      for (const change of this.#changes) applyChange(this.#held, change);
      this.#changes = [];
    });
  }

  /**
   * The machine dies: of what was not synced, `pick` says what arrived. A rename arrives whole or
   * not at all, and directory changes in their order; sectors in any.
   */
  crash(pick: Pick): void {
    const arrived = pick(this.#changes.length + 1);
    for (const change of this.#changes.slice(0, arrived)) applyChange(this.#held, change);
    this.#changes = [];
    this.#shown = new Map(this.#held);
    for (const inode of new Set(this.#held.values())) {
      for (const write of inode.unsynced) applyTorn(inode, write, pick);
      inode.unsynced = [];
      inode.held = grown(inode.held, inode.shown.length);
      inode.shown = inode.held.slice();
    }
    this.#plan = () => 'none';
    this.watch?.dropped();
  }

  /** The process dies and the machine does not: everything shown is still to be written. */
  endProcess(): void {
    this.#plan = () => 'none';
  }

  /** Changes bytes behind everybody's back. */
  rot(path: string, act: (held: Uint8Array) => void): void {
    const inode = present(this.#shown.get(path), path);
    assert(inode.unsynced.length === 0, 'what rots has been written');
    act(inode.held);
    inode.shown = inode.held.slice();
  }

  /** Cuts a file off behind everybody's back. */
  truncate(path: string, length: number): void {
    const inode = present(this.#shown.get(path), path);
    inode.held = inode.held.slice(0, length);
    inode.shown = inode.held.slice();
  }

  /** A second disk with the same content, all of it durable. */
  copy(): SimulatedDisk {
    const other = new SimulatedDisk();
    for (const [path, { shown }] of this.#shown) {
      const inode = { shown: shown.slice(), held: shown.slice(), unsynced: [] };
      other.#shown.set(path, inode);
      other.#held.set(path, inode);
    }
    return other;
  }
}

function apply(inode: Inode, { at, bytes }: UnsyncedWrite): void {
  inode.held = grown(inode.held, at + bytes.length);
  inode.held.set(bytes, at);
}

/** Some of a write's sectors arrive, in no order. */
function applyTorn(inode: Inode, { at, bytes }: UnsyncedWrite, pick: Pick): void {
  const fate = pick(4);
  if (fate === 0) return;
  for (let from = 0; from < bytes.length; ) {
    const to = Math.min(bytes.length, from + SECTOR_BYTES - ((at + from) % SECTOR_BYTES));
    if (fate === 1 || pick(2) === 1)
      apply(inode, { at: at + from, bytes: bytes.subarray(from, to) });
    from = to;
  }
}

function applyChange(names: Map<string, Inode>, change: DirectoryChange): void {
  if (change.what === 'rename') names.delete(change.from);
  if (change.what === 'delete') names.delete(change.path);
  else names.set(change.path, change.inode);
}
