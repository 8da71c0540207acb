import type { FieldIo, Walkable } from '../../model/codec.ts';
import { LEDGER_KINDS, type LedgerFact, LedgerKind } from '../../model/venue.ts';
import { FifoMap } from './fifo-map.ts';

/** Execution ids that are remembered of a venue without a dense log (X36). */
const EXECUTIONS_MAX = 10_000;

/**
 * What a fact of the ledger is remembered by where no log numbers it: an execution by its own id,
 * as a fill is; the rest by kind and reference. Empty where the venue gave none.
 */
export function ledgerId({ fact, reference }: LedgerFact): string {
  if (reference === '') return '';
  const isExecution = fact === LedgerKind.foreignFill || fact === LedgerKind.marginCloseout;
  return isExecution ? reference : `${LEDGER_KINDS[fact]} ${reference}`;
}

/** Executions booked from a venue that has no log, for as long as such a venue looks back. */
export class Executions implements Walkable {
  readonly #ids = new FifoMap<string, string>();

  add(id: string): void {
    this.#ids.add(id, id);
    if (this.#ids.size > EXECUTIONS_MAX) this.#ids.shift();
  }

  has(id: string): boolean {
    return this.#ids.get(id) !== undefined;
  }

  walk(io: FieldIo): void {
    const known = [...this.#ids.values()];
    const ids = io.scalars('executions', known, '', (inner, id) => inner.text('id', id));
    if (!io.reading) return;
    this.#ids.clear();
    for (const id of ids) this.#ids.add(id, id);
  }
}
