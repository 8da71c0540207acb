import { divideRounded } from '../../model/arithmetic.ts';
import type { LedgerFact } from '../../model/venue.ts';
import type { Ledger } from './ledger.ts';
import type { WireObject } from './wire.ts';

/** Writes what positions were charged at one rollover as one transaction. */
export class FinancingDesk {
  readonly #ledger: Ledger;
  #charges: { readonly instrument: number; readonly amount: bigint; readonly time: number }[] = [];

  constructor(ledger: Ledger) {
    this.#ledger = ledger;
  }

  /** Takes a charge that is booked already. One of another time is another transaction. */
  add({ instrument, amount, venueTime }: LedgerFact): void {
    if (this.#charges[0] !== undefined && this.#charges[0].time !== venueTime) this.close();
    this.#charges.push({ instrument, amount, time: venueTime });
  }

  /** Writes what was collected. */
  close(): void {
    const charges = this.#charges;
    if (charges.length === 0) return;
    this.#charges = [];
    const { format, venue } = this.#ledger;
    const total = charges.reduce((sum, { amount }) => sum + amount, 0n);
    this.#ledger.record('DAILY_FINANCING', {
      financing: format.money(total),
      accountBalance: format.money(venue.account.balance),
      accountFinancingMode: 'DAILY',
      positionFinancings: charges.map(({ instrument, amount }) => ({
        instrument: format.name(instrument),
        financing: format.money(amount),
        openTradeFinancings: this.#shares(instrument, amount),
      })),
    });
  }

  /** Each open trade's share by its units; the newest takes what rounding left. */
  #shares(k: number, amount: bigint): readonly WireObject[] {
    const { format } = this.#ledger;
    const trades = this.#ledger.openTrades(k);
    let left = amount;
    let units = trades.reduce((sum, trade) => sum + Math.abs(trade.units), 0);
    return trades.map((trade) => {
      const own = Math.abs(trade.units);
      const share = units === own ? left : divideRounded(left * BigInt(own), BigInt(units));
      left -= share;
      units -= own;
      trade.financing += share;
      return { tradeID: String(trade.id), financing: format.money(share) };
    });
  }
}
