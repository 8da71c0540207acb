import { assert } from '../../model/assert.ts';
import type { Side } from '../../model/order.ts';
import type { Money, Quantity } from '../../model/units.ts';
import { type LedgerFact, LedgerKind } from '../../model/venue.ts';
import type { Account } from './account.ts';
import type { PositionFill } from './position.ts';

/**
 * Books a fact of the broker's ledger on the account: money as stated. What nobody here ordered is
 * an external position; a fill that is taken back or corrected was ours, and so is what it moves.
 */
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
      assert(movesPosition(fact), 'a foreign fill names instrument and quantity');
      account.applyExternalFill(fact.instrument, positionFill(fact));
      bookProfit(account, fact);
      return;
    case LedgerKind.fillBust:
    case LedgerKind.fillCorrection:
      if (movesPosition(fact)) account.applyFill(fact.instrument, positionFill(fact));
      bookProfit(account, fact);
      return;
    default:
      // The rest carries no position of its own; what money it moves is booked as stated.
      if (fact.amount !== 0n) account.bookOtherCash(fact.amount, false);
  }
}

function movesPosition({ hasInstrument, quantity }: LedgerFact): boolean {
  return hasInstrument && quantity !== 0;
}

function bookProfit(account: Account, { amount }: LedgerFact): void {
  if (amount !== 0n) account.bookTrade(amount, 0n as Money);
}

function positionFill({ instrument, quantity, price, venueTime }: LedgerFact): PositionFill {
  return {
    side: (quantity > 0 ? 1 : -1) as Side,
    quantity: Math.abs(quantity) as Quantity,
    price,
    time: venueTime,
    decision: { strategy: 0, instrument, number: 0 },
    stopDistance: -1,
  };
}
