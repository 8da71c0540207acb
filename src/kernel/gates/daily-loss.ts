import { LossRailGate } from './loss-rail.ts';

/** Loss since the day began, realised and unrealised (X19). */
export class DailyLossGate extends LossRailGate {
  readonly name = 'daily_loss';
  readonly reason = 'daily_loss_reached';
}
