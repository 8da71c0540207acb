import { LossRailGate } from './loss-rail.ts';

/** Fall of equity from its highest in the run (X19). */
export class RunDrawdownGate extends LossRailGate {
  readonly name = 'run_drawdown';
  readonly reason = 'drawdown_reached';
}
