/** What must hold in every run, by name. */
export const INVARIANTS = {
  sent_before_durable: 'nothing leaves before its cause is durable',
  sent_twice: 'no client order id and no decision is sent twice',
  executed_twice: 'no client order id is executed twice',
  nonce_repeated: 'no two processes make client order ids under one nonce (X4)',
  risk_in_doubt: 'no new risk is taken where an order is in doubt',
  key_used_twice: 'one idempotency key makes one order',
  exit_over_budget: 'exits on their way are no more than the position (X13)',
  exit_flips: 'no exit turns the position (X13)',
  released_without_ground: 'nothing is released that may still fill (X17)',
  reopened: 'final states reopen only as revived (X10)',
  fills_differ: 'every fill at the venue is booked exactly once',
  positions_differ: 'the positions are those of the venue',
  cash_differs: 'the balance is that of the venue',
  orders_differ: 'the open orders are those of the venue',
  durable_lost: 'what was durable is there after a crash',
  recovered_state_differs: 'a recovered engine is the one that died, to the byte',
  second_recovery_differs: 'a second recovery changes nothing',
  journal_damaged: 'the whole journal can be verified at the end',
  change_unnoticed: 'a fact that somebody changed in the journal breaks its chain',
  recovery_refused: 'what was written can be recovered',
  no_progress: 'when faults stop, work goes on',
  replay_differs: 'the same seed gives the same trace',
  broker_failed: 'the broker keeps its own books',
  engine_failed: 'the engine keeps its own assertions',
} as const;
export type Invariant = keyof typeof INVARIANTS;

/** An invariant that did not hold. Thrown where it was noticed; the first one ends the run. */
export class Violation extends Error {
  override readonly name = 'Violation';
  readonly invariant: Invariant;

  constructor(invariant: Invariant, message: string) {
    super(message);
    this.invariant = invariant;
  }
}
