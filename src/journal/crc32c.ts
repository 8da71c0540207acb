/**
 * CRC-32C (Castagnoli polynomial 0x1EDC6F41, reflected 0x82F63B78; RFC 3720, appendix B.4),
 * sixteen bytes a step over as many tables ("slicing", Kounavis and Berry, Intel 2005). The crc32
 * of Node's zlib is the other polynomial.
 */
const POLYNOMIAL = 0x82f63b78;
const SLICES = 16;

/** Table `s` is at `256 × s`: the checksum of a byte that `s` zero bytes follow. */
const TABLES = makeTables();

function makeTables(): Int32Array {
  const tables = new Int32Array(256 * SLICES);
  for (let byte = 0; byte < 256; byte += 1) {
    let crc = byte;
    for (let bit = 0; bit < 8; bit += 1) crc = (crc >>> 1) ^ (crc & 1 ? POLYNOMIAL : 0);
    tables[byte] = crc;
  }
  for (let at = 256; at < tables.length; at += 1) {
    const shorter = tables[at - 256] as number;
    tables[at] = (shorter >>> 8) ^ (tables[shorter & 0xff] as number);
  }
  return tables;
}

/** CRC-32C of `bytes[from … to − 1]`, as an unsigned 32-bit number. */
export function crc32c(bytes: Uint8Array, from = 0, to = bytes.length): number {
  return crc32cOf(new DataView(bytes.buffer, bytes.byteOffset, bytes.length), from, to);
}

/** {@link crc32c} of what a view shows: for callers that have one, since making it costs. */
export function crc32cOf(view: DataView, from: number, to: number): number {
  const t = TABLES;
  let crc = -1;
  let at = from;
  for (const whole = to - 15; at < whole; at += 16) {
    const b = view.getInt32(at + 4, true);
    const c = view.getInt32(at + 8, true);
    const d = view.getInt32(at + 12, true);
    // First what does not wait for the step before: the processor then works on two steps at once.
    const rest = slice(t, 2048, b) ^ slice(t, 1024, c) ^ slice(t, 0, d);
    crc = slice(t, 3072, crc ^ view.getInt32(at, true)) ^ rest;
  }
  for (const whole = to - 3; at < whole; at += 4) {
    crc = slice(t, 0, crc ^ view.getInt32(at, true));
  }
  for (; at < to; at += 1) {
    crc = (crc >>> 8) ^ (t[(crc ^ view.getUint8(at)) & 0xff] as number);
  }
  return ~crc >>> 0;
}

/** Four bytes over the four tables from `base`: the first byte is followed by the most zeros. */
function slice(t: Int32Array, base: number, word: number): number {
  return (
    (t[base + 768 + (word & 0xff)] as number) ^
    (t[base + 512 + ((word >>> 8) & 0xff)] as number) ^
    ((t[base + 256 + ((word >>> 16) & 0xff)] as number) ^ (t[base + (word >>> 24)] as number))
  );
}
