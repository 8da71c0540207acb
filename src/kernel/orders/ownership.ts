import { parseClientOrderId } from '../../model/ids.ts';
import type { OrderHandle } from '../../model/units.ts';
import type { OrderStore } from './order-store.ts';

/**
 * Whose an order at the broker is, by its client order id (X4): `ours`, with its handle; `lost`, of
 * a boot of ours whose end our books do not have, as after a cut tail; of a `twin`, an engine with
 * our prefix and a boot that we never had; or of a `stranger`.
 */
export type Owner =
  | { readonly kind: 'ours'; readonly order: OrderHandle }
  | { readonly kind: 'lost' }
  | { readonly kind: 'twin' }
  | { readonly kind: 'stranger' };

export function ownerOf(prefix: string, orders: OrderStore, clientOrderId: string): Owner {
  const parsed = prefix === '' ? undefined : parseClientOrderId(prefix, clientOrderId);
  if (parsed === undefined) return { kind: 'stranger' };
  const order = orders.handleOf(parsed.nonce, parsed.counter);
  if (order === 'lost') return { kind: 'lost' };
  return order === undefined ? { kind: 'twin' } : { kind: 'ours', order };
}
