import { assert } from '../../model/assert.ts';
import type { Side } from '../../model/order.ts';
import type { Money, Quantity } from '../../model/units.ts';
import { type LedgerFact, LedgerKind } from '../../model/venue.ts';
import type { Account } from './account.ts';

/** Books a fact of the broker's ledger on the account: money as stated, positions as external. */
export function bookLedger(account: Account, fact: LedgerFact): void {
  switch (fact.fact) {
    case LedgerKind.financing:
      account.bookFinancing(fact.amount);
      return;
    case LedgerKind.fee:
    case LedgerKind.adjustment:
      account.bookOtherCash(fact.amount, false);
      return;
    case LedgerKind.transfer:
      account.bookOtherCash(fact.amount, true);
      return;
    case LedgerKind.foreignFill:
    case LedgerKind.marginCloseout:
      bookForeignFill(account, fact);
      return;
    default:
      // The rest carries no position of its own; what money it moves is booked as stated.
      if (fact.amount !== 0n) account.bookOtherCash(fact.amount, false);
  }
}

function bookForeignFill(account: Account, fact: LedgerFact): void {
  const { hasInstrument, quantity, instrument } = fact;
  assert(hasInstrument && quantity !== 0, 'a foreign fill names instrument and quantity');
  account.applyExternalFill(instrument, {
    side: (quantity > 0 ? 1 : -1) as Side,
    quantity: Math.abs(quantity) as Quantity,
    price: fact.price,
    time: fact.venueTime,
    decision: { strategy: 0, instrument, number: 0 },
    stopDistance: -1,
  });
  if (fact.amount !== 0n) account.bookTrade(fact.amount, 0n as Money);
}
