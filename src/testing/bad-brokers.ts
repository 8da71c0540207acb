import { type BadConfig, table } from './bad-configs.ts';
import { SYNTHETIC_CONFIG } from './config-samples.ts';

/** The synthetic sample, trading an account at a broker. */
export const BROKER_CONFIG = SYNTHETIC_CONFIG.replace(
  '"kind": "sim",',
  `"kind": "oanda",
    "oanda": {
      "environment": "practice",
      "account": "101-001-1234567-001",
      "tokenEnv": "MY_TOKEN",
      "servers": {
        "rest": "http://127.0.0.1:8020",
        "stream": "http://127.0.0.1:8021"
      },
      "writeWithin": "4s",
      "readWithin": "9s",
      "silence": "11s",
      "quoteAgeMax": "3s",
      "gap": "2m",
      "perSecond": 150
    },`,
);

const SERVERS =
  '"servers": {\n        "rest": "http://127.0.0.1:8020",\n        "stream": "http://127.0.0.1:8021"\n      },';

/** Of the sample at a broker. */
export const BAD_BROKERS: readonly BadConfig[] = [
  ...table(
    'config',
    `
account.costBasis ¦ "lots" ¦ "average" ¦ broker
venue.oanda ¦ "oanda": { ¦ "oanda": { "zz": 1, ¦ unknown_key
venue.oanda ¦ "kind": "oanda" ¦ "kind": "sim" ¦ unused ¦ "oanda": {
venue.oanda.environment ¦ "practice" ¦ "demo" ¦ choice
venue.oanda.account ¦ "101-001-1234567-001" ¦ "me/you" ¦ format
venue.oanda.account ¦ "account": "101-001-1234567-001", ¦ ¦ missing ¦ "oanda": {
venue.oanda.tokenEnv ¦ "MY_TOKEN" ¦ "my token" ¦ format
venue.oanda.servers ¦ "servers": { ¦ "servers": { "zz": 1, ¦ unknown_key
venue.oanda.servers ¦ "practice" ¦ "live" ¦ not_practice ¦ "servers": {
venue.oanda.servers.rest ¦ "http://127.0.0.1:8020" ¦ "127.0.0.1:8020" ¦ format
venue.oanda.servers.stream ¦ "http://127.0.0.1:8021" ¦ "http://127.0.0.1:8021/v3" ¦ format
venue.oanda.writeWithin ¦ "writeWithin": "4s" ¦ "writeWithin": "1ms" ¦ range
venue.oanda.readWithin ¦ "9s" ¦ 9 ¦ type
venue.oanda.silence ¦ "11s" ¦ "1s" ¦ range
venue.oanda.quoteAgeMax ¦ "quoteAgeMax": "3s" ¦ "quoteAgeMax": "soon" ¦ format
venue.oanda.gap ¦ "2m" ¦ "2d" ¦ range
venue.oanda.perSecond ¦ "perSecond": 150 ¦ "perSecond": 0 ¦ range
`,
  ),
  {
    covers: 'venue.oanda.perSecond',
    find: SERVERS,
    replace: '',
    code: 'config.venue.oanda.perSecond.too_many',
    at: '"perSecond": 150',
  },
];
