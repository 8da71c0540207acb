import type { StrategyDefinition } from '../../kernel/strategy/api.ts';
import { TRADER, type TraderParameters } from '../trader.ts';

export type TortureParameters = TraderParameters;

/**
 * What trades in a kill campaign: the strategy of the simulation, which does a little of everything
 * on both sides and remembers what it asked for over restarts.
 */
export const strategy: StrategyDefinition<TortureParameters> = { ...TRADER, name: 'torture' };
