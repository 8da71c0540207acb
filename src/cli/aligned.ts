/**
 * Rows of cells as lines whose columns stand below each other, to the right; the first `texts`
 * columns to the left.
 */
export function aligned(rows: readonly (readonly string[])[], texts = 0): string[] {
  const widths = (rows[0] ?? []).map((_, k) => Math.max(...rows.map((row) => row[k]?.length ?? 0)));
  return rows.map((row) => {
    const cells = row.map((cell, k) =>
      k < texts ? cell.padEnd(widths[k] ?? 0) : cell.padStart(widths[k] ?? 0),
    );
    return `  ${cells.join('  ')}`.trimEnd();
  });
}
