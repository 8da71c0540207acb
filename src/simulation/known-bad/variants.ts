import type { Invariant } from '../violation.ts';
import type { WorldName } from '../worlds.ts';

/**
 * An engine that is broken in one place: `find` stands exactly once in the source file, and
 * `replace` takes its place. Within so many seeds the simulation must notice, by this invariant.
 */
export interface Variant {
  readonly name: string;
  /** Below `src/`. */
  readonly file: string;
  readonly find: string;
  readonly replace: string;
  readonly invariant: Invariant;
  readonly seeds: number;
  /** The kind of world that notices it; left out: over the wire. */
  readonly world?: WorldName;
}

const TURNS_SEND = `      const token = this.#journal.commit();
      for (const outcome of this.#outbox.dispatch(token, sealed, book.time)) this.#apply(outcome);`;

export const VARIANTS: readonly Variant[] = [
  {
    name: 'sends before the sync',
    file: 'runtime/turns.ts',
    find: TURNS_SEND,
    replace: `      const token = { through: Infinity } as never;
      for (const outcome of this.#outbox.dispatch(token, sealed, book.time)) this.#apply(outcome);
      this.#journal.commit();`,
    invariant: 'sent_before_durable',
    seeds: 5,
  },
  {
    name: 'asks after an order by sending it again',
    file: 'runtime/outbox.ts',
    find: `    const { clientOrderId } = this.#kernel.orderSend(order);`,
    replace: `    const { clientOrderId } = this.#kernel.orderSend(order);
    this.#venue.submit(this.#kernel.orderSend(order), now);`,
    invariant: 'sent_twice',
    seeds: 40,
  },
  {
    name: 'sends again under a new client order id',
    file: 'runtime/outbox.ts',
    find: `    this.#venue.submit(this.#kernel.orderSend(order), now);`,
    replace: `    const send = this.#kernel.orderSend(order);
    this.#venue.submit(send, now);
    if (order % 16 === 0) {
      this.#venue.submit({ ...send, clientOrderId: send.clientOrderId + '0' }, now);
    }`,
    invariant: 'sent_twice',
    seeds: 20,
  },
  {
    name: 'draws client order ids at random',
    file: 'runtime/engine.ts',
    find: `      prefix,
      nonce,`,
    replace: `      prefix,
      nonce: String(Math.random()).slice(2).padEnd(10, '0').slice(0, 10),`,
    invariant: 'replay_differs',
    seeds: 25,
  },
  {
    name: 'keeps its nonce over a restart',
    file: 'runtime/engine.ts',
    find: `      prefix,
      nonce,`,
    replace: `      prefix,
      nonce: 'aaaaaaaaaa',`,
    invariant: 'nonce_repeated',
    seeds: 10,
  },
  {
    name: 'keeps its nonce after a declared restore',
    file: 'runtime/engine.ts',
    find: `      prefix,
      nonce,`,
    replace: `      prefix,
      nonce: restored ? (this.kernel.book.orders.boots.at(-1)?.nonce ?? nonce) : nonce,`,
    invariant: 'nonce_repeated',
    seeds: 200,
  },
  {
    name: 'forgets what was on its way at a restart',
    file: 'kernel/orders/doubt-desk.ts',
    find: `    for (const order of [...this.#book.orders.open()]) {
      if (order.state === OrderState.intended`,
    replace: `    for (const order of [...this.#book.orders.open()].slice(0, 0)) {
      if (order.state === OrderState.intended`,
    invariant: 'no_progress',
    seeds: 60,
  },
  {
    name: 'takes a late answer for a refusal',
    file: 'kernel/orders/venue-desk.ts',
    find: `  [ReportKind.unknown]: OrderEvent.unknown,`,
    replace: `  [ReportKind.unknown]: OrderEvent.refused,`,
    invariant: 'released_without_ground',
    seeds: 40,
  },
  {
    name: 'takes new risk where an order is in doubt',
    file: 'kernel/orders/doubts.ts',
    find: `    if (this.#doubts.size === 0) return undefined;
    for`,
    replace: `    if (this.#doubts.size >= 0) return undefined;
    for`,
    invariant: 'risk_in_doubt',
    seeds: 20,
  },
  {
    name: 'calls orders absent at the next clean comparison',
    file: 'kernel/reconciliation/desk.ts',
    find: `    for (const found of news) this.#alert(found);`,
    replace: `    for (const found of news) this.#alert(found);
    for (const { order } of isClean ? this.#book.doubts.all() : []) {
      const held = present(this.#book.orders.find(order), 'order');
      const told = { brokerOrderId: '', reason: '', cursor: 0, venueTime: 0 };
      const terms = { quantity: 0, limitPrice: 0, stopPrice: 0 };
      if (isSubmitInDoubt(held)) this.#desk.move(held, 14, { ...told, ...terms } as never);
    }`,
    invariant: 'released_without_ground',
    seeds: 400,
  },
  {
    name: 'believes a look-up that found nothing',
    file: 'kernel/orders/in-doubt.ts',
    find: `  return readAt !== NO_TIME && readAt > end + venue.readLagUs;`,
    replace: `  return readAt !== NO_TIME && end > venue.readLagUs;`,
    invariant: 'released_without_ground',
    seeds: 60,
  },
  {
    name: 'leaves orders in doubt out of the exit budget',
    file: 'kernel/orders/order.ts',
    find: `  get remaining(): Quantity {`,
    replace: `  get remaining(): Quantity {
    if (this.state === OrderState.inDoubt || this.state === OrderState.presumedAbsent) {
      return 0 as Quantity;
    }`,
    invariant: 'exit_over_budget',
    seeds: 100,
  },
  {
    name: 'sends exits without the flag of the venue',
    file: 'kernel/orders/order-desk.ts',
    find: `asked.reduceOnly || (isExit && this.#venue.reduceOnly)`,
    replace: `asked.reduceOnly`,
    invariant: 'exit_flips',
    seeds: 60,
  },
  {
    name: 'closes again what the broker has closed',
    file: 'kernel/account/account.ts',
    find: `    if (Math.sign(whole) !== Math.sign(own)) return 0 as Quantity;`,
    replace: `    if (Math.sign(whole) !== 2) return own;`,
    invariant: 'exit_over_budget',
    seeds: 100,
  },
  {
    name: 'books a fill as often as it is told',
    file: 'kernel/orders/venue-desk.ts',
    find: `    if (fill.cursor === 0 && this.#book.executions.has(fill.executionId)) return;`,
    replace: '',
    invariant: 'fills_differ',
    seeds: 60,
  },
  {
    name: 'books a fact of the ledger as often as it is told',
    file: 'kernel/orders/venue-desk.ts',
    find: `    if (fact.cursor === 0 && this.#book.executions.has(ledgerId(fact))) return;`,
    replace: '',
    invariant: 'no_progress',
    seeds: 400,
  },
  {
    name: 'lets an older word revive what has ended',
    file: 'kernel/orders/steps.ts',
    find: `venueTime <= endedAt`,
    replace: `venueTime < endedAt`,
    invariant: 'no_progress',
    seeds: 200,
  },
  {
    name: 'loses the keys of orders that had ended at a restart',
    file: 'kernel/orders/idempotency.ts',
    find: `this.#isExpired(released, now) ? undefined : released;`,
    replace: `this.#isExpired(released, now) ||
      released.number <= this.#takenBeforeStart
      ? undefined
      : released;`,
    invariant: 'key_used_twice',
    seeds: 1500,
  },
  {
    name: 'reads frames without their checksums',
    file: 'journal/group.ts',
    find: `    if (this.#view.getUint32(at + 4, true) !== crc32cOf(`,
    replace: `    if (at < 0 && this.#view.getUint32(at + 4, true) !== crc32cOf(`,
    invariant: 'recovered_state_differs',
    seeds: 1000,
  },
  {
    name: 'takes a torn group for a whole one',
    file: 'journal/group.ts',
    find: `  if (!readFrames(group, header, IGNORE)) return { fault: 'frame' };`,
    replace: '',
    invariant: 'recovery_refused',
    seeds: 1500,
  },
  {
    name: 'appends after a torn tail',
    file: 'journal/segment-store.ts',
    find: `    this.#fillSpare(Number.POSITIVE_INFINITY);
    return this.#promote(this.#header);
  }

  /**
   * The newest segment holds`,
    replace: `    if (found !== undefined && found.strayBytes > 0) {
      this.#header = found.header;
      this.#end = blocksOf(found.offset) + blocksOf(found.strayBytes);
      return disk.open(join(this.#directory, found.file.name));
    }
    this.#fillSpare(Number.POSITIVE_INFINITY);
    return this.#promote(this.#header);
  }

  /**
   * The newest segment holds`,
    invariant: 'recovery_refused',
    seeds: 700,
  },
  {
    name: 'has no hash chain',
    file: 'journal/segment.ts',
    find: `!group.previous.equals(this.#digest)`,
    replace: 'false',
    invariant: 'change_unnoticed',
    seeds: 40,
  },
  {
    name: 'does not sync the directory of a new segment',
    file: 'journal/segment-store.ts',
    find: `    this.#disk.syncDirectory(this.#directory);
    this.#spare = undefined;`,
    replace: `    this.#spare = undefined;`,
    invariant: 'durable_lost',
    seeds: 60,
  },
  {
    name: 'believes what the cache shows before it is synced',
    file: 'journal/segment-store.ts',
    find: `    this.#syncFound(join(this.#directory, last.name));`,
    replace: '',
    invariant: 'recovery_refused',
    seeds: 400,
  },
  {
    name: 'tries a failed sync again',
    file: 'journal/segment-store.ts',
    find: `      this.#file.write(group, at);
      this.#file.sync();`,
    replace: `      this.#file.write(group, at);
      try {
        this.#file.sync();
      } catch {
        this.#file.sync();
      }`,
    invariant: 'sent_before_durable',
    seeds: 1500,
  },
  {
    name: 'does not sync a group at all',
    file: 'journal/segment-store.ts',
    find: `      this.#file.write(group, at);
      this.#file.sync();`,
    replace: `      this.#file.write(group, at);`,
    invariant: 'sent_before_durable',
    seeds: 5,
  },
  {
    name: 'recovers from the cache of the system',
    file: 'simulation/simulated-disk.ts',
    find: `      if (!this.readsAroundCache) return shown.bytes().subarray(0, most);`,
    replace: `      if (held !== undefined) return shown.bytes().subarray(0, most);`,
    invariant: 'journal_damaged',
    seeds: 2000,
  },
  {
    name: 'begins a group within the block of the one before',
    file: 'journal/segment-store.ts',
    find: `      const at = blocksOf(this.#end);`,
    replace: `      const at = this.#end % 4096 > 3000 ? blocksOf(this.#end) : this.#end;`,
    invariant: 'sent_before_durable',
    seeds: 5,
  },
  {
    name: 'books facts before it knows where its books begin',
    file: 'kernel/orders/venue-desk.ts',
    find: `cursor <= last || !this.#book.beginning.isOpen`,
    replace: `cursor <= last`,
    invariant: 'no_progress',
    seeds: 100,
  },
  {
    name: 'begins with the balance of its configuration',
    file: 'kernel/account/beginning.ts',
    find: `    account.open(snapshot.balance);`,
    replace: ``,
    invariant: 'no_progress',
    seeds: 100,
  },
];
