import { crc32, deflateRawSync } from 'node:zlib';
import { assert } from '../model/assert.ts';

/** A file to put into a zip. */
export interface ZipEntry {
  readonly name: string;
  readonly bytes: Uint8Array;
  /** Keep as it is; otherwise it is deflated. */
  readonly stored?: boolean;
}

const STORED = 0;
const DEFLATED = 8;
const UTF8_NAME = 0x0800;
const VERSION_NEEDED = 20;
/** 1980-01-01, the first date of the format: the same input gives the same bytes. */
const FIRST_DATE = 0x0021;
const SIZE_MAX = 0xffff_fffe;

/** The fields that a local header and a directory entry share, from `version needed` on. */
function sharedFields(entry: ZipEntry, packed: Uint8Array, name: Uint8Array): Buffer {
  const fields = Buffer.alloc(26);
  fields.writeUInt16LE(VERSION_NEEDED, 0);
  fields.writeUInt16LE(UTF8_NAME, 2);
  fields.writeUInt16LE(entry.stored === true ? STORED : DEFLATED, 4);
  fields.writeUInt16LE(FIRST_DATE, 8);
  fields.writeUInt32LE(crc32(entry.bytes), 10);
  fields.writeUInt32LE(packed.length, 14);
  fields.writeUInt32LE(entry.bytes.length, 18);
  fields.writeUInt16LE(name.length, 22);
  return fields;
}

function signature(text: string): Buffer {
  return Buffer.from(`PK${text}`, 'latin1');
}

/**
 * The bytes of a zip, built in memory: meant for files of a day; larger ones are better as gzip.
 * Format: PKWARE APPNOTE 6.3.3, sections 4.3.7, 4.3.12 and 4.3.16; no zip64.
 */
export function zipBytes(entries: readonly ZipEntry[]): Uint8Array {
  const local: Uint8Array[] = [];
  const directory: Uint8Array[] = [];
  let offset = 0;
  for (const entry of entries) {
    assert(entry.bytes.length <= SIZE_MAX, `${entry.name} is too large for a zip without zip64`);
    const name = Buffer.from(entry.name, 'utf8');
    const packed = entry.stored === true ? entry.bytes : deflateRawSync(entry.bytes);
    const fields = sharedFields(entry, packed, name);
    const place = Buffer.alloc(14);
    place.writeUInt32LE(offset, 10);
    directory.push(signature('\x01\x02\x14\x00'), fields, place, name);
    local.push(signature('\x03\x04'), fields, name, packed);
    offset += 4 + fields.length + name.length + packed.length;
  }
  const directoryBytes = Buffer.concat(directory);
  assert(offset + directoryBytes.length <= SIZE_MAX, 'too large for a zip without zip64');
  const end = Buffer.alloc(18);
  end.writeUInt16LE(entries.length, 4);
  end.writeUInt16LE(entries.length, 6);
  end.writeUInt32LE(directoryBytes.length, 8);
  end.writeUInt32LE(offset, 12);
  return Buffer.concat([...local, directoryBytes, signature('\x05\x06'), end]);
}
