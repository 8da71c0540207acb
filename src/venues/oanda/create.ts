import { NodeHttp } from '../node-http.ts';
import { realTimers, type TimerPort } from '../timer-port.ts';
import { OandaAdapter, type OandaParts } from './adapter.ts';
import { VenueStartError } from './start-checks.ts';

/** Where OANDA serves practice accounts and live ones (its v20 development guide). */
export const OANDA_HOSTS = {
  practice: {
    rest: 'https://api-fxpractice.oanda.com',
    stream: 'https://stream-fxpractice.oanda.com',
  },
  live: {
    rest: 'https://api-fxtrade.oanda.com',
    stream: 'https://stream-fxtrade.oanda.com',
  },
} as const;

const SECOND = 1_000_000;

/** What an adapter does where nothing else is said. */
export const OANDA_DEFAULTS = {
  writeDeadlineUs: 5 * SECOND,
  readDeadlineUs: 10 * SECOND,
  silenceUs: 12 * SECOND,
  rate: { perSecond: 80, burst: 40, reserve: 15 },
} as const;

/** An adapter on real sockets and real time. */
export interface OandaOptions
  extends Pick<OandaParts, 'instruments' | 'account' | 'tokenEnv' | 'describe'>,
    Partial<Pick<OandaParts, 'writeDeadlineUs' | 'readDeadlineUs' | 'silenceUs' | 'rate'>> {
  readonly hosts: { readonly rest: string; readonly stream: string };
  /** What the environment variable holds; `undefined` where it is not set. */
  readonly token: string | undefined;
  /** Real ones, unless whoever drives the engine has its own. */
  readonly timers?: TimerPort;
}

/**
 * An OANDA v20 adapter that is not started. In a process:
 *
 * ```ts
 * const adapter = createOandaAdapter({ hosts: OANDA_HOSTS.practice, token, tokenEnv, … });
 * const engine = new Engine({ …, venue: adapter, kernel: { …, venue: oandaCapabilities() } }, now);
 * const receiver = new KernelReceiver(engine.kernel, {
 *   input: (input) => engine.input(input, timers.now()),
 *   quote: (k, bid, ask, bidSize, askSize, venueTime) => engine.quote(k, bid, ask, …, venueTime),
 * });
 * adapter.start(receiver, { ready: () => engine.begin(timers.now()), failed: (error) => … });
 * ```
 *
 * Throws {@link VenueStartError} where there is no token that could be sent; its text names the
 * variable and never what it holds.
 */
export function createOandaAdapter(options: OandaOptions): OandaAdapter {
  const { hosts, token, tokenEnv, timers = realTimers(), ...rest } = options;
  if (token === undefined || token === '') {
    throw new VenueStartError(`no token for OANDA: set the environment variable ${tokenEnv}`);
  }
  if (!/^[\x21-\x7e]+$/.test(token)) {
    throw new VenueStartError(`${tokenEnv} holds what cannot be a token: spaces or odd letters`);
  }
  const http = new NodeHttp({ ...hosts, token });
  return new OandaAdapter({ ...OANDA_DEFAULTS, ...rest, tokenEnv, http, timers });
}
