/**
 * A failed assertion is a bug in this engine, never a condition of the market, the venue or the
 * user's input. It stops the process; the next start recovers from what is on disk.
 */
export class AssertionFailed extends Error {
  readonly code = 'ASSERTION_FAILED';
  override readonly name = 'AssertionFailed';
}

/** Throws {@link AssertionFailed} unless `condition` holds. */
export function assert(condition: boolean, message: string): asserts condition {
  if (!condition) throw new AssertionFailed(message);
}

/** Ends an exhaustive `switch`: the compiler proves that no case is left. */
export function unreachable(value: never): never {
  throw new AssertionFailed(`unreachable: ${String(value)}`);
}

/** The value, asserted to be present: for look-ups whose absence would be a bug. */
export function present<T>(value: T | undefined, what: string): T {
  if (value === undefined) throw new AssertionFailed(`missing: ${what}`);
  return value;
}
