/**
 * Raised while a strategy's callback runs. Clocks, random sources, timers and the network throw
 * then: what a strategy decides must follow from its inputs alone. The process that runs
 * strategies installs the traps; they read this.
 */
export const callbackGuard = { active: false };

/**
 * A strategy threw, or did what a strategy may not do. The run stops; the journal has the inputs.
 */
export class StrategyError extends Error {
  readonly code = 'STRATEGY_FAILED';
  override readonly name = 'StrategyError';
}
