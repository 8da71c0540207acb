const MIB = 1024 ** 2;

/** Bytes as a person reads them: `12.3 MiB`. */
export function sizeText(bytes: number): string {
  return `${(bytes / MIB).toFixed(1)} MiB`;
}
