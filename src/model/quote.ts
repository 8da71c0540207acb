import type { FieldIo } from './codec.ts';
import type { TimeUs } from './units.ts';
import { type InstrumentIndex, NO_PRICE, NO_TIME, type Price, type Quantity } from './units.ts';

/** A venue's quote of one instrument. Sizes of 0 are sizes that the source does not have. */
export interface Quote {
  instrument: InstrumentIndex;
  bid: Price;
  ask: Price;
  bidSize: Quantity;
  askSize: Quantity;
  venueTime: TimeUs;
}

export function blankQuote(): Quote {
  const nothing = 0 as Quantity;
  return {
    instrument: 0 as InstrumentIndex,
    bid: NO_PRICE,
    ask: NO_PRICE,
    bidSize: nothing,
    askSize: nothing,
    venueTime: NO_TIME,
  };
}

export function walkQuote(io: FieldIo, q: Quote): void {
  q.instrument = io.u16('instrument', q.instrument) as InstrumentIndex;
  q.bid = io.int('bid', q.bid) as Price;
  q.ask = io.int('ask', q.ask) as Price;
  q.bidSize = io.int('bidSize', q.bidSize) as Quantity;
  q.askSize = io.int('askSize', q.askSize) as Quantity;
  q.venueTime = io.int('venueTime', q.venueTime) as TimeUs;
}
