import { BAD } from './bad-rows.ts';

const SYMBOL_BYTES_MAX = 64;

/** What of a name counts: letters and digits, in upper case. */
function essenceOf(name: string): string {
  return name.toUpperCase().replace(/[^A-Z0-9]/g, '');
}

/** A column that must name the instrument: `EUR/USD`, `eurusd` and `EUR_USD` all are `EURUSD`. */
export class SymbolField {
  readonly #essence: string;
  /** The field as it was last found good: most rows repeat it. */
  #known: Uint8Array = new Uint8Array(0);

  constructor(symbol: string) {
    this.#essence = essenceOf(symbol);
  }

  /** The field in [from, to): `to`, or {@link BAD}. */
  parse(bytes: Uint8Array, from: number, to: number): number {
    const known = this.#known;
    let same = to - from === known.length && to > from;
    for (let i = 0; same && i < known.length; i += 1) same = bytes[from + i] === known[i];
    if (same) return to;
    if (to - from > SYMBOL_BYTES_MAX) return BAD.other_symbol;
    const name = String.fromCharCode(...bytes.subarray(from, to));
    if (essenceOf(name) !== this.#essence) return BAD.other_symbol;
    this.#known = bytes.slice(from, to);
    return to;
  }
}
