import { crc32 } from 'node:zlib';
import { BLOCK_BYTES, FRAME_HEADER_BYTES, GROUP_HEADER_BYTES } from '../journal/group.ts';
import { readFrame } from '../journal/read-frame.ts';
import { present } from '../model/assert.ts';
import { Decoder } from '../model/codec.ts';
import { InputKind } from '../model/inputs.ts';
import { RecordKind } from '../model/records.ts';
import { LedgerKind } from '../model/venue.ts';
import type { DiskWatch } from './simulated-disk.ts';

/** The first four bytes of a group, as a little-endian integer. */
const GROUP_MAGIC = 0x50475254;

/** Kinds of frame that the checks need; the rest is not decoded. */
const WANTED: ReadonlySet<number> = new Set([
  InputKind.started,
  RecordKind.intent,
  RecordKind.cancelIntent,
  RecordKind.replaceIntent,
  RecordKind.asked,
  RecordKind.fillBooked,
  RecordKind.ledgerBooked,
]);

/** What a group of the journal says, as far as the checks need it. */
interface GroupNote {
  /** The file that a sync puts it on the disk with; `undefined` once no sync will. */
  file: object | undefined;
  readonly lastFrame: number;
  /** Names of the causes of effects: see {@link JournalWatch.holds}. */
  readonly causes: string[];
  /** Idempotency key and order of each intent. */
  readonly intents: { readonly key: string; readonly order: string }[];
  readonly executions: string[];
  nonce: string | undefined;
}

/** What the journal said at a time. */
export interface JournalMark {
  readonly pending: readonly GroupNote[];
  readonly durableFrame: number;
  readonly causes: ReadonlySet<string>;
  readonly executions: ReadonlyMap<string, number>;
  readonly keys: ReadonlyMap<string, string>;
}

/**
 * Knows what the disk holds of the journal, from the bytes that were written to it and the syncs
 * that returned: what had become durable when something left the process.
 */
export class JournalWatch implements DiskWatch {
  /** Written, and not known to be on the disk. */
  #pending: GroupNote[] = [];
  #causes = new Set<string>();
  /** How often each execution was booked, by its id. */
  executions = new Map<string, number>();
  /** The order that each key was used for; a second one is told to `keyUsedTwice`. */
  #keys = new Map<string, string>();
  keyUsedTwice: (key: string, first: string, second: string) => void = () => undefined;
  /** Called when a group is written: the kernel's state is that of its last frame. */
  onGroup: (lastFrame: number) => void = () => undefined;
  /** Called when the journal goes on before its durable end. */
  onLoss: (text: string) => void = () => undefined;
  #nonce = '';
  readonly #nonces = new Set<string>();
  /** Called for a start under a nonce that was there before. */
  nonceRepeated: (nonce: string) => void = () => undefined;
  /** Checksum over all that was ever written: the same run writes the same bytes. */
  checksum = 0;
  groups = 0;
  durableFrame = 0;

  written(file: object, bytes: Uint8Array, at: number): void {
    if (at < BLOCK_BYTES || at % BLOCK_BYTES !== 0 || bytes.length < GROUP_HEADER_BYTES) return;
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    if (view.getUint32(0, true) !== GROUP_MAGIC) return;
    this.checksum = crc32(bytes, this.checksum);
    this.groups += 1;
    const firstFrame = view.getUint32(24, true);
    const note: GroupNote = {
      file,
      lastFrame: firstFrame + view.getUint32(16, true) - 1,
      causes: [],
      intents: [],
      executions: [],
      nonce: undefined,
    };
    this.#goesOnAt(firstFrame);
    this.#read(bytes, view, note);
    this.#pending.push(note);
    this.onGroup(note.lastFrame);
  }

  /** A group follows what the process that writes it has found: the rest is lost. */
  #goesOnAt(firstFrame: number): void {
    if (firstFrame <= this.durableFrame) {
      this.onLoss(`frame ${this.durableFrame} was durable; frame ${firstFrame} is written anew`);
    }
    if (this.#pending.length === 0) return;
    const found = this.#pending.filter(({ lastFrame }) => lastFrame < firstFrame);
    this.#pending = [];
    for (const note of found) this.#settle(note);
  }

  #read(bytes: Uint8Array, view: DataView, note: GroupNote): void {
    const end = GROUP_HEADER_BYTES + view.getUint32(8, true);
    for (let at = GROUP_HEADER_BYTES; at < end; ) {
      const from = at + FRAME_HEADER_BYTES;
      const to = from + view.getUint32(at, true);
      if (WANTED.has(present(bytes[from], 'kind'))) this.#note(bytes.subarray(from, to), note);
      at = to;
    }
  }

  #note(body: Uint8Array, note: GroupNote): void {
    const frame = readFrame(new Decoder(body));
    if (frame.what === 'input') {
      if (frame.input.kind !== InputKind.started) return;
      note.nonce = frame.input.nonce;
      this.#nonce = note.nonce;
      if (this.#nonces.has(this.#nonce)) this.nonceRepeated(this.#nonce);
      this.#nonces.add(this.#nonce);
      return;
    }
    const { record } = frame;
    switch (record.kind) {
      case RecordKind.intent: {
        const order = `${this.#nonce}/${record.order}`;
        note.causes.push(`submit ${order}`);
        if (record.key !== '') note.intents.push({ key: record.key, order });
        return;
      }
      case RecordKind.cancelIntent:
        note.causes.push(`cancel ${record.order}/${record.attempt}`);
        return;
      case RecordKind.replaceIntent:
        note.causes.push(`replace ${record.order}/${record.attempt}`);
        return;
      case RecordKind.asked:
        note.causes.push(`ask ${record.asked.ask}`);
        return;
      case RecordKind.fillBooked:
        note.executions.push(record.fill.executionId);
        return;
      case RecordKind.ledgerBooked: {
        const { fact, reference } = record.ledger;
        if (fact === LedgerKind.foreignFill) note.executions.push(reference);
        return;
      }
      default:
        return;
    }
  }

  /** A sync has returned: what was written to the file before it is durable. */
  synced(file: object): void {
    if (this.#pending.length === 0) return;
    const pending = this.#pending;
    this.#pending = pending.filter((note) => note.file !== file);
    for (const note of pending) if (note.file === file) this.#settle(note);
  }

  /** Whether it is there will be seen when the journal is opened. */
  dropped(file?: object): void {
    for (const note of this.#pending) {
      if (file === undefined || note.file === file) note.file = undefined;
    }
  }

  #settle(note: GroupNote): void {
    this.durableFrame = note.lastFrame;
    for (const cause of note.causes) this.#causes.add(cause);
    for (const id of note.executions) this.executions.set(id, (this.executions.get(id) ?? 0) + 1);
    for (const { key, order } of note.intents) {
      const first = this.#keys.get(key);
      if (first !== undefined) this.keyUsedTwice(key, first, order);
      this.#keys.set(key, order);
    }
  }

  /** For {@link goBackTo}: what a copy of the disk says that is made now. */
  mark(): JournalMark {
    return {
      pending: this.#pending.map((note) => ({ ...note, file: undefined })),
      durableFrame: this.durableFrame,
      causes: new Set(this.#causes),
      executions: new Map(this.executions),
      keys: new Map(this.#keys),
    };
  }

  /** An older copy took the place of the disk. What nonces there were is not forgotten with it. */
  goBackTo({ pending, durableFrame, causes, executions, keys }: JournalMark): void {
    this.#pending = [...pending];
    this.durableFrame = durableFrame;
    this.#causes = new Set(causes);
    this.executions = new Map(executions);
    this.#keys = new Map(keys);
  }

  /** The journal was opened: of what was not known to be durable, the rest is not there. */
  opened(lastFrame: number): void {
    this.#goesOnAt(lastFrame + 1);
  }

  /**
   * Is the cause of an effect durable: `submit NONCE/ORDER`, `cancel ORDER/ATTEMPT`,
   * `replace ORDER/ATTEMPT`, `ask NUMBER`?
   */
  holds(cause: string): boolean {
    return this.#causes.has(cause);
  }
}
