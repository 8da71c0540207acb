/**
 * p-values adjusted for the number of tests, in their order: the k-th smallest of m times
 * m − k + 1, never below the one before it, at most 1. Source: Holm, "A Simple Sequentially
 * Rejective Multiple Test Procedure", Scandinavian Journal of Statistics 6 (1979).
 */
export function holm(pValues: readonly number[]): readonly number[] {
  const order = pValues.map((_, i) => i).sort((a, b) => (pValues[a] ?? 0) - (pValues[b] ?? 0));
  const adjusted = pValues.map(() => 0);
  let least = 0;
  order.forEach((place, k) => {
    least = Math.max(least, Math.min(1, (pValues[place] ?? 0) * (pValues.length - k)));
    adjusted[place] = least;
  });
  return adjusted;
}
