import { type ByteSource, openBytes } from './byte-source.ts';
import { FileOpening } from './file-start.ts';
import { LineChunks } from './line-chunks.ts';
import type { TextFormat } from './quote-format.ts';
import { type FileStart, lineTooLong } from './row-judge.ts';
import type { ZoneClock } from './zone-clock.ts';

/** What opening a file of text takes. */
export interface TextFile {
  readonly file: string;
  readonly format: TextFormat;
  readonly clock: ZoneClock;
  /** Glob of the entry in a zip. */
  readonly entry: string | undefined;
  readonly chunkBytes: number | undefined;
}

/**
 * The lines of one file from its first row on, a chunk at a time. Close it, whatever happens.
 * Throws `DataError` as the opening of files and archives does.
 */
export class TextRows {
  readonly #file: string;
  readonly #source: ByteSource;
  readonly #chunks: LineChunks;
  readonly #opening: FileOpening;
  #at = 0;
  #start: FileStart | undefined;

  private constructor(source: ByteSource, { file, format, clock, chunkBytes }: TextFile) {
    this.#file = file;
    this.#source = source;
    this.#chunks = new LineChunks(source, chunkBytes);
    this.#opening = new FileOpening(format, file, clock);
  }

  static async open(file: TextFile): Promise<TextRows> {
    return new TextRows(await openBytes(file.file, file.entry), file);
  }

  /** The lines at hand are `bytes[at … to-1]`; valid until the next call of {@link next}. */
  get bytes(): Uint8Array {
    return this.#chunks.bytes;
  }

  get at(): number {
    return this.#at;
  }

  get to(): number {
    return this.#chunks.to;
  }

  get endsWithNewline(): boolean {
    return this.#chunks.endsWithNewline;
  }

  /** Share of the file read from disk so far, 0 to 1. */
  get share(): number {
    return this.#source.share;
  }

  /** Finds the first row: what must be known before it is parsed. Throws where there is none. */
  async begin(): Promise<FileStart> {
    while (await this.#chunks.next()) {
      this.#at = this.#opening.findRow(this.#chunks);
      if (this.#at === -1) continue;
      this.#start = this.#opening.start(this.#source.entry);
      return this.#start;
    }
    this.#checkLength(this.#opening.lines);
    throw this.#opening.noRow();
  }

  /** The next lines; false at the end. `lines` is the number of lines parsed before them. */
  async next(lines: number): Promise<boolean> {
    const more = await this.#chunks.next();
    if (!more) this.#checkLength(lines);
    this.#at = this.#chunks.from;
    return more;
  }

  #checkLength(lines: number): void {
    if (this.#chunks.tooLong) throw lineTooLong(this.#file, lines + 1);
  }

  async close(): Promise<void> {
    await this.#chunks.close();
  }
}
