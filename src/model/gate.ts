/** The gates, in the one fixed order in which an order passes them. */
export const GATE_NAMES = [
  'order_validity',
  'duplicate_intent',
  'trading_state',
  'hold',
  'order_size',
  'duplicative',
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
  order_size: ['order_size_above_limit'],
  duplicative: ['duplicative'],
};

export type DenyReason = number & { readonly __unit: 'deny_reason' };

/** The code of a reason in records. */
export function denyReason(name: DenyReasonName): DenyReason {
  return DENY_REASONS.indexOf(name) as DenyReason;
}
