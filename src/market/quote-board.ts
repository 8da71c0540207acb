import type { FieldIo, Walkable } from '../model/codec.ts';

/** The last quote of each instrument, by index. A time of 0 says that there was none. */
export class QuoteBoard implements Walkable {
  readonly bid: Int32Array;
  readonly ask: Int32Array;
  readonly bidSize: Float64Array;
  readonly askSize: Float64Array;
  /** Time of the quote as its venue states it, µs UTC. */
  readonly time: Float64Array;

  constructor(instruments: number) {
    this.bid = new Int32Array(instruments);
    this.ask = new Int32Array(instruments);
    this.bidSize = new Float64Array(instruments);
    this.askSize = new Float64Array(instruments);
    this.time = new Float64Array(instruments);
  }

  has(instrument: number): boolean {
    return this.time[instrument] !== 0;
  }

  walk(io: FieldIo): void {
    for (let k = 0; k < this.bid.length; k++) {
      this.bid[k] = io.int('bid', this.bid[k] ?? 0);
      this.ask[k] = io.int('ask', this.ask[k] ?? 0);
      this.bidSize[k] = io.int('bidSize', this.bidSize[k] ?? 0);
      this.askSize[k] = io.int('askSize', this.askSize[k] ?? 0);
      this.time[k] = io.int('time', this.time[k] ?? 0);
    }
  }
}
