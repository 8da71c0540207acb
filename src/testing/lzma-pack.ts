import { createRequire } from 'node:module';

type Compress = (bytes: Uint8Array, mode?: 1 | 5 | 9) => Uint8Array;

function isPacker(value: unknown): value is { readonly compress: Compress } {
  return typeof value === 'object' && value !== null && 'compress' in value;
}

/**
 * Packs LZMA by an implementation that is not ours. It is not imported, since what it gives as its
 * types are its own sources, which the compiler would hold to our rules.
 */
export function packLzma(bytes: Uint8Array, mode: 1 | 5 | 9 = 1): Uint8Array {
  const packer: unknown = createRequire(import.meta.url)('lzma1');
  if (!isPacker(packer)) throw new TypeError('lzma1 has no compress');
  return packer.compress(bytes, mode);
}
