import { join } from 'node:path';
import { crc32cOf } from '../journal/crc32c.ts';
import {
  FRAME_HEADER_BYTES,
  GROUP_HEADER_BYTES,
  type GroupHeader,
  groupBytes,
  readFrames,
  sealGroup,
} from '../journal/group.ts';
import { readFrame } from '../journal/read-frame.ts';
import { findJournal } from '../journal/read-journal.ts';
import { walkSegments } from '../journal/segment-files.ts';
import { present } from '../model/assert.ts';
import { CodecError, Decoder } from '../model/codec.ts';
import type { Pick, SimulatedDisk } from './simulated-disk.ts';

/** A group on the disk. */
interface Place {
  readonly path: string;
  readonly offset: number;
  readonly header: GroupHeader;
}

/**
 * Somebody who knows the format changes a fact in the journal, and puts right every checksum and
 * digest of its group: that the next group names another one before it is all that is left to show
 * it. What is packed is left alone, and the last group of all, for none follows it. False where
 * there is no other.
 */
export function tamper(disk: SimulatedDisk, dataDirectory: string, pick: Pick): boolean {
  const directory = findJournal(disk, dataDirectory);
  const places: Place[] = [];
  walkSegments(disk, directory, {
    from: 1,
    digests: false,
    take: (group, header, { name, form }) => {
      // What is packed has a checksum of its own.
      if (form !== 'plain') return;
      places.push({ path: join(directory, name), offset: group.byteOffset, header });
    },
  });
  const followed = places.slice(0, -1).filter(({ header }) => header.factsBytes > 0);
  if (followed.length === 0) return false;
  const place = present(followed[pick(followed.length)], 'a group');
  let isChanged = false;
  disk.rot(place.path, (held) => {
    const group = held.subarray(place.offset, place.offset + groupBytes(place.header));
    isChanged = change(group, place, pick);
  });
  return isChanged;
}

/** Changes a fact to another that can be read, and seals its group again. */
function change(group: Uint8Array, { header }: Place, pick: Pick): boolean {
  const facts: { readonly from: number; readonly to: number }[] = [];
  readFrames(group, header, (_number, _bytes, from, to) => {
    const isFact = to <= GROUP_HEADER_BYTES + header.factsBytes;
    if (isFact && isReadable(changed(group.subarray(from, to)))) facts.push({ from, to });
  });
  if (facts.length === 0) return false;
  const { from, to } = present(facts[pick(facts.length)], 'a fact');
  group.set(changed(group.subarray(from, to)), from);
  const view = new DataView(group.buffer, group.byteOffset, group.length);
  const start = from - FRAME_HEADER_BYTES;
  view.setUint32(start + 4, crc32cOf(view, start + 8, to), true);
  sealGroup(group, header);
  return true;
}

/** With another last bit. */
function changed(body: Uint8Array): Uint8Array {
  const other = body.slice();
  other[body.length - 1] = present(body.at(-1), 'the last byte') ^ 1;
  return other;
}

function isReadable(body: Uint8Array): boolean {
  try {
    readFrame(new Decoder(body));
    return true;
  } catch (error) {
    if (error instanceof CodecError) return false;
    throw error;
  }
}
