import type { Fault } from '../../venues/server/faults.ts';
import type { Dice } from '../dice.ts';

const WRITES = ['create_order', 'replace_order', 'cancel_order'] as const;
const READS = ['transactions_since', 'account', 'order', 'read'] as const;
const STATUSES = [429, 500, 503] as const;
/** No request is held back for longer: after that the broker has done it, or never will. */
export const DELAY_MS_MAX = 1200;

type Draw = (dice: Dice) => Partial<Fault> & Pick<Fault, 'kind' | 'on'>;

/** Up to half of so many percent of the requests: all switches together still let most pass. */
function share(dice: Dice, percentMax: number): number {
  return (1 + dice.below(10 * percentMax)) / 2000;
}

/**
 * What a broker, or the way to it, may do. That a request to make an order is repeated under way is
 * not among it: HTTP over TCP does not do that, and a market order would then be executed twice
 * whatever the engine does.
 */
const DRAWS: readonly Draw[] = [
  (dice) => ({
    kind: 'delay',
    on: 'write',
    ms: dice.between(20, DELAY_MS_MAX),
    executed: dice.chance(0.5),
    share: share(dice, 8),
  }),
  (dice) => ({ kind: 'drop_answer', on: dice.pick(WRITES), share: share(dice, 6) }),
  (dice) => ({ kind: 'drop_answer', on: 'write', share: share(dice, 4) }),
  (dice) => ({ kind: 'drop_request', on: dice.pick(WRITES), share: share(dice, 3) }),
  (dice) => ({ kind: 'duplicate', on: dice.pick(['replace_order', 'cancel_order']), share: 0.2 }),
  (dice) => ({
    kind: 'status',
    on: dice.pick(['write', 'read']),
    status: dice.pick(STATUSES),
    executed: dice.chance(0.6),
    share: share(dice, 4),
  }),
  (dice) => ({
    kind: 'half_open',
    on: dice.pick(['write', 'read']),
    executed: dice.chance(0.6),
    share: share(dice, 2),
  }),
  (dice) => ({ kind: 'reject', on: dice.pick(WRITES), share: share(dice, 5) }),
  (dice) => ({
    kind: 'stale_reads',
    on: dice.pick(READS),
    ms: dice.between(100, 1500),
    share: share(dice, 20),
  }),
  (dice) => ({
    kind: dice.pick(['truncate', 'garbage'] as const),
    on: dice.pick(['write', 'read']),
    share: share(dice, 3),
  }),
  (dice) => ({
    kind: 'stream_stall',
    on: dice.pick(['transactions', 'prices']),
    ms: dice.between(100, 3000),
    share: share(dice, 2),
  }),
  (dice) => ({
    kind: 'stream_cut',
    on: dice.pick(['transactions', 'prices']),
    share: share(dice, 1),
  }),
  (dice) => ({ kind: 'stream_disorder', on: 'transactions', share: share(dice, 20) }),
  (dice) => ({ kind: 'stream_repeat', on: 'transactions', share: share(dice, 20) }),
];

/** The switches of one round: some of each sort, and now and then none. */
export function drawFaults(dice: Dice): readonly object[] {
  if (dice.chance(0.05)) return [];
  return Array.from({ length: dice.between(3, 7) }, () => dice.pick(DRAWS)(dice));
}

/** Something that the broker decides by itself; `trades` are the numbers of open ones. */
export function drawFact(
  dice: Dice,
  instruments: readonly string[],
  trades: readonly string[],
): Readonly<Record<string, unknown>> {
  const instrument = dice.pick(instruments);
  const amount = `${dice.chance(0.5) ? '-' : ''}${dice.between(1, 99)}.${dice.between(10, 99)}`;
  const trade = trades.length === 0 ? undefined : dice.pick(trades);
  const facts: readonly Readonly<Record<string, unknown>>[] = [
    { fact: 'transfer', amount },
    { fact: 'fee', amount: `-${dice.between(1, 9)}.5` },
    { fact: 'adjustment', amount },
    { fact: 'financing', instrument, amount },
    { fact: 'margin_call' },
    { fact: 'margin_call_extend' },
    { fact: 'margin_call_exit' },
    { fact: 'liquidity', instrument, units: String(dice.between(1, 12)) },
    { fact: 'liquidity', instrument, units: String(dice.between(1, 12)) },
    { fact: 'liquidity', instrument, units: null },
    { fact: 'halt', instrument, halted: true },
    { fact: 'halt', instrument, halted: false },
    { fact: 'margin_closeout' },
    { fact: 'account_reset' },
    ...(trade === undefined ? [] : [{ fact: 'close_by_hand', trade }]),
  ];
  return dice.pick(facts);
}
