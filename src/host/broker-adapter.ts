import type { Assembly, BrokerAccount } from '../config/assembly.ts';
import { present } from '../model/assert.ts';
import { createOandaAdapter } from '../venues/oanda/create.ts';
import type { TimerPort } from '../venues/timer-port.ts';
import type { VenueAdapter } from '../venues/venue-adapter.ts';

/** Of the requests in a second: what may go at once, and what of it is kept for exits. */
const BURST_SHARE = 0.5;
const KEPT_SHARE = 0.2;
/** A connection carries one order at a time: faster servers are given more of them. */
const PER_CONNECTION = 40;
const CONNECTIONS_MAX = 16;

/**
 * The way to the account at the broker, not yet started. Throws `VenueStartError` where the
 * variable that should hold the token does not.
 */
export function brokerAdapter(
  { kernel }: Assembly,
  broker: BrokerAccount,
  env: Readonly<Record<string, string | undefined>>,
  timers: TimerPort,
): VenueAdapter {
  const { account, tokenEnv, servers, perSecond } = broker;
  const { writeDeadlineUs, readDeadlineUs, silenceUs } = broker;
  const { currency, decimals } = kernel.account;
  const burst = Math.max(2, Math.floor(perSecond * BURST_SHARE));
  return createOandaAdapter({
    hosts: servers,
    token: env[tokenEnv],
    tokenEnv,
    timers,
    instruments: kernel.instruments,
    account: { id: account, currency, decimals },
    writeDeadlineUs,
    readDeadlineUs,
    silenceUs,
    rate: {
      perSecond,
      burst,
      reserve: Math.min(burst - 1, Math.ceil(burst * KEPT_SHARE)),
      connections: Math.min(CONNECTIONS_MAX, Math.max(2, Math.floor(perSecond / PER_CONNECTION))),
    },
    describe: ({ strategy, instrument, number }) => {
      const { id } = present(kernel.strategies[strategy], 'strategy');
      const { symbol } = present(kernel.instruments[instrument], 'instrument');
      return `${id} ${symbol} ${number}`;
    },
  });
}
