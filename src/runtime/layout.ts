import type { KernelConfig } from '../kernel/config.ts';

/** What the layout of the book depends on: a book of one layout cannot be read with another. */
export function bookLayout({ account, instruments, strategies, venue }: KernelConfig): string {
  return JSON.stringify({
    account: [account.currency, account.decimals, account.costBasis],
    instruments: instruments.map(({ symbol }) => symbol),
    strategies: strategies.map(({ id }) => id),
    venue: venue.id,
  });
}

/** What the layout of the strategies' state depends on. */
export function strategiesLayout({ strategies }: KernelConfig): string {
  return JSON.stringify(
    strategies.map(({ id, definition }) => [id, definition.name, definition.version]),
  );
}
