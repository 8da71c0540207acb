import { OANDA_HOSTS } from '../venues/oanda/create.ts';
import type { BrokerAccount, MarketSource } from './assembly.ts';
import type { Config } from './schema.ts';
import { spanUs } from './schema-parts.ts';

/** The account at a broker that a run of the configuration trades, if it is one. */
export function brokerAccount({ venue: { kind, oanda } }: Config): BrokerAccount | undefined {
  if (kind !== 'oanda' || oanda === undefined) return undefined;
  const { environment, account, tokenEnv, perSecond } = oanda;
  return {
    environment,
    account,
    tokenEnv,
    servers: oanda.servers ?? OANDA_HOSTS[environment],
    writeDeadlineUs: spanUs(oanda.writeWithin),
    readDeadlineUs: spanUs(oanda.readWithin),
    silenceUs: spanUs(oanda.silence),
    quoteAgeMaxUs: spanUs(oanda.quoteAgeMax),
    gapMinUs: spanUs(oanda.gap),
    perSecond,
  };
}

/** A broker's market is not read: it streams. */
export const BROKERS_MARKET: MarketSource = {
  kind: 'broker',
  fingerprint: '',
  read: () => {
    throw new Error('the market of a broker cannot be read from its beginning');
  },
};
