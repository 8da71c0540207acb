import type { FieldIo, Kept } from '../model/codec.ts';

/** Where the filler takes its values from: one method a scalar kind. */
export interface FieldSource {
  bool(name: string): boolean;
  /** An integer in `min … max`, both safe. */
  int(name: string, min: number, max: number): number;
  big(name: string): bigint;
  float(name: string): number;
  text(name: string): string;
}

/**
 * "Reads" a structure from a source of values instead of bytes: whatever a walk visits is filled.
 * So a test can make any instance of any record without knowing its fields.
 */
export class FieldFiller implements FieldIo {
  readonly reading = true;
  readonly #source: FieldSource;

  constructor(source: FieldSource) {
    this.#source = source;
  }

  bool(name: string, _value: boolean): boolean {
    return this.#source.bool(name);
  }
  u8(name: string, _value: number): number {
    return this.#source.int(name, 0, 0xff);
  }
  u16(name: string, _value: number): number {
    return this.#source.int(name, 0, 0xffff);
  }
  u32(name: string, _value: number): number {
    return this.#source.int(name, 0, 0xffff_ffff);
  }
  int(name: string, _value: number): number {
    return this.#source.int(name, Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER);
  }
  big(name: string, _value: bigint): bigint {
    return this.#source.big(name);
  }
  float(name: string, _value: number): number {
    return this.#source.float(name);
  }
  text(name: string, _value: string): string {
    return this.#source.text(name);
  }
  code(name: string, _value: number, names: readonly string[]): number {
    return this.#source.int(name, 0, names.length - 1);
  }

  list<T>(name: string, items: T[], blank: () => T, walk: (io: FieldIo, item: T) => void): T[] {
    items.length = 0;
    for (let left = this.#source.int(name, 0, 3); left > 0; left--) {
      const item = blank();
      walk(this, item);
      items.push(item);
    }
    return items;
  }

  scalars<T>(name: string, items: T[], blank: T, visit: (io: FieldIo, item: T) => T): T[] {
    items.length = 0;
    for (let left = this.#source.int(name, 0, 3); left > 0; left--) items.push(visit(this, blank));
    return items;
  }

  whole(structure: Kept): void {
    structure.walkFields(this);
  }

  keptList<T>(name: string, items: T[], blank: () => T, walk: (io: FieldIo, item: T) => void): T[] {
    return this.list(name, items, blank, walk);
  }
}

/** A value that follows from the field's name and how often it came: the same on every run. */
export class NamedSource implements FieldSource {
  readonly #seen = new Map<string, number>();

  /** Distinct for distinct names, so that fields that change places change the bytes. */
  #number(name: string): number {
    const seen = this.#seen.get(name) ?? 0;
    this.#seen.set(name, seen + 1);
    let hash = 7 + seen;
    for (const character of name) hash = (hash * 31 + (character.codePointAt(0) ?? 0)) % 1_000_003;
    return hash;
  }

  bool(name: string): boolean {
    return this.#number(name) % 2 === 1;
  }
  int(name: string, min: number, max: number): number {
    const value = this.#number(name);
    if (min < 0) {
      // A third of them beyond 32 bits; still safe integers.
      const wide = value % 3 === 0 ? value * 4_294_967_311 : value;
      return value % 2 === 0 ? wide : -wide;
    }
    return min + (value % (max - min + 1));
  }
  big(name: string): bigint {
    const value = BigInt(this.#number(name));
    return (value % 2n === 0n ? value : -value) * 10n ** 20n;
  }
  float(name: string): number {
    return this.#number(name) + 0.5;
  }
  text(name: string): string {
    return `${name} é ${this.#number(name)}`;
  }
}
