import type { KernelConfig } from '../kernel/config.ts';
import { MessageRateGate } from '../kernel/gates/message-rate.ts';
import { MessageCounts } from '../kernel/risk/message-counts.ts';

/**
 * Messages as they were written to the wire, against the limits that entries have (X8). The gate
 * counts what was decided, and lasts through restarts; what had to wait in between may leave at
 * once with others, and that is seen here alone.
 */
export class SendRate {
  readonly #gate: MessageRateGate | undefined;
  readonly #written: MessageCounts | undefined;

  constructor({ gates, risk, instruments }: KernelConfig) {
    const gate = gates.find((one) => one instanceof MessageRateGate);
    if (gate?.mode !== 'enforce' || risk.messages === undefined) return;
    this.#gate = gate;
    this.#written = new MessageCounts(risk.messages, instruments.length);
  }

  /** Why no entry on instrument `k` may be written now, or `undefined`. */
  denies(k: number, now: number): string | undefined {
    if (this.#gate === undefined || this.#written === undefined) return undefined;
    return this.#gate.reached(this.#written, k, now)?.reason;
  }

  written(k: number, now: number): void {
    this.#written?.sent(k, now);
  }
}
