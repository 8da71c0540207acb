import { divideExact, powerOfTen } from '../../model/arithmetic.ts';
import { DecimalError, parseDecimal } from '../../model/decimal.ts';
import type { Instrument } from '../../model/instrument.ts';
import { parsePrice } from '../../model/instrument.ts';
import type { InstrumentIndex } from '../../model/units.ts';
import type { HttpPort } from '../http-port.ts';
import type { TimerPort } from '../timer-port.ts';
import type { VenueReceiver } from '../venue-receiver.ts';
import { LineStream } from './line-stream.ts';
import { heartbeatSchema, priceSchema, readJson } from './schemas.ts';
import type { OandaStatus } from './status.ts';
import { readTime, WireError, wireName } from './wire-values.ts';

export interface PriceDeskParts {
  readonly http: HttpPort;
  readonly timers: TimerPort;
  readonly root: string;
  readonly silenceUs: number;
  readonly instruments: readonly Instrument[];
  readonly byName: ReadonlyMap<string, InstrumentIndex>;
  readonly status: OandaStatus;
  readonly engine: VenueReceiver;
}

/**
 * Prices from the stream. It leaves out what comes within 250 ms of the last one, and all of it
 * while it is down; that nothing came for a while is the engine's to tell.
 */
export class PriceDesk {
  readonly #parts: PriceDeskParts;
  readonly #stream: LineStream;

  constructor(parts: PriceDeskParts) {
    this.#parts = parts;
    const { http, timers, root, silenceUs, instruments, status } = parts;
    const names = instruments.map(wireName).join('%2C');
    const path = `${root}/pricing/stream?instruments=${names}`;
    this.#stream = new LineStream(http, timers, path, silenceUs, {
      live: () => undefined,
      line: (text) => this.#line(text),
      down: (reason) => {
        status.problem = `stream of prices: ${reason}`;
      },
    });
  }

  get streamState(): LineStream['state'] {
    return this.#stream.state;
  }
  get reconnects(): number {
    return this.#stream.reconnects;
  }

  start(): void {
    this.#stream.start();
  }

  stop(): void {
    this.#stream.stop();
  }

  #line(text: string): void {
    const { status, timers, engine, byName, instruments } = this.#parts;
    const price = readJson(priceSchema, text);
    if (price === undefined) {
      if (readJson(heartbeatSchema, text) !== undefined) status.priceHeartbeat = timers.now();
      else status.malformed += 1;
      return;
    }
    const k = byName.get(price.instrument);
    const instrument = k === undefined ? undefined : instruments[k];
    const [bid] = price.bids;
    const [ask] = price.asks;
    status.priceHeartbeat = timers.now();
    // What is shown while an instrument does not trade is no quote.
    if (price.tradeable === false) return;
    if (k === undefined || instrument === undefined || bid === undefined || ask === undefined) {
      status.pricesOdd += 1;
      return;
    }
    const read = numbersOf(instrument, price.time, bid, ask);
    if (read === undefined) {
      status.pricesOdd += 1;
      return;
    }
    status.pricesTold += 1;
    engine.quote(k, read.bid, read.ask, read.bidSize, read.askSize, read.time);
  }
}

interface Bucket {
  readonly price: string;
  readonly liquidity?: string | number | undefined;
}

function numbersOf(instrument: Instrument, time: string, bid: Bucket, ask: Bucket) {
  try {
    return {
      bid: parsePrice(instrument, bid.price),
      ask: parsePrice(instrument, ask.price),
      bidSize: sizeOf(instrument, bid),
      askSize: sizeOf(instrument, ask),
      time: readTime(time),
    };
  } catch (error) {
    if (error instanceof DecimalError || error instanceof WireError) return undefined;
    throw error;
  }
}

/** Liquidity is in units, and none said is any: 0. A part of an increment cannot be traded. */
function sizeOf({ sizeIncrement }: Instrument, { liquidity }: Bucket): number {
  if (liquidity === undefined) return 0;
  const { coefficient, decimals } = parseDecimal(String(liquidity));
  const deep = Math.max(decimals, sizeIncrement.decimals);
  const units = coefficient * powerOfTen(deep - decimals);
  const step = sizeIncrement.coefficient * powerOfTen(deep - sizeIncrement.decimals);
  const count = Number(divideExact(units, step) ?? units / step);
  return Number.isSafeInteger(count) && count > 0 ? count : 0;
}
