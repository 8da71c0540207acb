import { US_PER_DAY } from '../model/time.ts';
import { columnRoles } from './column-roles.ts';
import { DataError } from './data-error.ts';
import { dayOfFileName } from './file-date.ts';
import type { LineChunks } from './line-chunks.ts';
import type { TextFormat } from './quote-format.ts';
import type { FileStart } from './row-judge.ts';
import type { ZoneClock } from './zone-clock.ts';

const LF = 10;
const CR = 13;
const UTF8_MARK: readonly number[] = [0xef, 0xbb, 0xbf];

/** What a text must not begin with, and what it then is. */
const FOREIGN_STARTS: readonly (readonly [readonly number[], string])[] = [
  [[0xff, 0xfe], 'UTF-16 text; only UTF-8 and ASCII are read'],
  [[0xfe, 0xff], 'UTF-16 text; only UTF-8 and ASCII are read'],
  [[0x1f, 0x8b], 'gzip data, but the name does not end with .gz'],
  [[0x50, 0x4b, 0x03, 0x04], 'a zip, but the name does not end with .zip'],
];

function startsWith(bytes: Uint8Array, from: number, mark: readonly number[]): boolean {
  return mark.every((byte, index) => bytes[from + index] === byte);
}

/** Position after a UTF-8 mark, if there is one. Throws for bytes that are no text of ours. */
function afterMark(bytes: Uint8Array, from: number, file: string): number {
  for (const [mark, what] of FOREIGN_STARTS) {
    if (startsWith(bytes, from, mark))
      throw new DataError('DATA_FORMAT', `this is ${what}`, { file });
  }
  return startsWith(bytes, from, UTF8_MARK) ? from + UTF8_MARK.length : from;
}

/**
 * The beginning of a file, up to its first row: byte order mark, blank lines, header. It may be
 * spread over several chunks.
 */
export class FileOpening {
  readonly #format: TextFormat;
  readonly #file: string;
  readonly #clock: ZoneClock;
  #roles: Uint8Array | undefined;
  #lines = 0;
  #first = true;

  constructor(format: TextFormat, file: string, clock: ZoneClock) {
    this.#format = format;
    this.#file = file;
    this.#clock = clock;
  }

  /** Lines passed so far. */
  get lines(): number {
    return this.#lines;
  }

  /** Position of the first row in these lines, or −1 when they end before it. */
  findRow(chunks: LineChunks): number {
    const { bytes, to } = chunks;
    let at = this.#first ? afterMark(bytes, chunks.from, this.#file) : chunks.from;
    this.#first = false;
    while (at < to) {
      const lineEnd = bytes.indexOf(LF, at);
      const textEnd = lineEnd > at && bytes[lineEnd - 1] === CR ? lineEnd - 1 : lineEnd;
      if (textEnd > at) {
        if (this.#roles !== undefined) return at;
        const first = { bytes: bytes.subarray(at, textEnd), line: this.#lines + 1 };
        this.#roles = columnRoles(this.#format, first, this.#file);
        if (!this.#format.header) return at;
      }
      this.#lines += 1;
      at = lineEnd + 1;
    }
    return -1;
  }

  /** What the parser must know, once the first row is found. */
  start(entry: string | undefined): FileStart {
    const { fileDate, filePeriod } = this.#format;
    const day = fileDate === undefined ? 0 : dayOfFileName(fileDate, this.#file);
    const dayWallUs = day * US_PER_DAY;
    const bounded = filePeriod === 'day';
    return {
      file: this.#file,
      entry,
      roles: this.#roles ?? new Uint8Array(1),
      dayWallUs,
      periodFrom: bounded ? this.#clock.startOfDay(dayWallUs) : Number.NEGATIVE_INFINITY,
      periodTo: bounded ? this.#clock.startOfDay(dayWallUs + US_PER_DAY) : Number.POSITIVE_INFINITY,
      linesBefore: this.#lines,
    };
  }

  /** For a file that ended before a row. */
  noRow(): DataError {
    const reason = this.#roles === undefined ? 'the file holds nothing' : 'no row after the header';
    return new DataError('DATA_EMPTY', reason, { file: this.#file });
  }
}
