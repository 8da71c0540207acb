import type { FieldIo } from './codec.ts';
import { type DecisionRef, type Side, walkDecision, walkSide } from './order.ts';
import type { InstrumentIndex, Money, Price, Quantity, TimeUs } from './units.ts';

/** One closing slice against cost basis (X25). */
export interface TradeClosed {
  instrument: InstrumentIndex;
  /** Side of the position that was closed. */
  side: Side;
  quantity: Quantity;
  openTime: TimeUs;
  closeTime: TimeUs;
  /** Cost released, in value units of the instrument; divided by quantity it is the entry price. */
  entryCost: bigint;
  exitPrice: Price;
  /** Profit in value units of the instrument (quote currency), exact. */
  pnlNative: bigint;
  /** Profit in account currency, rounded once at the fill's rate. */
  pnl: Money;
  /** Initial risk to the stop in value units; −1 where the entry had no stop. */
  riskNative: bigint;
  /** The decision that opened it. */
  decision: DecisionRef;
}

export function walkTradeClosed(io: FieldIo, r: TradeClosed): void {
  r.instrument = io.u16('instrument', r.instrument) as InstrumentIndex;
  r.side = walkSide(io, 'side', r.side);
  r.quantity = io.int('quantity', r.quantity) as Quantity;
  r.openTime = io.int('openTime', r.openTime) as TimeUs;
  r.closeTime = io.int('closeTime', r.closeTime) as TimeUs;
  r.entryCost = io.big('entryCost', r.entryCost);
  r.exitPrice = io.int('exitPrice', r.exitPrice) as Price;
  r.pnlNative = io.big('pnlNative', r.pnlNative);
  r.pnl = io.big('pnl', r.pnl) as Money;
  r.riskNative = io.big('riskNative', r.riskNative);
  walkDecision(io, r.decision);
}
