import type { QuoteBlock } from '../src/market/quotes.ts';

/**
 * The floor that the reader is compared with: for exactly `time,bid,ask,bidSize,askSize` with a
 * 13-digit time in ms, prices of one digit and five decimals, whole sizes and LF. No bounds, no
 * signs, no grid, no order, no jump, no counts: wrong text gives wrong numbers.
 */

/** Columns and separators known, widths of the fields not. */
export function parseFixedColumns(
  bytes: Uint8Array,
  from: number,
  to: number,
  block: QuoteBlock,
): number {
  const { time, bid, ask, bidSize, askSize } = block;
  const capacity = time.length;
  let row = block.count;
  let at = from;
  while (at < to && row < capacity) {
    let high = 0;
    const middle = at + 7;
    for (; at < middle; at += 1) high = (Math.imul(high, 10) + (bytes[at] as number) - 48) | 0;
    let low = 0;
    let byte = bytes[at++] as number;
    for (; byte !== 44; byte = bytes[at++] as number) low = (Math.imul(low, 10) + byte - 48) | 0;
    time[row] = (high * 1_000_000 + low) * 1000;
    let value = 0;
    for (byte = bytes[at++] as number; byte !== 44; byte = bytes[at++] as number) {
      if (byte !== 46) value = (Math.imul(value, 10) + byte - 48) | 0;
    }
    bid[row] = value;
    value = 0;
    for (byte = bytes[at++] as number; byte !== 44; byte = bytes[at++] as number) {
      if (byte !== 46) value = (Math.imul(value, 10) + byte - 48) | 0;
    }
    ask[row] = value;
    value = 0;
    for (byte = bytes[at++] as number; byte !== 44; byte = bytes[at++] as number) {
      value = (Math.imul(value, 10) + byte - 48) | 0;
    }
    bidSize[row] = value;
    value = 0;
    for (byte = bytes[at++] as number; byte !== 10; byte = bytes[at++] as number) {
      value = (Math.imul(value, 10) + byte - 48) | 0;
    }
    askSize[row] = value;
    row += 1;
  }
  block.count = row;
  return at;
}

function digits4(bytes: Uint8Array, at: number): number {
  return (
    (bytes[at] as number) * 1000 +
    (bytes[at + 1] as number) * 100 +
    (bytes[at + 2] as number) * 10 +
    (bytes[at + 3] as number) -
    53_328
  );
}

function price7(bytes: Uint8Array, at: number): number {
  return (
    (bytes[at] as number) * 100_000 +
    (bytes[at + 2] as number) * 10_000 +
    digits4(bytes, at + 3) -
    5_280_000
  );
}

/** The same with every width known but those of the sizes: offsets instead of scanning. */
export function parseFixedWidths(
  bytes: Uint8Array,
  from: number,
  to: number,
  block: QuoteBlock,
): number {
  const { time, bid, ask, bidSize, askSize } = block;
  const capacity = time.length;
  let row = block.count;
  let at = from;
  while (at < to && row < capacity) {
    const high = digits4(bytes, at) * 10_000 + digits4(bytes, at + 4);
    const low = digits4(bytes, at + 8) * 10 + (bytes[at + 12] as number) - 48;
    time[row] = (high * 100_000 + low) * 1000;
    bid[row] = price7(bytes, at + 14);
    ask[row] = price7(bytes, at + 22);
    at += 30;
    let value = 0;
    let byte = bytes[at++] as number;
    for (; byte !== 44; byte = bytes[at++] as number) {
      value = (Math.imul(value, 10) + byte - 48) | 0;
    }
    bidSize[row] = value;
    value = 0;
    for (byte = bytes[at++] as number; byte !== 10; byte = bytes[at++] as number) {
      value = (Math.imul(value, 10) + byte - 48) | 0;
    }
    askSize[row] = value;
    row += 1;
  }
  block.count = row;
  return at;
}
