import { fmix32, hash32Pair } from '../market/random.ts';
import { present } from '../model/assert.ts';
import type { LEDGER_KINDS } from '../model/venue.ts';

/** What can go wrong on the way, at the venue, on the disk, and to the process. */
export const FAULTS = [
  'request_lost',
  'request_late',
  'answer_lost',
  'answer_late',
  'told_late',
  'told_lost',
  'told_twice',
  'read_fails',
  'read_lost',
  'read_stale',
  'read_loses_facts',
  'disconnect',
  'order_rejected',
  'fill_after_cancel',
  'cancel_undone',
  'process_killed',
  'restart',
  'disk_crash',
  'disk_error',
  'disk_full',
  'past',
  'fill_bust',
  'fill_correction',
  'foreign_order',
  'foreign_fill',
  'margin_call',
  'margin_closeout',
  'financing',
  'fee',
  'transfer',
  'adjustment',
  'account_reset',
  'account_config',
  'instrument_halt',
  'unknown',
  'disk_restored',
] as const satisfies readonly (string | (typeof LEDGER_KINDS)[number])[];
export type Fault = (typeof FAULTS)[number];

/** Share of the opportunities at which a fault strikes, in a world in which it is usual. */
export const USUAL_FAULTS: Readonly<Record<Fault, number>> = {
  request_lost: 0.05,
  request_late: 0.05,
  answer_lost: 0.08,
  answer_late: 0.08,
  told_late: 0.08,
  told_lost: 0.06,
  told_twice: 0.06,
  read_fails: 0.15,
  read_lost: 0.1,
  read_stale: 0.2,
  read_loses_facts: 0.08,
  disconnect: 0.02,
  order_rejected: 0.05,
  fill_after_cancel: 0.06,
  cancel_undone: 0.03,
  process_killed: 0.006,
  restart: 0.02,
  disk_crash: 0.8,
  disk_error: 0.0004,
  disk_full: 0.0004,
  past: 0.5,
  fill_bust: 0.004,
  fill_correction: 0.004,
  foreign_order: 0.005,
  foreign_fill: 0.006,
  margin_call: 0.003,
  margin_closeout: 0.003,
  financing: 0.01,
  fee: 0.01,
  transfer: 0.005,
  adjustment: 0.005,
  account_reset: 0.0015,
  account_config: 0.003,
  instrument_halt: 0.005,
  unknown: 0.001,
  disk_restored: 0.05,
};

/** A fault is off in some worlds, usual in some, and frequent in others. */
const SCALES = [0, 0, 0.4, 1, 1, 2.5] as const;
const TWO_32 = 4_294_967_296;

/**
 * The run that a seed stands for, and what is left of it after a failure was cut down: `only`
 * these faults strike, each named by its kind and the number of its opportunity.
 */
export interface Plan {
  readonly seed: number;
  /** How long the strategy acts, virtual µs; left out: what the seed says. */
  readonly activeUs?: number;
  readonly only?: readonly string[];
}

/** How often a fault strikes, of 2^32, and how often it could have. */
interface Chance {
  readonly stream: number;
  readonly rate: number;
  met: number;
}

/** Who asks whether a fault strikes. */
export interface FaultSource<F extends string> {
  /** Nothing strikes any more. */
  readonly calm: boolean;
  /** It never strikes in this world. */
  isOff(fault: F): boolean;
  /** 0 where nothing strikes, else a random number to shape the fault with. */
  meets(fault: F): number;
}

/**
 * Decides at each opportunity whether a fault strikes. The decision depends on the seed, the kind
 * and the number of the opportunity alone, so that taking one fault away leaves the others.
 */
export class Faults<F extends string = Fault> implements FaultSource<F> {
  /** Names of the faults that struck, in order. */
  readonly struck: string[] = [];
  readonly counts: Record<F, number>;
  calm = false;
  readonly #seed: number = 0;
  readonly #only: ReadonlySet<string> | undefined;
  readonly #chances = new Map<F, Chance>();

  /** `usual`: each fault of this kind of world, in an order that stays, and how often it is. */
  constructor(plan: Plan, usual: Readonly<Record<F, number>>) {
    this.#seed = fmix32(plan.seed ^ 0x5eed) ^ fmix32(Math.floor(plan.seed / TWO_32));
    this.#only = plan.only === undefined ? undefined : new Set(plan.only);
    const names = Object.keys(usual) as F[];
    this.counts = Object.fromEntries(names.map((fault) => [fault, 0])) as Record<F, number>;
    for (const [i, fault] of names.entries()) {
      const scale = SCALES[hash32Pair(this.#seed, i, 1) % SCALES.length] ?? 1;
      const rate = Math.min(1, usual[fault] * scale) * TWO_32;
      this.#chances.set(fault, { stream: i + 64, rate, met: 0 });
    }
  }

  isOff(fault: F): boolean {
    return this.#chances.get(fault)?.rate === 0;
  }

  meets(fault: F): number {
    const chance = present(this.#chances.get(fault), fault);
    const { met } = chance;
    chance.met += 1;
    if (this.calm) return 0;
    const drawn = hash32Pair(this.#seed, chance.stream, met);
    if (drawn >= chance.rate) return 0;
    const name = `${fault}.${met}`;
    if (this.#only !== undefined && !this.#only.has(name)) return 0;
    this.struck.push(name);
    this.counts[fault] += 1;
    return fmix32(drawn + 1) || 1;
  }
}

/** The plan as one word: `17`, or `17:12500000:answer_lost.3,disk_crash.0`. */
export function formatPlan({ seed, activeUs, only }: Plan): string {
  if (activeUs === undefined && only === undefined) return String(seed);
  return `${seed}:${activeUs ?? ''}:${only?.join(',') ?? '*'}`;
}

/** Reads what {@link formatPlan} wrote; `undefined` for anything else. */
export function parsePlan(text: string, faults: readonly string[] = FAULTS): Plan | undefined {
  const parts = /^(\d{1,15})(?::(\d{0,12}):(\*|[a-z_.,\d]*))?$/.exec(text);
  if (parts === null) return undefined;
  const [, seed = '', activeUs = '', only = '*'] = parts;
  const names = only === '' ? [] : only.split(',');
  const isKnown = (name: string): boolean =>
    /\.\d{1,9}$/.test(name) && faults.includes(name.replace(/\.\d+$/, ''));
  if (only !== '*' && !names.every(isKnown)) return undefined;
  return {
    seed: Number(seed),
    ...(activeUs === '' ? {} : { activeUs: Number(activeUs) }),
    ...(only === '*' ? {} : { only: names }),
  };
}
