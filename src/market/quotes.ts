/**
 * A block of quotes in time order, as columns. The shape in which quotes travel from a reader to
 * the engine: no object a quote, no allocation in the loop that consumes it.
 *
 * Row `i` is one quote: `time[i]` (µs UTC), `instrument[i]` (index), `bid[i]`/`ask[i]` (counts of
 * the instrument's price increment), `bidSize[i]`/`askSize[i]` (counts of its size increment, 0
 * where the source has no sizes). Only rows `0 … count-1` are valid.
 *
 * A block without sizes has size columns of length 0: half the memory of a tape is then not read.
 */
export interface QuoteBlock {
  count: number;
  readonly time: Float64Array;
  readonly instrument: Uint16Array;
  readonly bid: Int32Array;
  readonly ask: Int32Array;
  readonly bidSize: Float64Array;
  readonly askSize: Float64Array;
}

/** An empty block with room for `capacity` quotes, with or without quoted sizes. */
export function createQuoteBlock(capacity: number, sized = true): QuoteBlock {
  const sizes = sized ? capacity : 0;
  return {
    count: 0,
    time: new Float64Array(capacity),
    instrument: new Uint16Array(capacity),
    bid: new Int32Array(capacity),
    ask: new Int32Array(capacity),
    bidSize: new Float64Array(sizes),
    askSize: new Float64Array(sizes),
  };
}
