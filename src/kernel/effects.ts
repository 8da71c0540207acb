import type { AlertSeverity } from '../model/records.ts';
import type { OrderHandle, Price, Quantity } from '../model/units.ts';

/**
 * What a turn wants done outside. An effect leaves the process only when the records that caused
 * it are durable; the outbox asks for a token that proves it.
 */
export type Effect =
  | { readonly kind: 'submit'; readonly order: OrderHandle }
  | { readonly kind: 'cancel'; readonly order: OrderHandle; readonly attempt: number }
  | {
      readonly kind: 'replace';
      readonly order: OrderHandle;
      readonly attempt: number;
      readonly quantity: Quantity;
      readonly limitPrice: Price;
      readonly stopPrice: Price;
    }
  /** Asks the venue for an order by its client id, for its log, for the account's state. */
  | { readonly kind: 'look_up'; readonly order: OrderHandle; readonly ask: number }
  | { readonly kind: 'read_log'; readonly from: number; readonly ask: number }
  | { readonly kind: 'snapshot'; readonly ask: number }
  | { readonly kind: 'opening'; readonly ask: number }
  | {
      readonly kind: 'alert';
      readonly severity: AlertSeverity;
      readonly key: string;
      readonly text: string;
    };
