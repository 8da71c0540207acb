import type { Account } from '../../kernel/account/account.ts';
import { divideRounded } from '../../model/arithmetic.ts';
import { present } from '../../model/assert.ts';
import { blankLookUpAnswer, LookUpOutcome, ReadOutcome } from '../../model/doubt.ts';
import {
  InputKind,
  type LogReadInput,
  type LookUpAnswerInput,
  type OpeningInput,
  type SnapshotInput,
} from '../../model/inputs.ts';
import { OrderState } from '../../model/order.ts';
import type { SnapshotOrder, SnapshotPosition } from '../../model/reconciliation.ts';
import type { InstrumentIndex, OrderHandle, Price, TimeUs } from '../../model/units.ts';
import type { SimOrder } from './sim-order.ts';

function stateOf(order: SimOrder): OrderState {
  if (order.filled > 0) return OrderState.partiallyFilled;
  return order.triggered ? OrderState.triggered : OrderState.working;
}

/**
 * What a look-up finds among the working orders. Orders that ended are not kept here: of the rest
 * only the log can tell.
 */
export function lookUpAnswer(
  found: SimOrder | undefined,
  ask: number,
  order: OrderHandle,
  venueTime: TimeUs,
): LookUpAnswerInput {
  const kind = InputKind.lookUpAnswer;
  const answer = { ...blankLookUpAnswer(), ask, order, venueTime };
  if (found === undefined) return { kind, answer };
  const { brokerOrderId, filled } = found;
  const { quantity, limitPrice, stopPrice } = found.terms;
  const shown = { brokerOrderId, quantity, filled, limitPrice, stopPrice, state: stateOf(found) };
  return { kind, answer: { ...answer, ...shown, outcome: LookUpOutcome.found } };
}

export function logReadAnswer(
  ask: number,
  cursor: number,
  isClean: boolean,
  venueTime: TimeUs,
): LogReadInput {
  const outcome = isClean ? ReadOutcome.clean : ReadOutcome.failed;
  return { kind: InputKind.logRead, logRead: { ask, outcome, cursor, venueTime } };
}

/** The whole account at a cursor. */
export function snapshotInput(
  account: Account,
  working: readonly SimOrder[],
  cursor: number,
  ask: number,
  venueTime: TimeUs,
): SnapshotInput {
  const openOrders = working.map((order): SnapshotOrder => {
    const { instrument, side, quantity, limitPrice, stopPrice } = order.terms;
    return {
      order: order.order,
      clientOrderId: order.clientOrderId,
      brokerOrderId: order.brokerOrderId,
      instrument,
      side,
      state: stateOf(order),
      quantity,
      filled: order.filled,
      limitPrice,
      stopPrice,
    };
  });
  const positions = account.positions.flatMap(({ quantity }, k): SnapshotPosition[] =>
    quantity === 0 ? [] : [{ instrument: k as InstrumentIndex, quantity }],
  );
  const { balance } = account;
  const complete = true;
  return {
    kind: InputKind.snapshot,
    snapshot: { ask, cursor, complete, balance, positions, openOrders, venueTime },
  };
}

/** The same, with what the positions were bought at, on average. */
export function openingInput({ snapshot }: SnapshotInput, account: Account): OpeningInput {
  const lots = snapshot.positions.map(({ instrument, quantity }) => {
    const { cost } = present(account.positions[instrument], 'position');
    const price = Number(divideRounded(cost, BigInt(Math.abs(quantity)))) as Price;
    return { instrument, quantity, price, venueTime: snapshot.venueTime };
  });
  return { kind: InputKind.opening, opening: { snapshot, lots } };
}
