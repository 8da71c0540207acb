import type {
  FillView,
  OrderEventView,
  Strategy,
  StrategyContext,
  StrategyDefinition,
  StrategySetup,
} from '../kernel/strategy/api.ts';

/** A schema that takes anything. */
export const anyParameters = {
  safeParse: (value: unknown) => ({ success: true as const, data: value }),
};

/** A strategy from its callbacks, for tests. */
export function strategyOf(
  create: (setup: StrategySetup) => Strategy,
  overrides: Partial<StrategyDefinition<unknown>> = {},
): StrategyDefinition<unknown> {
  return { name: 'test', version: 1, parameters: anyParameters, create, ...overrides };
}

/**
 * A strategy that does what a test tells it, in `onGap`: an input that moves no market and no
 * order. What it was told about its orders is kept.
 */
export class Puppet {
  readonly orderEvents: OrderEventView[] = [];
  readonly fills: FillView[] = [];
  #act: ((context: StrategyContext) => void) | undefined;
  readonly definition = strategyOf(() => ({
    onGap: (context) => {
      const act = this.#act;
      this.#act = undefined;
      act?.(context);
    },
    onOrder: (_context, event) => {
      this.orderEvents.push(event);
    },
    onFill: (_context, fill) => {
      this.fills.push(fill);
    },
  }));

  /** What the strategy does at the next gap. */
  next(act: (context: StrategyContext) => void): void {
    this.#act = act;
  }
}
