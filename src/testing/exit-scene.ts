import assert from 'node:assert/strict';
import { stateBytes } from '../journal/hashes.ts';
import type { KernelConfig } from '../kernel/config.ts';
import type { Order } from '../kernel/orders/order.ts';
import type { OrderRequest, SubmitResult } from '../kernel/strategy/api.ts';
import { EXIT_JOB_STEPS } from '../model/exit-job.ts';
import { OrderType, Side } from '../model/order.ts';
import { RecordKind } from '../model/records.ts';
import { US_PER_SECOND } from '../model/time.ts';
import type { InstrumentIndex, OrderHandle, Price, Quantity } from '../model/units.ts';
import { ReportKind, type VenueCapabilities } from '../model/venue.ts';
import { simCapabilities } from '../venues/sim/config.ts';
import { type GateSettings, gateSetup } from './gate-setup.ts';
import { KernelRig } from './kernel-rig.ts';

const K = 0 as InstrumentIndex;
export const TIED = simCapabilities({ submitUs: 0, cancelUs: 0, reportUs: 0 });
/** Nobody but us holds exits to the position. */
export const FREE: VenueCapabilities = {
  ...TIED,
  reduceOnly: false,
  protectionTiedToPosition: false,
};
export const FLAGGED: VenueCapabilities = { ...FREE, reduceOnly: true };
export const CAP = 4;
/** Entries are let through by the whole size, exits are sliced. */
export const SIZE: GateSettings = { orderSize: { mode: 'enforce', max: { '*': `${CAP}` } } };

type Words = 'buy' | 'sell';
type Asked = Omit<Partial<OrderRequest>, 'quantity'> & { side: Words; quantity: number };

/** A position, what protects it, and exits of it; every word of the venue is the test's. */
export class ExitScene {
  readonly rig: KernelRig;
  readonly leaves: Words;
  readonly sign: Side;
  #keys = 0;

  constructor(
    enters: Words,
    venue: VenueCapabilities,
    settings: GateSettings = {},
    rest: Partial<KernelConfig> = {},
  ) {
    this.leaves = enters === 'buy' ? 'sell' : 'buy';
    this.sign = enters === 'buy' ? Side.buy : Side.sell;
    this.rig = new KernelRig({ kernel: { ...gateSetup(settings), venue, ...rest } });
    this.rig.quote(0, 100_000, 100_010);
  }

  /** Enters in steps that fit. */
  hold(quantity: number): void {
    for (let left = quantity; left > 0; left -= CAP) {
      const order = this.ask({
        side: this.leaves === 'sell' ? 'buy' : 'sell',
        quantity: Math.min(left, CAP),
      });
      this.rig.fill(order, Math.min(left, CAP));
    }
    this.rig.wait(120 * US_PER_SECOND);
  }

  submit(request: Asked): SubmitResult {
    this.#keys += 1;
    const { quantity } = request;
    return this.rig.submit({ key: `k${this.#keys}`, ...request, quantity: quantity as Quantity });
  }

  ask(request: Asked): OrderHandle {
    const result = this.submit(request);
    assert(result.ok, JSON.stringify(result));
    return result.order;
  }

  leave(quantity: number): SubmitResult {
    return this.submit({ side: this.leaves, quantity, reduceOnly: true });
  }

  /** A stop that works at the broker. */
  protect(quantity: number, type: 'stop' | 'limit' = 'stop'): OrderHandle {
    const below = (this.leaves === 'sell') === (type === 'stop');
    const price = (below ? 90_000 : 110_000) as Price;
    const prices = type === 'stop' ? { stopPrice: price } : { limitPrice: price };
    const order = this.ask({ side: this.leaves, quantity, type, ...prices });
    this.rig.report({ report: ReportKind.accepted, order });
    return order;
  }

  get held(): number {
    return this.rig.book.account.positions[K]?.quantity ?? 0;
  }
  get open(): readonly Order[] {
    return [...this.rig.book.orders.open()];
  }
  get jobs(): number {
    return this.rig.book.exits.jobs.size;
  }
  /** Steps of all jobs so far. */
  get steps(): readonly (string | undefined)[] {
    return this.rig.log.of(RecordKind.exitJob).map(({ exitJob }) => EXIT_JOB_STEPS[exitJob.step]);
  }
  /** Quantities of the exits at the market, in turn. */
  get slices(): readonly number[] {
    return this.rig.venue.submits
      .filter(({ terms }) => terms.type === OrderType.market && terms.side === -this.sign)
      .map(({ terms }) => terms.quantity);
  }

  /** The venue ends what it was asked to end, and fills what is at the market. */
  answer(fills = true): void {
    for (const order of this.open) {
      if ((order.flags & 1) !== 0) {
        this.rig.report({ report: ReportKind.cancelled, order: order.handle });
      } else if (order.terms.type === OrderType.market && fills) {
        this.rig.fill(order.handle, order.remaining);
      }
    }
  }

  /** What a restart in the middle leads to goes on as if there had been none. */
  restart(): void {
    assert.deepEqual(stateBytes(this.rig.folded().book), stateBytes(this.rig.book), 'X1');
    this.rig.restart();
  }
}
