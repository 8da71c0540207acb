import { crc32cOf } from '../../journal/crc32c.ts';
import type { Disk } from '../../journal/disk.ts';
import {
  FRAME_HEADER_BYTES,
  GROUP_BYTES_MAX,
  GROUP_HEADER_BYTES,
  readFrames,
  sealGroup,
} from '../../journal/group.ts';
import { type SegmentOptions, SegmentStore } from '../../journal/segment-store.ts';
import { Encoder } from '../../model/codec.ts';
import type { Entry } from './operations.ts';

const CHECKED_FROM = 8;
/** A broker is small: so are its segments. None is left for its age: nothing is archived. */
export const BROKER_SEGMENTS: SegmentOptions = {
  segmentBytes: 4 * 1024 * 1024,
  ageMaxUs: Number.POSITIVE_INFINITY,
};
/** A group is cut here, with room for the largest body of a request. */
const GROUP_BYTES = GROUP_BYTES_MAX / 4;

/**
 * What the books were asked to do, in order: a frame of JSON each, in the groups, segments and
 * chain of the engine's journal. It is written before an answer leaves.
 */
export class OperationJournal {
  readonly #store: SegmentStore;
  readonly #group = new Encoder(64 * 1024);
  #digest: Buffer;
  #appended = 0;
  #durable = 0;
  #time = 0;

  /** Opens what is in the directory, or begins it. Throws `JournalError`. */
  constructor(disk: Disk, directory: string, segments = BROKER_SEGMENTS) {
    this.#store = new SegmentStore(disk, directory, 0, segments);
    this.#digest = this.#store.opened.digest;
    this.#appended = this.#store.opened.frame;
    this.#durable = this.#appended;
    this.#group.room(GROUP_HEADER_BYTES);
  }

  /** Entries so far; each is durable once {@link commit} returned. */
  get appended(): number {
    return this.#appended;
  }

  get id(): string {
    return this.#store.journalId;
  }

  /** Digest of the last durable group, hex. */
  get head(): string {
    return this.#digest.toString('hex');
  }

  append(entry: Entry): void {
    const io = this.#group;
    const at = io.room(FRAME_HEADER_BYTES);
    io.append(Buffer.from(JSON.stringify(entry)));
    this.#appended += 1;
    this.#time = entry.at;
    const { view, length } = io;
    view.setUint32(at, length - at - FRAME_HEADER_BYTES, true);
    view.setUint32(at + 8, this.#appended, true);
    view.setUint32(at + 4, crc32cOf(view, at + CHECKED_FROM, length), true);
    if (io.length > GROUP_BYTES) this.commit();
  }

  /** Makes everything appended durable: one write, one sync. A failure is fatal. */
  commit(): void {
    const frames = this.#appended - this.#durable;
    if (frames === 0) return;
    const group = this.#group.bytes;
    const firstFrame = this.#durable + 1;
    const factsBytes = group.length - GROUP_HEADER_BYTES;
    const parts = { firstFrame, frames, factsBytes, marketBytes: 0, previous: this.#digest };
    const digest = sealGroup(group, parts);
    this.#store.append(group, firstFrame, digest, this.#time);
    this.#digest = digest;
    this.#durable = this.#appended;
    this.#group.reset();
    this.#group.room(GROUP_HEADER_BYTES);
  }

  /** Makes room ahead while there is time for it. */
  prepare(): void {
    this.#store.prepare();
  }

  /** The entries behind number `after`. */
  entriesAfter(after: number): readonly Entry[] {
    const entries: Entry[] = [];
    if (this.#durable <= after) return entries;
    this.#store.read(after + 1, (group, header) => {
      readFrames(group, header, (number, bytes, from, to) => {
        if (number <= after) return;
        const text = Buffer.from(bytes.buffer, bytes.byteOffset + from, to - from).toString();
        entries.push(JSON.parse(text) as Entry);
      });
    });
    return entries;
  }

  close(): void {
    this.#store.close();
  }
}
