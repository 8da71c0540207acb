import { assert } from './assert.ts';

/**
 * The one codec. Little-endian binary with a fixed field order. A structure is described once, by
 * a *walk*: a function that visits its fields in order and gives each to a {@link FieldIo}. The
 * same walk writes the bytes, reads them back, and prints them, so the three cannot disagree.
 *
 * What is written here is what the journal holds, what snapshots hold, and what is hashed.
 */
export interface FieldIo {
  /** True when the walk's values are being replaced by what is read. */
  readonly reading: boolean;
  bool(name: string, value: boolean): boolean;
  u8(name: string, value: number): number;
  u16(name: string, value: number): number;
  u32(name: string, value: number): number;
  /** A safe integer, 8 bytes, two's complement. */
  int(name: string, value: number): number;
  /** A signed 128-bit integer, 16 bytes. */
  big(name: string, value: bigint): bigint;
  /** An IEEE double, 8 bytes. NaN is refused; −0 is written as 0. */
  float(name: string, value: number): number;
  /** UTF-8, 4-byte length first. */
  text(name: string, value: string): string;
  /** One byte that names a member of a closed list; `names[value]` is printed. */
  code(name: string, value: number, names: readonly string[]): number;
  /** A list: 4-byte count, then each item by its own walk. `blank` makes an item to read into. */
  list<T>(name: string, items: T[], blank: () => T, walk: (io: FieldIo, item: T) => void): T[];
  /** A list of scalars, by a visitor that returns the value read or written. */
  scalars<T>(name: string, items: T[], blank: T, visit: (io: FieldIo, item: T) => T): T[];
  /** A structure whose bytes are kept while it does not change: its fields, nothing else. */
  whole(structure: Kept): void;
  /** As {@link list}, of items whose bytes are kept. */
  keptList<T>(
    name: string,
    items: T[],
    blank: () => T,
    walk: (io: FieldIo, item: T) => void,
    kept: KeptList<T>,
  ): T[];
}

/** A structure that knows when it changes. */
export interface Kept {
  /** Its bytes as they were written last; `undefined` when it has changed since. */
  written: Uint8Array | undefined;
  walkFields(io: FieldIo): void;
}

/** Keeps the bytes of a list's items, as `walk` writes them. */
export interface KeptList<T> {
  /** Appends the bytes of all items. */
  writeTo(io: Encoder, items: readonly T[]): void;
}

/** Bytes that are not what this codec writes: truncated, out of range, or from another version. */
export class CodecError extends Error {
  readonly code = 'CODEC_INVALID';
  override readonly name = 'CodecError';
}

const TWO_32 = 4_294_967_296;
/** Texts up to this long are tried as ASCII first: calling the encoder costs more than a loop. */
const SHORT_TEXT = 64;
const ASCII_MAX = 0x7f;
/** Likewise when read: they are put together a character at a time. */
const SHORT_READ = 24;

/** Out of line, so that the checks on the way cost no message. */
function refuse(name: string, value: number | bigint, what: string): never {
  assert(false, `${name}: ${value} is not ${what}`);
}

const utf8 = new TextEncoder();
const utf8Strict = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/**
 * Lists and texts longer than this are refused when read: a damaged length must not exhaust memory.
 */
const LENGTH_MAX = 64 * 1024 * 1024;

/** Writes a safe integer as {@link FieldIo.int} does, for fields that always stand together. */
export function writeInt(view: DataView, at: number, name: string, value: number): void {
  const low = value | 0;
  view.setInt32(at, low, true);
  if (value === low) {
    view.setInt32(at + 4, low >> 31, true);
    return;
  }
  if (!Number.isSafeInteger(value)) refuse(name, value, 'a safe integer');
  // Exact: what is left is a multiple of 2^32.
  view.setInt32(at + 4, (value - (low >>> 0)) / TWO_32, true);
}

/** Writes fields into a growing buffer; {@link Encoder.bytes} is a view of what was written. */
export class Encoder implements FieldIo {
  readonly reading = false;
  #buffer: Uint8Array<ArrayBuffer>;
  #view: DataView;
  /** Of the buffer: asked at every field. */
  #capacity = 0;
  #length = 0;

  constructor(capacity = 4096) {
    this.#buffer = new Uint8Array(capacity);
    this.#view = new DataView(this.#buffer.buffer);
    this.#capacity = capacity;
  }

  get length(): number {
    return this.#length;
  }

  /** The bytes written since the last {@link reset}; valid until the next write. */
  get bytes(): Uint8Array<ArrayBuffer> {
    return this.#buffer.subarray(0, this.#length);
  }

  /** The whole buffer, of which the first {@link length} bytes are written; no view is made. */
  get buffer(): Uint8Array<ArrayBuffer> {
    return this.#buffer;
  }

  /** A view of the same, valid until the next write. */
  get view(): DataView {
    return this.#view;
  }

  reset(): void {
    this.#length = 0;
  }

  /** Leaves `count` zeros; returns their offset. */
  skip(count: number): number {
    const at = this.#reserve(count);
    this.#buffer.fill(0, at, at + count);
    return at;
  }

  /** Leaves room for `count` bytes that the caller writes through {@link view}; their offset. */
  room(count: number): number {
    return this.#reserve(count);
  }

  /** Appends bytes as they are. */
  append(bytes: Uint8Array): void {
    const at = this.#reserve(bytes.length);
    this.#buffer.set(bytes, at);
  }

  /**
   * Room for `count` bytes, as an offset. It may replace buffer and view, so it is called before
   * either is read: `this.#view.setX(this.#reserve(n), …)` would write to the old one.
   */
  #reserve(count: number): number {
    const at = this.#length;
    const end = at + count;
    if (end > this.#capacity) this.#grow(end);
    this.#length = end;
    return at;
  }

  #grow(least: number): void {
    const next = new Uint8Array(Math.max(least, this.#capacity * 2));
    next.set(this.#buffer.subarray(0, this.#length));
    this.#buffer = next;
    this.#capacity = next.length;
    this.#view = new DataView(next.buffer);
  }

  bool(_name: string, value: boolean): boolean {
    const at = this.#reserve(1);
    this.#buffer[at] = value ? 1 : 0;
    return value;
  }

  u8(name: string, value: number): number {
    if (value !== (value & 0xff)) refuse(name, value, 'a u8');
    const at = this.#reserve(1);
    this.#buffer[at] = value;
    return value;
  }

  u16(name: string, value: number): number {
    if (value !== (value & 0xffff)) refuse(name, value, 'a u16');
    const at = this.#reserve(2);
    this.#view.setUint16(at, value, true);
    return value;
  }

  u32(name: string, value: number): number {
    if (value !== value >>> 0) refuse(name, value, 'a u32');
    const at = this.#reserve(4);
    this.#view.setUint32(at, value, true);
    return value;
  }

  int(name: string, value: number): number {
    const at = this.#reserve(8);
    const low = value | 0;
    if (value !== low) writeInt(this.#view, at, name, value);
    else {
      const view = this.#view;
      view.setInt32(at, low, true);
      view.setInt32(at + 4, low >> 31, true);
    }
    return value;
  }

  big(name: string, value: bigint): bigint {
    const at = this.#reserve(16);
    const low = BigInt.asIntN(64, value);
    this.#view.setBigInt64(at, low, true);
    if (low === value) {
      const sign = value < 0n ? -1 : 0;
      this.#view.setInt32(at + 8, sign, true);
      this.#view.setInt32(at + 12, sign, true);
      return value;
    }
    if (BigInt.asIntN(128, value) !== value) refuse(name, value, 'a 128-bit integer');
    this.#view.setBigInt64(at + 8, value >> 64n, true);
    return value;
  }

  float(name: string, value: number): number {
    if (Number.isNaN(value)) refuse(name, value, 'a number');
    const at = this.#reserve(8);
    this.#view.setFloat64(at, value === 0 ? 0 : value, true);
    return value;
  }

  text(name: string, value: string): string {
    const { length } = value;
    if (length <= SHORT_TEXT) {
      const at = this.#reserve(4 + length);
      const buffer = this.#buffer;
      const start = at + 4;
      let all = 0;
      for (let i = 0; i < length; i++) {
        const unit = value.charCodeAt(i);
        all |= unit;
        buffer[start + i] = unit;
      }
      this.#view.setUint32(at, length, true);
      if (all <= ASCII_MAX) return value;
      this.#length = at;
    }
    return this.#encodedText(name, value);
  }

  #encodedText(name: string, value: string): string {
    assert(value.isWellFormed(), `${name}: half of a surrogate pair has no UTF-8`);
    // Three bytes a UTF-16 unit is the most UTF-8 needs; the rest is given back.
    const most = value.length * 3;
    const at = this.#reserve(4 + most);
    const { read, written } = utf8.encodeInto(value, this.#buffer.subarray(at + 4, at + 4 + most));
    assert(read === value.length, `${name}: text was not encoded whole`);
    this.#view.setUint32(at, written, true);
    this.#length = at + 4 + written;
    return value;
  }

  code(name: string, value: number, names: readonly string[]): number {
    if (names[value] === undefined) refuse(name, value, 'a member of its list');
    return this.u8(name, value);
  }

  list<T>(name: string, items: T[], _blank: () => T, walk: (io: FieldIo, item: T) => void): T[] {
    this.u32(name, items.length);
    for (const item of items) walk(this, item);
    return items;
  }

  scalars<T>(name: string, items: T[], _blank: T, visit: (io: FieldIo, item: T) => T): T[] {
    this.u32(name, items.length);
    for (const item of items) visit(this, item);
    return items;
  }

  whole(structure: Kept): void {
    const { written } = structure;
    if (written !== undefined) {
      this.append(written);
      return;
    }
    const from = this.#length;
    structure.walkFields(this);
    structure.written = this.#buffer.slice(from, this.#length);
  }

  keptList<T>(
    _name: string,
    items: T[],
    _blank: () => T,
    _walk: (io: FieldIo, item: T) => void,
    kept: KeptList<T>,
  ): T[] {
    this.u32('count', items.length);
    kept.writeTo(this, items);
    return items;
  }
}

/** Reads what {@link Encoder} wrote. Every method throws {@link CodecError} on damaged bytes. */
export class Decoder implements FieldIo {
  readonly reading = true;
  #bytes: Uint8Array;
  #view: DataView;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  get offset(): number {
    return this.#at;
  }

  get remaining(): number {
    return this.#bytes.length - this.#at;
  }

  /** Goes to an offset, to read what begins there. */
  seek(at: number): void {
    assert(at >= 0 && at <= this.#bytes.length, `${at} is within the bytes`);
    this.#at = at;
  }

  /** Throws unless every byte was read. */
  end(): void {
    if (this.remaining !== 0) throw new CodecError(`${this.remaining} bytes after the end`);
  }

  #take(name: string, count: number): number {
    if (count > this.remaining) {
      throw new CodecError(`${name}: ${count} bytes wanted at ${this.#at}, ${this.remaining} left`);
    }
    const at = this.#at;
    this.#at = at + count;
    return at;
  }

  bool(name: string, _value: boolean): boolean {
    const value = this.#view.getUint8(this.#take(name, 1));
    if (value > 1) throw new CodecError(`${name}: ${value} is not a truth value`);
    return value === 1;
  }

  u8(name: string, _value: number): number {
    return this.#view.getUint8(this.#take(name, 1));
  }

  u16(name: string, _value: number): number {
    return this.#view.getUint16(this.#take(name, 2), true);
  }

  u32(name: string, _value: number): number {
    return this.#view.getUint32(this.#take(name, 4), true);
  }

  int(name: string, _value: number): number {
    const at = this.#take(name, 8);
    const value = this.#view.getInt32(at + 4, true) * TWO_32 + this.#view.getUint32(at, true);
    if (!Number.isSafeInteger(value)) throw new CodecError(`${name}: not a safe integer`);
    return value;
  }

  big(name: string, _value: bigint): bigint {
    const at = this.#take(name, 16);
    const low = this.#view.getBigUint64(at, true);
    return (this.#view.getBigInt64(at + 8, true) << 64n) | low;
  }

  float(name: string, _value: number): number {
    const value = this.#view.getFloat64(this.#take(name, 8), true);
    if (Number.isNaN(value)) throw new CodecError(`${name}: NaN`);
    return value;
  }

  text(name: string, _value: string): string {
    const count = this.#length(name);
    const at = this.#take(name, count);
    const short = count <= SHORT_READ ? this.#ascii(at, at + count) : undefined;
    if (short !== undefined) return short;
    try {
      return utf8Strict.decode(this.#bytes.subarray(at, at + count));
    } catch (cause) {
      throw new CodecError(`${name}: not UTF-8`, { cause });
    }
  }

  #ascii(from: number, to: number): string | undefined {
    const bytes = this.#bytes;
    let text = '';
    for (let at = from; at < to; at++) {
      const unit = bytes[at] as number;
      if (unit > ASCII_MAX) return undefined;
      text += String.fromCharCode(unit);
    }
    return text;
  }

  code(name: string, _value: number, names: readonly string[]): number {
    const value = this.u8(name, 0);
    if (names[value] === undefined) throw new CodecError(`${name}: ${value} names nothing`);
    return value;
  }

  #length(name: string): number {
    const count = this.u32(name, 0);
    if (count > LENGTH_MAX) throw new CodecError(`${name}: length ${count} is absurd`);
    return count;
  }

  list<T>(name: string, items: T[], blank: () => T, walk: (io: FieldIo, item: T) => void): T[] {
    const count = this.#length(name);
    items.length = 0;
    for (let i = 0; i < count; i++) {
      const item = blank();
      walk(this, item);
      items.push(item);
    }
    return items;
  }

  scalars<T>(name: string, items: T[], blank: T, visit: (io: FieldIo, item: T) => T): T[] {
    const count = this.#length(name);
    items.length = 0;
    for (let i = 0; i < count; i++) items.push(visit(this, blank));
    return items;
  }

  whole(structure: Kept): void {
    structure.written = undefined;
    structure.walkFields(this);
  }

  keptList<T>(name: string, items: T[], blank: () => T, walk: (io: FieldIo, item: T) => void): T[] {
    return this.list(name, items, blank, walk);
  }
}

/** Anything whose whole state one walk can save, restore and hash. */
export interface Walkable {
  walk(io: FieldIo): void;
}
