import { present } from '../model/assert.ts';
import { parseClientOrderId } from '../model/ids.ts';
import { NO_ORDER, type OrderHandle } from '../model/units.ts';
import type { OrderSend } from '../model/venue.ts';
import type { Submission } from './remote-venue.ts';

/** Of the client order ids of the simulated engine. */
export const PREFIX = 'S';

/** What travels of an order: its children's ids are counted on from its own (X5). */
export function submissionOf(send: OrderSend): Submission {
  const { clientOrderId, order, terms, stopLossOrder, takeProfitOrder } = send;
  const { nonce, counter } = present(parseClientOrderId(PREFIX, clientOrderId), clientOrderId);
  const childId = (child: OrderHandle): string =>
    child === NO_ORDER ? '' : `${PREFIX}${nonce}${(counter + child - order).toString(36)}`;
  return {
    clientOrderId,
    terms,
    stopLossId: childId(stopLossOrder),
    takeProfitId: childId(takeProfitOrder),
  };
}
