import { StringDecoder } from 'node:string_decoder';

/** Puts a stream together again: its chunks end anywhere, in the middle of a character too. */
export class LineCutter {
  readonly #decoder = new StringDecoder('utf8');
  #rest = '';

  /** Length of what has come of a line that is not whole yet. */
  get restLength(): number {
    return this.#rest.length;
  }

  /** The lines that a chunk makes whole, without those that are blank. */
  take(chunk: Buffer): readonly string[] {
    const lines = (this.#rest + this.#decoder.write(chunk)).split('\n');
    this.#rest = lines.pop() ?? '';
    return lines.filter((line) => line.trim() !== '');
  }
}
