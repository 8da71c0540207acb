import { present } from '../../model/assert.ts';
import type { Instrument } from '../../model/instrument.ts';
import { type DecisionRef, OrderRole } from '../../model/order.ts';
import { NO_ORDER, type OrderHandle } from '../../model/units.ts';
import { type OrderSend, type ReplaceSend, ReportKind } from '../../model/venue.ts';
import { type OrderNames, orderBody, protectionBody, replacementBody } from './order-body.ts';
import type { Scene } from './scene.ts';
import type { Write } from './write-desk.ts';

type Describe = (decision: DecisionRef) => string;
type Named = Pick<OrderSend, 'decision' | 'stopLossOrder' | 'takeProfitOrder'>;

function idOf({ engine }: Scene, order: OrderHandle): string {
  return order === NO_ORDER ? '' : engine.clientOrderId(order);
}

function namesOf(scene: Scene, order: OrderHandle, named: Named, describe: Describe): OrderNames {
  return {
    clientOrderId: idOf(scene, order),
    comment: describe(named.decision),
    stopLossId: idOf(scene, named.stopLossOrder),
    takeProfitId: idOf(scene, named.takeProfitOrder),
  };
}

function instrumentOf({ instruments }: Scene, k: number): Instrument {
  return present(instruments[k], `instrument ${k}`);
}

/**
 * An order's address by its client id: it stays the same when a partial fill or a replace gives the
 * order a new number.
 */
function pathOf(scene: Scene, root: string, order: OrderHandle): string {
  return `${root}/orders/${encodeURIComponent(`@${idOf(scene, order)}`)}`;
}

export function submitWrite(
  scene: Scene,
  root: string,
  send: OrderSend,
  describe: Describe,
): Write {
  const { order, terms } = send;
  const names = namesOf(scene, order, send, describe);
  return {
    order,
    method: 'POST',
    path: `${root}/orders`,
    body: orderBody(instrumentOf(scene, terms.instrument), terms, names),
    unknown: ReportKind.unknown,
    refused: ReportKind.refused,
    urgent: terms.reduceOnly,
  };
}

export function cancelWrite(scene: Scene, root: string, order: OrderHandle): Write {
  return {
    order,
    method: 'PUT',
    path: `${pathOf(scene, root, order)}/cancel`,
    unknown: ReportKind.cancelUnknown,
    refused: ReportKind.cancelRefused,
    urgent: true,
  };
}

/** A replace, or why there is nothing to send. */
export function replaceWrite(
  scene: Scene,
  root: string,
  send: ReplaceSend,
  describe: Describe,
): Write | string {
  const { order } = send;
  const known = scene.engine.order(order);
  if (known === undefined) return 'order_not_open';
  const instrument = instrumentOf(scene, known.terms.instrument);
  const write = {
    order,
    method: 'PUT',
    path: pathOf(scene, root, order),
    unknown: ReportKind.replaceUnknown,
    refused: ReportKind.replaceRefused,
    urgent: true,
  } as const;
  if (known.role !== OrderRole.order) {
    const trade = scene.trades.ofOrder(order);
    if (trade === undefined) return 'trade_unknown';
    return {
      ...write,
      body: protectionBody(instrument, known, trade.id, send, idOf(scene, order)),
    };
  }
  if (send.quantity <= known.filled) return 'quantity_filled';
  const names = namesOf(scene, order, known, describe);
  return { ...write, body: replacementBody(instrument, known, send, names) };
}
