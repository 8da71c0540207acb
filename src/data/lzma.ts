/**
 * Unpacks the legacy LZMA container (`.lzma`, 13 bytes of header): one stream, no checksum. It is
 * written for files that are not to be trusted: every byte of input is accounted for, so that a
 * stream that was cut or has something after it is an error and never other data; and output has a
 * bound. Source of the format: "LZMA specification", I. Pavlov, 2015 (public domain).
 */

/** Why bytes are no whole LZMA stream, as a sentence. */
export class LzmaError extends Error {
  readonly code = 'LZMA_INVALID';
  override readonly name = 'LzmaError';
}

const HEADER_BYTES = 13;
const UNKNOWN_SIZE = 0xffff_ffff_ffff_ffffn;
/** Literal context and position bits together, as every known encoder keeps to it. */
const LITERAL_BITS_MAX = 4;
const DICTIONARY_MIN = 4096;
const FIRST_OUTPUT_BYTES = 65_536;

const TOP = 2 ** 24;
const ONE_BYTE = 256;
const RANGE_MAX = 2 ** 32 - 1;
const PROBABILITY_BITS = 11;
const PROBABILITY_ONE = 1 << PROBABILITY_BITS;
const MOVE_BITS = 5;

const STATES = 12;
const POSITION_STATES = 16;
const LENGTH_MIN = 2;
const LENGTH_STATES = 4;
const LITERAL_CODER = 0x300;
const DISTANCE_MODELS = 114;

/** Where each model lies among the probabilities. */
const LENGTH_SIZE = 2 + POSITION_STATES * 16 + 256;
const IS_MATCH = 0;
const IS_REPEAT = IS_MATCH + STATES * POSITION_STATES;
const IS_REPEAT_0 = IS_REPEAT + STATES;
const IS_REPEAT_1 = IS_REPEAT_0 + STATES;
const IS_REPEAT_2 = IS_REPEAT_1 + STATES;
const IS_REPEAT_0_LONG = IS_REPEAT_2 + STATES;
const DISTANCE_SLOT = IS_REPEAT_0_LONG + STATES * POSITION_STATES;
const DISTANCE = DISTANCE_SLOT + LENGTH_STATES * 64;
const ALIGN = DISTANCE + DISTANCE_MODELS;
const MATCH_LENGTH = ALIGN + 16;
const REPEAT_LENGTH = MATCH_LENGTH + LENGTH_SIZE;
const LITERAL = REPEAT_LENGTH + LENGTH_SIZE;

/** A distance of all ones marks the end. */
const END_MARK = 0xffff_ffff;

interface Header {
  readonly literalContextBits: number;
  readonly literalPositionBits: number;
  readonly positionBits: number;
  readonly dictionaryBytes: number;
  /** Undefined where an end mark tells. */
  readonly size: number | undefined;
}

function readHeader(bytes: Uint8Array, sizeMax: number): Header {
  if (bytes.length < HEADER_BYTES) throw new LzmaError('shorter than its header');
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const properties = view.getUint8(0);
  const literalContextBits = properties % 9;
  const literalPositionBits = Math.floor(properties / 9) % 5;
  const positionBits = Math.floor(properties / 45);
  const literalBits = literalContextBits + literalPositionBits;
  if (positionBits > 4 || literalBits > LITERAL_BITS_MAX) {
    throw new LzmaError('its first bytes are no LZMA header');
  }
  const declared = view.getBigUint64(5, true);
  if (declared !== UNKNOWN_SIZE && declared > BigInt(sizeMax)) {
    throw new LzmaError(`declares ${declared} bytes of content, at most ${sizeMax} are read`);
  }
  return {
    literalContextBits,
    literalPositionBits,
    positionBits,
    dictionaryBytes: Math.max(view.getUint32(1, true), DICTIONARY_MIN),
    size: declared === UNKNOWN_SIZE ? undefined : Number(declared),
  };
}

class LzmaDecoder {
  readonly #bytes: Uint8Array;
  readonly #header: Header;
  readonly #sizeMax: number = 0;
  readonly #models: Uint16Array;
  #output: Uint8Array;
  #at = HEADER_BYTES;
  #size = 0;
  #range = RANGE_MAX;
  #code = 0.5;

  constructor(bytes: Uint8Array, sizeMax: number) {
    this.#bytes = bytes;
    this.#sizeMax = sizeMax;
    this.#header = readHeader(bytes, sizeMax);
    const { size, literalContextBits, literalPositionBits } = this.#header;
    const literals = LITERAL_CODER << (literalContextBits + literalPositionBits);
    this.#models = new Uint16Array(LITERAL + literals).fill(PROBABILITY_ONE >> 1);
    this.#output = new Uint8Array(size ?? Math.min(sizeMax, FIRST_OUTPUT_BYTES));
  }

  run(): Uint8Array {
    if (this.#nextByte() !== 0) throw new LzmaError('its stream does not begin with 0');
    this.#code = 0;
    for (let i = 0; i < 4; i += 1) this.#code = this.#code * ONE_BYTE + this.#nextByte();
    if (this.#code === RANGE_MAX) throw new LzmaError('it is damaged at its start');
    this.#symbols();
    if (this.#code !== 0) throw new LzmaError('it is damaged: it does not end as it should');
    if (this.#at !== this.#bytes.length) {
      throw new LzmaError(`${this.#bytes.length - this.#at} bytes follow its end`);
    }
    return this.#output.subarray(0, this.#size);
  }

  #nextByte(): number {
    if (this.#at >= this.#bytes.length) throw new LzmaError('it is truncated');
    const byte = this.#bytes[this.#at] as number;
    this.#at += 1;
    return byte;
  }

  #shift(): void {
    this.#range *= ONE_BYTE;
    this.#code = this.#code * ONE_BYTE + this.#nextByte();
  }

  #bit(model: number): number {
    const models = this.#models;
    const probability = models[model] as number;
    const bound = (this.#range >>> PROBABILITY_BITS) * probability;
    let bit = 0;
    if (this.#code < bound) {
      this.#range = bound;
      models[model] = probability + ((PROBABILITY_ONE - probability) >> MOVE_BITS);
    } else {
      this.#range -= bound;
      this.#code -= bound;
      models[model] = probability - (probability >> MOVE_BITS);
      bit = 1;
    }
    if (this.#range < TOP) this.#shift();
    return bit;
  }

  #tree(model: number, bits: number): number {
    let node = 1;
    for (let i = 0; i < bits; i += 1) node = (node << 1) | this.#bit(model + node);
    return node - (1 << bits);
  }

  #reverseTree(model: number, bits: number): number {
    let node = 1;
    let value = 0;
    for (let i = 0; i < bits; i += 1) {
      const bit = this.#bit(model + node);
      node = (node << 1) | bit;
      value |= bit << i;
    }
    return value;
  }

  #directBits(bits: number): number {
    let value = 0;
    for (let i = 0; i < bits; i += 1) {
      this.#range >>>= 1;
      const bit = this.#code >= this.#range ? 1 : 0;
      if (bit === 1) this.#code -= this.#range;
      value = value * 2 + bit;
      if (this.#range < TOP) this.#shift();
    }
    return value;
  }

  #length(model: number, positionState: number): number {
    if (this.#bit(model) === 0) return LENGTH_MIN + this.#tree(model + 2 + positionState * 8, 3);
    const middle = model + 2 + POSITION_STATES * 8;
    if (this.#bit(model + 1) === 0) {
      return LENGTH_MIN + 8 + this.#tree(middle + positionState * 8, 3);
    }
    return LENGTH_MIN + 16 + this.#tree(middle + POSITION_STATES * 8, 8);
  }

  #distance(length: number): number {
    const lengthState = Math.min(length - LENGTH_MIN, LENGTH_STATES - 1);
    const slot = this.#tree(DISTANCE_SLOT + lengthState * 64, 6);
    if (slot < 4) return slot;
    const bits = (slot >> 1) - 1;
    const high = (2 | (slot & 1)) * 2 ** bits;
    if (slot < 14) return high + this.#reverseTree(DISTANCE + high - slot - 1, bits);
    return high + this.#directBits(bits - 4) * 16 + this.#reverseTree(ALIGN, 4);
  }

  #literal(state: number, distance: number): void {
    const { literalContextBits, literalPositionBits } = this.#header;
    const size = this.#size;
    const output = this.#output;
    const before = size === 0 ? 0 : (output[size - 1] as number);
    const position = size & ((1 << literalPositionBits) - 1);
    const context = (position << literalContextBits) + (before >> (8 - literalContextBits));
    const model = LITERAL + LITERAL_CODER * context;
    let node = 1;
    if (state >= 7) {
      // After a match the byte that would have continued it is a good guess.
      let guess = output[size - distance - 1] as number;
      while (node < 0x100) {
        const guessed = (guess >> 7) & 1;
        guess <<= 1;
        const bit = this.#bit(model + ((1 + guessed) << 8) + node);
        node = (node << 1) | bit;
        if (guessed !== bit) break;
      }
    }
    while (node < 0x100) node = (node << 1) | this.#bit(model + node);
    output[size] = node & 0xff;
    this.#size = size + 1;
  }

  /** Makes room for `more` bytes. */
  #grow(more: number): void {
    const needed = this.#size + more;
    if (needed <= this.#output.length) return;
    if (this.#header.size !== undefined) throw new LzmaError('it holds more than it declares');
    if (needed > this.#sizeMax)
      throw new LzmaError(`it unpacks to more than ${this.#sizeMax} bytes`);
    const larger = new Uint8Array(
      Math.min(this.#sizeMax, Math.max(2 * this.#output.length, needed)),
    );
    larger.set(this.#output);
    this.#output = larger;
  }

  #copy(distance: number, length: number): void {
    if (distance >= this.#size || distance >= this.#header.dictionaryBytes) {
      throw new LzmaError('it is damaged: it reaches back too far');
    }
    this.#grow(length);
    const output = this.#output;
    const from = this.#size - distance - 1;
    const to = this.#size;
    for (let i = 0; i < length; i += 1) output[to + i] = output[from + i] as number;
    this.#size = to + length;
  }

  /** Everything up to the end mark or the declared size. */
  #symbols(): void {
    const positionMask = (1 << this.#header.positionBits) - 1;
    let state = 0;
    let [d0, d1, d2, d3] = [0, 0, 0, 0];
    for (;;) {
      // A declared size may be followed by an end mark all the same.
      if (this.#size === this.#header.size && this.#code === 0) return;
      const positionState = this.#size & positionMask;
      if (this.#bit(IS_MATCH + (state << 4) + positionState) === 0) {
        this.#grow(1);
        this.#literal(state, d0);
        state = state < 4 ? 0 : state < 10 ? state - 3 : state - 6;
        continue;
      }
      let length = 1;
      if (this.#bit(IS_REPEAT + state) === 0) {
        [d3, d2, d1] = [d2, d1, d0];
        length = this.#length(MATCH_LENGTH, positionState);
        d0 = this.#distance(length);
        if (d0 === END_MARK) break;
        state = state < 7 ? 7 : 10;
      } else if (this.#bit(IS_REPEAT_0 + state) === 1) {
        let distance = d1;
        if (this.#bit(IS_REPEAT_1 + state) === 1) {
          distance = d2;
          if (this.#bit(IS_REPEAT_2 + state) === 1) {
            distance = d3;
            d3 = d2;
          }
          d2 = d1;
        }
        d1 = d0;
        d0 = distance;
        length = this.#length(REPEAT_LENGTH, positionState);
        state = state < 7 ? 8 : 11;
      } else if (this.#bit(IS_REPEAT_0_LONG + (state << 4) + positionState) === 1) {
        length = this.#length(REPEAT_LENGTH, positionState);
        state = state < 7 ? 8 : 11;
      } else {
        state = state < 7 ? 9 : 11;
      }
      this.#copy(d0, length);
    }
    if (this.#header.size !== undefined && this.#size < this.#header.size) {
      throw new LzmaError(
        `it ends after ${this.#size} of the ${this.#header.size} bytes it declares`,
      );
    }
  }
}

/** The content of a whole stream, at most `sizeMax` bytes. Throws {@link LzmaError}. */
export function unpackLzma(bytes: Uint8Array, sizeMax: number): Uint8Array {
  return new LzmaDecoder(bytes, sizeMax).run();
}
