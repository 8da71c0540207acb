import type { Disk, DiskFile } from '../journal/disk.ts';
import { assert, present } from '../model/assert.ts';
import { kept, SparseBytes } from './sparse-bytes.ts';

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
  'size',
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

/** Its bytes are never changed, and shared with what is shown and held. */
interface UnsyncedWrite {
  readonly at: number;
  readonly bytes: Uint8Array;
}

/** A file: what the system shows, what the disk holds, and what is on the way between them. */
interface Inode {
  shown: SparseBytes;
  held: SparseBytes;
  unsynced: UnsyncedWrite[];
}

type DirectoryChange =
  | { readonly what: 'set'; readonly path: string; readonly inode: Inode }
  | { readonly what: 'rename'; readonly from: string; readonly path: string; readonly inode: Inode }
  | { readonly what: 'delete'; readonly path: string };

function systemError(code: 'EIO' | 'ENOSPC' | 'EEXIST' | 'ENOENT', path: string): Error {
  return Object.assign(new Error(`${code}: ${path}`), { code, syscall: 'simulated' });
}

/** Directory and name of a path. */
function split(path: string): readonly [string, string] {
  const slash = path.lastIndexOf('/');
  return [path.slice(0, slash), path.slice(slash + 1)];
}

/**
 * A disk that keeps its promises and no more: what was not synced may be lost, torn between
 * sectors, or arrive out of order; a name that was not synced may be missing; after a failed sync
 * the system shows what the disk does not have, and further syncs succeed.
 */
export class SimulatedDisk implements Disk {
  #shown = new Map<string, Inode>();
  #held = new Map<string, Inode>();
  /** What directories are shown to hold, until something changes. */
  readonly #listed = new Map<string, readonly string[]>();
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
    return this.#run('list', directory, 0, () => {
      const known = this.#listed.get(directory);
      if (known !== undefined) return known;
      const names: string[] = [];
      for (const path of this.#shown.keys()) {
        const [folder, name] = split(path);
        if (folder === directory) names.push(name);
      }
      names.sort((a, b) => (a < b ? -1 : 1));
      this.#listed.set(directory, names);
      return names;
    });
  }

  create(path: string): DiskFile {
    return this.#run('create', path, 0, () => {
      if (this.#shown.has(path)) throw systemError('EEXIST', path);
      const inode = { shown: new SparseBytes(), held: new SparseBytes(), unsynced: [] };
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
          const write = { at, bytes: kept(bytes) };
          inode.shown.write(write.bytes, at);
          inode.unsynced.push(write);
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
  readDurable(path: string, most = Number.POSITIVE_INFINITY): Uint8Array {
    return this.#run('read', path, 0, () => {
      const { held, shown } = this.#inode(path);
      if (!this.readsAroundCache) return shown.bytes().subarray(0, most);
      // Its length is the directory's business and is shown at once.
      held.grow(shown.length);
      return held.bytes().subarray(0, most);
    });
  }

  size(path: string): number {
    return this.#run('size', path, 0, () => this.#inode(path).shown.length);
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
    this.#listed.clear();
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
    this.#listed.clear();
    for (const inode of new Set(this.#held.values())) {
      for (const write of inode.unsynced) applyTorn(inode, write, pick);
      inode.unsynced = [];
      inode.held.grow(inode.shown.length);
      inode.shown = inode.held.copy();
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
    const bytes = inode.held.bytes();
    act(bytes);
    inode.held = SparseBytes.of(bytes);
    inode.shown = inode.held.copy();
  }

  /** Cuts a file off behind everybody's back. */
  truncate(path: string, length: number): void {
    const inode = present(this.#shown.get(path), path);
    inode.held = SparseBytes.of(inode.held.bytes().subarray(0, length));
    inode.shown = inode.held.copy();
  }

  /** A second disk with the same content, all of it durable: what the system shows, or holds. */
  copy(what: 'shown' | 'held' = 'shown'): SimulatedDisk {
    const other = new SimulatedDisk();
    other.readsAroundCache = this.readsAroundCache;
    for (const [path, found] of this.#shown) {
      const content = found[what].copy();
      content.grow(found.shown.length);
      const inode = { shown: content.copy(), held: content, unsynced: [] };
      other.#shown.set(path, inode);
      other.#held.set(path, inode);
    }
    return other;
  }
}

function apply(inode: Inode, { at, bytes }: UnsyncedWrite): void {
  inode.held.write(bytes, at);
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
