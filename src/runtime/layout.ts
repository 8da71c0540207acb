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

/** Whose the strategies' state is: with other parameters it is another strategy's. */
export function strategiesLayout({ strategies }: KernelConfig): string {
  return JSON.stringify(
    strategies.map(({ id, definition, parameters }) => {
      return [id, definition.name, definition.version, parameters];
    }),
  );
}
