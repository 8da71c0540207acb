import { defineStrategy, type Quantity } from 'tiyf-engine/strategy';
import { z } from 'zod';

export const strategy = defineStrategy({
  name: 'long-above',
  version: 1,
  parameters: z.strictObject({ symbol: z.string() }),
  create(setup, { symbol }) {
    const instrument = setup.instrument(symbol);
    setup.bars(instrument, '1m', 'mid');
    const [fast, slow] = [setup.ema(10), setup.ema(30)];
    return {
      onBar(context, bar) {
        fast.update(bar.close);
        slow.update(bar.close);
        const wanted = slow.ready && fast.value > slow.value ? 1000 : 0;
        const units = wanted - context.position(instrument);
        // An order that is still under way is not sent again.
        if (units === 0 || context.openOrders().length > 0) return;
        const quantity = Math.abs(units) as Quantity;
        context.submit({ instrument, side: units > 0 ? 'buy' : 'sell', type: 'market', quantity });
      },
    };
  },
});
