import type { FieldIo, Walkable } from '../../model/codec.ts';
import type { Side } from '../../model/order.ts';
import type { Opening } from '../../model/reconciliation.ts';
import type { Quantity } from '../../model/units.ts';
import type { Account } from './account.ts';

/**
 * Where the books of an account begin (X27). A venue with a dense log tells of a past that is not
 * ours: until an opening says from which cursor on its facts are to be booked, they wait. Elsewhere
 * the account begins as it is configured, and all that is told is booked.
 */
export class Beginning implements Walkable {
  /** The books are open: facts are booked. */
  isOpen = false;
  /** What stood at the broker already, in words; empty once it was taken over by name. */
  found = '';

  constructor(hasLog: boolean) {
    this.isOpen = !hasLog;
  }

  /** Are the books to be opened with it? */
  takes({ snapshot }: Opening): boolean {
    return !this.isOpen && snapshot.complete;
  }

  /** Opens the books. What is held is no strategy's, and nothing of it profit or loss. */
  open({ snapshot, lots }: Opening, account: Account): void {
    this.isOpen = true;
    account.open(snapshot.balance);
    for (const { instrument, quantity, price, venueTime } of lots) {
      account.applyExternalFill(instrument, {
        side: (quantity > 0 ? 1 : -1) as Side,
        quantity: Math.abs(quantity) as Quantity,
        price,
        time: venueTime,
        decision: { strategy: 0, instrument, number: 0 },
        stopDistance: -1,
      });
    }
    const [positions, orders] = [snapshot.positions.length, snapshot.openOrders.length];
    this.found = positions + orders === 0 ? '' : `${positions} positions, ${orders} open orders`;
  }

  /** An operator took over what was found. */
  adopted(): void {
    this.found = '';
  }

  walk(io: FieldIo): void {
    this.isOpen = io.bool('booksOpen', this.isOpen);
    this.found = io.text('foundAtOpening', this.found);
  }
}
