import { suite, test } from 'node:test';
import fc from 'fast-check';
import { testInstrument } from '../testing/builders.ts';
import { KernelRig } from '../testing/kernel-rig.ts';
import { anyCommands, Said } from '../testing/venue-commands.ts';

suite('kernel against a venue that says anything', () => {
  test('its books follow from what was said, each fact once, and it never falls over', () => {
    const instruments = [testInstrument('EURUSD'), testInstrument('GBPUSD')];
    fc.assert(
      fc.property(anyCommands(), fc.constantFrom(2, 100), (commands, endedOrdersMax) => {
        const setup = () => {
          const rig = new KernelRig({ instruments, kernel: { endedOrdersMax } });
          for (const k of [0, 1]) rig.quote(k, 99_995, 100_005);
          return { real: rig, model: new Said(rig.book.account.balance) };
        };
        fc.modelRun(setup, commands);
      }),
      { numRuns: 300 },
    );
  });
});
