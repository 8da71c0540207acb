import { present } from './assert.ts';
import type { FieldIo, Kept } from './codec.ts';

/** A JSON-safe rendering of what a walk visits: integers beyond 2^53 and money as strings. */
export type PrintedValue =
  | string
  | number
  | boolean
  | readonly PrintedValue[]
  | { readonly [name: string]: PrintedValue };

/** Collects a walk's fields by name, for people and for JSON exports. */
export class Printer implements FieldIo {
  readonly reading = false;
  #fields: [string, PrintedValue][] = [];

  get value(): PrintedValue {
    return Object.fromEntries(this.#fields);
  }

  #put<T>(name: string, value: T, printed: PrintedValue): T {
    this.#fields.push([name, printed]);
    return value;
  }

  bool(name: string, value: boolean): boolean {
    return this.#put(name, value, value);
  }
  u8(name: string, value: number): number {
    return this.#put(name, value, value);
  }
  u16(name: string, value: number): number {
    return this.#put(name, value, value);
  }
  u32(name: string, value: number): number {
    return this.#put(name, value, value);
  }
  int(name: string, value: number): number {
    return this.#put(name, value, value);
  }
  big(name: string, value: bigint): bigint {
    return this.#put(name, value, value.toString());
  }
  float(name: string, value: number): number {
    return this.#put(name, value, value);
  }
  text(name: string, value: string): string {
    return this.#put(name, value, value);
  }
  code(name: string, value: number, names: readonly string[]): number {
    return this.#put(name, value, present(names[value], name));
  }
  list<T>(name: string, items: T[], _blank: () => T, walk: (io: FieldIo, item: T) => void): T[] {
    const printed = items.map((item) => {
      const inner = new Printer();
      walk(inner, item);
      return inner.value;
    });
    return this.#put(name, items, printed);
  }
  scalars<T>(name: string, items: T[], _blank: T, visit: (io: FieldIo, item: T) => T): T[] {
    const printed = items.map((item) => {
      const inner = new Printer();
      visit(inner, item);
      return inner.#fields[0]?.[1] ?? '';
    });
    return this.#put(name, items, printed);
  }
  whole(structure: Kept): void {
    structure.walkFields(this);
  }
  keptList<T>(name: string, items: T[], blank: () => T, walk: (io: FieldIo, item: T) => void): T[] {
    return this.list(name, items, blank, walk);
  }
}
