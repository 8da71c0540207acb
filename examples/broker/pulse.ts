import {
  defineStrategy,
  type InstrumentIndex,
  type Price,
  type Quantity,
} from 'tiyf-engine/strategy';
import { z } from 'zod';

/**
 * Trades to be looked at, not to earn: every so often, in turn on each instrument, a buy or a sale
 * at the market with a stop-loss and a take-profit; what is held the other way is closed by it.
 */
export const strategy = defineStrategy({
  name: 'pulse',
  version: 1,
  parameters: z.strictObject({
    everyMs: z.int().min(100),
    units: z.int().min(1),
    /** Distance of stop-loss and take-profit, in the instrument's price increments. */
    distance: z.int().min(1),
  }),
  create(setup, { everyMs, units, distance }) {
    const { instruments } = setup;
    let beats = 0;
    for (const instrument of instruments) setup.quotes(instrument);
    return {
      onStart: (context) => context.setTimer('beat', context.time),
      onTimer(context) {
        context.setTimer('beat', (context.time + everyMs * 1000) as typeof context.time);
        const instrument = instruments[beats % instruments.length] as InstrumentIndex;
        const side = Math.floor(beats / instruments.length) % 2 === 0 ? 'buy' : 'sell';
        beats += 1;
        const quote = context.quote(instrument);
        if (quote === undefined) return;
        const sign = side === 'buy' ? 1 : -1;
        const touch = side === 'buy' ? quote.ask : quote.bid;
        context.submit({
          instrument,
          side,
          type: 'market',
          quantity: units as Quantity,
          stopLoss: (touch - sign * distance) as Price,
          takeProfit: (touch + sign * distance) as Price,
          key: `beat-${beats}`,
        });
      },
      save: () => ({ beats }),
      restore(data) {
        const saved = z.strictObject({ beats: z.int() }).parse(data);
        beats = saved.beats;
      },
    };
  },
});
