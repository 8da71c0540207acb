/** What the process that runs the tests tells the one that watches it, one message an event. */
export type TestMessage =
  | { readonly kind: 'started'; readonly id: number; readonly title: string }
  | { readonly kind: 'ended'; readonly id: number }
  | { readonly kind: 'passed' }
  | { readonly kind: 'skipped' }
  | { readonly kind: 'failed'; readonly title: string; readonly error: string }
  | { readonly kind: 'left-open'; readonly resources: readonly string[] }
  | { readonly kind: 'done' };

/** What the watcher sets, as JSON in the first argument; the rest are the test files. */
export interface ChildOptions {
  readonly testTimeoutMs: number;
  readonly idleMs: number;
}
