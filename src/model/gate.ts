/** The gates, in the one fixed order in which an order passes them. */
export const GATE_NAMES = [
  'order_validity',
  'duplicate_intent',
  'trading_state',
  'hold',
  'data_freshness',
  'market_hours',
  'order_size',
  'duplicative',
  'order_value',
  'price_collar',
  'message_rate',
  'repeated_execution',
  'exposure',
  'open_positions',
  'margin',
  'broker_caps',
  'daily_loss',
  'run_drawdown',
  'loss_cooldown',
] as const;
export type GateName = (typeof GATE_NAMES)[number];

/** `off` does nothing; `shadow` counts and records but never blocks; `enforce` blocks. */
export const GATE_MODES = ['off', 'shadow', 'enforce'] as const;
export type GateMode = (typeof GATE_MODES)[number];

/** What the engine may do (X21). */
export const TRADING_STATES = ['active', 'exit_only', 'halted'] as const;
export type TradingStateName = (typeof TRADING_STATES)[number];
export const TradingState = { active: 0, exitOnly: 1, halted: 2 } as const;
export type TradingState = (typeof TradingState)[keyof typeof TradingState];

/** Why a gate said no: a closed list, machine-readable, one meaning each. */
export const DENY_REASONS = [
  'price_off_increment',
  'price_missing',
  'price_not_allowed',
  'quantity_not_positive',
  'time_in_force_invalid',
  'expire_time_missing',
  'expire_time_passed',
  'protection_wrong_side',
  'no_quote',
  'no_conversion_rate',
  'nothing_to_reduce',
  'key_used',
  'key_used_with_other_terms',
  'key_store_full',
  'exit_only',
  'halted',
  'order_size_above_limit',
  'order_not_open',
  'order_unknown',
  'cancel_pending',
  'replace_pending',
  'replace_not_allowed',
  'run_ended',
  'order_in_doubt',
  'unreconciled',
  'break_open',
  'failure_backoff',
  'working_at_broker',
  'duplicative',
  'value_out_of_range',
  'venue_disconnected',
  'quote_stale',
  'market_closed',
  'near_open',
  'near_close',
  'rollover',
  'order_value_above_limit',
  'price_beyond_collar',
  'protection_beyond_collar',
  'messages_per_second',
  'messages_per_minute',
  'strategy_exit_only',
  'exposure_unknown',
  'instrument_exposure_above_limit',
  'net_exposure_above_limit',
  'gross_exposure_above_limit',
  'currency_exposure_above_limit',
  'open_positions_above_limit',
  'rate_stale',
  'margin_above_limit',
  'closeout_too_near',
  'order_units_above_cap',
  'position_units_above_cap',
  'open_orders_above_cap',
  'mark_uncertain',
  'daily_loss_reached',
  'drawdown_reached',
  'losing_streak',
  'historical_bar',
] as const;
export type DenyReasonName = (typeof DENY_REASONS)[number];

/** The reasons that each gate can give. */
export const GATE_REASONS: Readonly<Record<GateName, readonly DenyReasonName[]>> = {
  order_validity: [
    'price_off_increment',
    'price_missing',
    'price_not_allowed',
    'quantity_not_positive',
    'time_in_force_invalid',
    'expire_time_missing',
    'expire_time_passed',
    'protection_wrong_side',
    'no_quote',
    'no_conversion_rate',
    'nothing_to_reduce',
    'value_out_of_range',
  ],
  duplicate_intent: [
    'key_used',
    'key_used_with_other_terms',
    'key_store_full',
    'working_at_broker',
    'cancel_pending',
  ],
  trading_state: ['exit_only', 'halted'],
  hold: ['order_in_doubt', 'unreconciled', 'break_open', 'failure_backoff'],
  data_freshness: ['venue_disconnected', 'quote_stale'],
  market_hours: ['market_closed', 'near_open', 'near_close', 'rollover'],
  order_size: ['order_size_above_limit'],
  duplicative: ['duplicative'],
  order_value: ['order_value_above_limit'],
  price_collar: ['price_beyond_collar', 'protection_beyond_collar'],
  message_rate: ['messages_per_second', 'messages_per_minute'],
  repeated_execution: ['strategy_exit_only'],
  exposure: [
    'exposure_unknown',
    'instrument_exposure_above_limit',
    'net_exposure_above_limit',
    'gross_exposure_above_limit',
    'currency_exposure_above_limit',
  ],
  open_positions: ['exposure_unknown', 'open_positions_above_limit'],
  margin: ['exposure_unknown', 'rate_stale', 'margin_above_limit', 'closeout_too_near'],
  broker_caps: ['order_units_above_cap', 'position_units_above_cap', 'open_orders_above_cap'],
  daily_loss: ['mark_uncertain', 'daily_loss_reached'],
  run_drawdown: ['mark_uncertain', 'drawdown_reached'],
  loss_cooldown: ['losing_streak'],
};

export type DenyReason = number & { readonly __unit: 'deny_reason' };

/** The code of a reason in records. */
export function denyReason(name: DenyReasonName): DenyReason {
  return DENY_REASONS.indexOf(name) as DenyReason;
}
