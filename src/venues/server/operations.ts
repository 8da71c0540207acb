/** What the books can be asked to do; it is journaled as it stands here. */
export type Operation =
  /** The account begins: where its market was opened, and what it was configured as. */
  (
    | { readonly op: 'begin'; readonly from: number; readonly layout: string }
    /** Time passed, and the market made transactions. */
    | { readonly op: 'pass' }
    | { readonly op: 'create_order'; readonly body: unknown }
    | { readonly op: 'replace_order'; readonly order: string; readonly body: unknown }
    | { readonly op: 'cancel_order'; readonly order: string }
    | { readonly op: 'order_extensions'; readonly order: string; readonly body: unknown }
    | { readonly op: 'close_trade'; readonly trade: string; readonly body: unknown }
    | { readonly op: 'trade_extensions'; readonly trade: string; readonly body: unknown }
    | { readonly op: 'trade_orders'; readonly trade: string; readonly body: unknown }
    | { readonly op: 'close_position'; readonly instrument: string; readonly body: unknown }
    | { readonly op: 'configure'; readonly body: unknown }
    | { readonly op: 'fact'; readonly body: unknown }
  ) & {
    /** A reason that it is refused with, whatever it is: a fault that was asked for. */
    readonly reject?: string;
  };

/** An operation and the market time at which it is done. */
export interface Entry {
  readonly at: number;
  readonly operation: Operation;
}
