import { z } from 'zod';
import { SeededRandom } from '../../market/random.ts';

/** What a broker does when it is told to misbehave. */
export const FAULT_KINDS = [
  'delay',
  'drop_request',
  'drop_answer',
  'duplicate',
  'status',
  'half_open',
  'reject',
  'stale_reads',
  'truncate',
  'garbage',
  'stream_stall',
  'stream_cut',
  'stream_disorder',
  'stream_repeat',
] as const;
export type FaultKind = (typeof FAULT_KINDS)[number];

/** A switch: what happens, to which requests, how often. */
export const faultSchema = z.strictObject({
  kind: z.enum(FAULT_KINDS),
  on: z
    .string()
    .regex(/^[a-z_*]{1,40}$/)
    .default('*')
    .describe('Name of an operation, `read`, `write`, `prices`, `transactions`, or * for all'),
  share: z.number().min(0).max(1).default(1).describe('Of those requests, drawn by the seed'),
  times: z.int().min(1).max(1_000_000).optional().describe('Ends after so many'),
  ms: z.int().min(0).max(3_600_000).default(1000).describe('Of a delay, a stall, a stale view'),
  status: z.union([z.literal(429), z.literal(500), z.literal(503)]).default(503),
  executed: z
    .boolean()
    .default(false)
    .describe('Of status, delay and half_open: it is done before the answer goes wrong'),
  reason: z
    .string()
    .regex(/^[A-Z_]{3,80}$/)
    .default('INSUFFICIENT_MARGIN')
    .describe('Of a reject'),
});

export type Fault = z.output<typeof faultSchema>;

/** Switches that may stand at once. */
export const FAULTS_MAX = 50;
export const faultsSchema = z.array(faultSchema).max(FAULTS_MAX);

interface Armed {
  readonly fault: Fault;
  left: number;
  hits: number;
}

/** The switches that stand, and what is drawn from them. */
export class FaultDesk {
  #armed: Armed[] = [];
  readonly #random: SeededRandom;

  constructor(faults: readonly Fault[], seed: number) {
    this.#random = new SeededRandom(seed);
    this.set(faults);
  }

  /** Puts these switches in the place of all others. */
  set(faults: readonly Fault[]): void {
    this.#armed = faults.map((fault) => ({
      fault,
      left: fault.times ?? Number.POSITIVE_INFINITY,
      hits: 0,
    }));
  }

  /** Each switch, and how often it has struck. */
  list(): readonly (Fault & { readonly hits: number })[] {
    return this.#armed.map(({ fault, hits }) => ({ ...fault, hits }));
  }

  /** The first switch of these kinds that strikes a request with one of these names. */
  strike(kinds: readonly FaultKind[], names: readonly string[]): Fault | undefined {
    for (const one of this.#armed) {
      const { fault } = one;
      const isFor = fault.on === '*' || names.includes(fault.on);
      if (!kinds.includes(fault.kind) || !isFor || one.left === 0) continue;
      if (fault.share < 1 && this.#random.nextFloat() >= fault.share) continue;
      one.left -= 1;
      one.hits += 1;
      return fault;
    }
    return undefined;
  }
}
