import type { Kernel } from '../kernel/kernel.ts';
import { ORDER_STATES, OrderRole, OrderState } from '../model/order.ts';
import { NO_PRICE, type OrderHandle } from '../model/units.ts';
import type { OrderSend } from '../model/venue.ts';
import type { HttpRequest } from '../venues/http-port.ts';
import type { OrderEntry } from '../venues/server/entries.ts';
import type { Ledger } from '../venues/server/ledger.ts';
import { BrokerTruth, positionsOf, type TrueFill, type TrueOrder } from './broker-truth.ts';
import { EngineChecks, type SentEntry } from './engine-checks.ts';
import type { JournalWatch } from './journal-watch.ts';
import { PREFIX } from './submission.ts';

/** Compares what the engine and its adapter do with the broker's log and books. */
export class HttpChecker extends EngineChecks {
  readonly truth: BrokerTruth;
  readonly #journal: JournalWatch;
  /** What the engine gave to its adapter, and what left the process. */
  readonly #given = new Set<string>();
  readonly #left = new Set<string>();
  readonly #exits = new Set<string>();
  /** May a submit with this id still arrive? */
  mayArrive: (clientOrderId: string) => boolean = () => false;

  constructor(journal: JournalWatch) {
    super(journal, true);
    this.#journal = journal;
    this.truth = new BrokerTruth(PREFIX, {
      taken: (order) => this.#taken(order),
      takenTwice: (id) => this.fail('executed_twice', `the broker took ${id} again`),
      filled: (fill) => this.#filled(fill),
    });
  }

  override submitted(send: OrderSend): void {
    super.submitted(send);
    this.#given.add(send.clientOrderId);
  }

  protected override entrySent(_entry: SentEntry): void {
    // What an entry does to a position is its own affair.
  }

  protected override exitSent({ clientOrderId }: OrderSend): void {
    this.#exits.add(clientOrderId);
  }

  /** A request leaves the process. */
  left({ method, path, body = '' }: HttpRequest): void {
    this.trace(`${method} ${path} ${body}`);
    if (method !== 'POST') return;
    const [, id = ''] = /"clientExtensions":\{"id":"([^"]+)"/.exec(body) ?? [];
    if (!this.#given.has(id)) {
      this.fail('sent_before_durable', `a submit of '${id}' leaves, and no intent is behind it`);
    }
    if (this.#left.has(id)) this.fail('sent_twice', `the submit of ${id} leaves again`);
    this.#left.add(id);
  }

  #taken({ clientOrderId }: TrueOrder): void {
    if (this.#left.has(clientOrderId)) return;
    this.fail('sent_before_durable', `the broker has ${clientOrderId}, which was never sent`);
  }

  /** A leg is tied to its trade, an exit only reduces: neither turns a position, ever. */
  #filled({ order, before, after }: TrueFill): void {
    if (order === undefined || !(order.isLeg || this.#exits.has(order.clientOrderId))) return;
    if (Math.abs(after) < Math.abs(before) && before * after >= 0) return;
    const what = `${order.clientOrderId} takes the position from ${before} to ${after}`;
    this.fail('exit_flips', `exit ${what}`);
  }

  protected override ended(order: OrderHandle, to: OrderState): void {
    const kernel = this.kernel;
    if (kernel === undefined || to === OrderState.filled) return;
    const id = kernel.orderSend(order).clientOrderId;
    const what = `order ${order} (${id}) ends as ${ORDER_STATES[to]}`;
    if (this.mayArrive(id)) {
      this.fail('released_without_ground', `${what} while its submit may still arrive`);
    }
    const theirs = this.truth.orders.get(id);
    if (theirs === undefined) return;
    const never = to === OrderState.withdrawn || to === OrderState.notPlaced;
    if (never && theirs.state !== 'rejected') {
      this.fail('released_without_ground', `${what}, and the broker has it`);
    }
    if (theirs.state === 'open') {
      this.fail('released_without_ground', `${what} while it is open at the broker`);
    }
  }

  /** At the end, when all was told: the engine's books and the broker's are the same. */
  compare(ledger: Ledger): void {
    const kernel = this.kernel;
    if (kernel === undefined) this.fail('no_progress', 'no engine runs at the end');
    this.#compareFills();
    const { account } = kernel.book;
    for (const [k, quantity] of positionsOf(ledger).entries()) {
      const own = account.positions[k]?.quantity ?? 0;
      const external = account.external[k]?.quantity ?? 0;
      if (own + external === quantity) continue;
      const ours = `own ${own}, external ${external}`;
      this.fail('positions_differ', `instrument ${k}: ${ours}, broker ${quantity}`);
    }
    const { balance } = ledger.venue.account;
    if (account.balance !== balance) {
      this.fail('cash_differs', `engine ${account.balance}, broker ${balance}`);
    }
    this.#compareOrders(kernel, ledger);
  }

  #compareFills(): void {
    const own = new Set<string>();
    for (const { clientOrderId, fills } of this.truth.orders.values()) {
      for (const id of fills) {
        own.add(id);
        const times = this.#journal.executions.get(id) ?? 0;
        if (times === 1) continue;
        this.fail('fills_differ', `execution ${id} of ${clientOrderId} is booked ${times} times`);
      }
    }
    for (const [id, times] of this.#journal.executions) {
      if (own.has(id) || times === 1) continue;
      this.fail('fills_differ', `execution ${id}, none of ours, is booked ${times} times`);
    }
  }

  #compareOrders(kernel: Kernel, ledger: Ledger): void {
    const theirs = new Map<string, OrderEntry>();
    for (const order of ledger.pending.values()) {
      const id = order.client?.id ?? '';
      if (id.startsWith(PREFIX)) theirs.set(id, order);
    }
    for (const ours of kernel.book.orders.open()) {
      const id = kernel.orderSend(ours.handle).clientOrderId;
      const their = theirs.get(id);
      theirs.delete(id);
      const what = `order ${ours.handle} (${id})`;
      if (their === undefined) {
        const state = ORDER_STATES[ours.state];
        this.fail('orders_differ', `${what} is ${state} here and not open at the broker`);
      }
      const { quantity, limitPrice, stopPrice } = ours.terms;
      const { units, kind, bound } = their.spec;
      const isStop = kind === 'STOP' || kind === 'STOP_LOSS';
      const price = isStop ? stopPrice : limitPrice;
      const isBound = !isStop || bound === 0 || limitPrice === NO_PRICE || bound === limitPrice;
      const isSized = ours.role !== OrderRole.order || quantity - ours.filled === Math.abs(units);
      if (price === their.stop && isBound && isSized) continue;
      const terms = `${quantity - ours.filled} at ${price}`;
      const text = `${terms} here, ${Math.abs(units)} at ${their.stop} at the broker`;
      this.fail('orders_differ', `${what} has other terms: ${text}`);
    }
    for (const [id] of theirs) this.fail('orders_differ', `${id} is open at the broker alone`);
  }
}
