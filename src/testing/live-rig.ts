import type { KernelConfig } from '../kernel/config.ts';
import type { StrategyContext, StrategyDefinition } from '../kernel/strategy/api.ts';
import { TradingState } from '../model/gate.ts';
import { InputKind } from '../model/inputs.ts';
import { US_PER_SECOND } from '../model/time.ts';
import { PacedEngine } from '../runtime/paced-engine.ts';
import type { WallClock } from '../runtime/pacer.ts';
import { TapeFeed } from '../runtime/quote-feed.ts';
import { TEST_START, testConfigs, testInstrument } from './builders.ts';
import { tapeOf } from './loop-rig.ts';
import { strategyOf } from './puppet.ts';
import { TemporaryFolder } from './quote-files.ts';

const TAPE = tapeOf([
  { at: US_PER_SECOND, k: 0, bid: 108_500, ask: 108_512 },
  { at: 60 * US_PER_SECOND, k: 0, bid: 108_600, ask: 108_612 },
]);

/** A live engine on two quotes, a second and a minute after its start, by a clock of the test. */
export class LiveRig implements Disposable {
  readonly folder = new TemporaryFolder();
  #act: ((context: StrategyContext) => void) | undefined;
  readonly engine: PacedEngine;
  real = 0;

  constructor(tradingState: TradingState, kernel: Partial<KernelConfig> = {}) {
    const puppet = { id: 'puppet', definition: this.#definition(), parameters: {} };
    const instruments = [testInstrument('EURUSD'), testInstrument('GBPUSD')];
    const clock: WallClock = { wallUs: () => this.real, monotonicUs: () => this.real };
    async function* tape() {
      yield TAPE;
    }
    const feed = new TapeFeed(tape());
    this.engine = new PacedEngine({
      ...testConfigs({ instruments, strategies: [puppet], kernel }),
      configured: {
        kind: InputKind.configured,
        configuration: '{}',
        configHash: 'abc',
        dataVersion: '',
        engineVersion: '0.1.0',
        timeZoneVersion: '',
        strategySources: [],
      },
      binding: { venue: 'sim', environment: 'paper', account: 'test', currency: 'USD' },
      prefix: 'T',
      nonce: 'abcdefghij',
      tradingState,
      directory: this.folder.path,
      openFeed: async () => ({ feed, start: TEST_START, missed: false }),
      speed: 1,
      clock,
      log: { info: () => undefined, warn: () => undefined, error: () => undefined },
      alerts: { alert: () => undefined },
      sinks: [],
    });
  }

  /** A strategy that does at the next quote what a test tells it. */
  #definition(): StrategyDefinition<unknown> {
    return strategyOf((setup) => {
      setup.quotes(setup.instrument('EURUSD'));
      return {
        onQuote: (context) => {
          const act = this.#act;
          this.#act = undefined;
          act?.(context);
        },
      };
    });
  }

  /** What the strategy does at the next quote. */
  next(act: (context: StrategyContext) => void): void {
    this.#act = act;
  }

  static async started(
    tradingState: TradingState = TradingState.active,
    kernel: Partial<KernelConfig> = {},
  ): Promise<LiveRig> {
    const rig = new LiveRig(tradingState, kernel);
    await rig.engine.start();
    await rig.engine.pump();
    return rig;
  }

  /** Lets real time pass and the loop come round. */
  async pass(us: number): Promise<void> {
    this.real += us;
    await this.engine.pump();
  }

  [Symbol.dispose](): void {
    this.engine[Symbol.dispose]();
    this.folder[Symbol.dispose]();
  }
}
