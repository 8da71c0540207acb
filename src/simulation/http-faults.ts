import { FaultDesk, type FaultKind, type Fault as ServerFault } from '../venues/server/faults.ts';
import type { FaultSource } from './faults.ts';

/** What goes wrong where the engine reaches its broker over HTTP: how often, where it is usual. */
export const HTTP_FAULTS = {
  request_lost: 0.03,
  request_late: 0.03,
  request_reset: 0.02,
  answer_lost: 0.03,
  answer_late: 0.05,
  answer_reset: 0.02,
  answer_cut: 0.01,
  connect_refused: 0.03,
  connect_hangs: 0.01,
  chunk_cut: 0.1,
  chunk_late: 0.02,
  stream_dies: 0.003,
  stream_reset: 0.004,
  server_status: 0.03,
  server_drop: 0.02,
  server_garbage: 0.01,
  server_delay: 0.03,
  server_reject: 0.04,
  server_stale: 0.02,
  server_stall: 0.003,
  server_cut: 0.003,
  server_disorder: 0.02,
  server_repeat: 0.02,
  broker_killed: 0.004,
  broker_restart: 0.01,
  broker_disk: 0.3,
  broker_disk_error: 0.0004,
  process_killed: 0.003,
  restart: 0.02,
  disk_crash: 0.8,
  disk_error: 0.0004,
  disk_full: 0.0004,
  past: 0.5,
  transfer: 0.006,
  fee: 0.01,
  adjustment: 0.006,
  financing: 0.01,
  margin_call: 0.004,
  margin_closeout: 0.004,
  close_by_hand: 0.01,
  foreign_order: 0.008,
  foreign_fill: 0.008,
  trade_extensions: 0.004,
  account_reset: 0.002,
  orders_locked: 0.003,
  instrument_halt: 0.006,
  liquidity: 0.01,
} as const;
export type HttpFault = keyof typeof HTTP_FAULTS;
export const HTTP_FAULT_NAMES = Object.keys(HTTP_FAULTS) as HttpFault[];

/** A view of the account is behind by at most this, ms: the lag of reads allows for no more. */
const STALE_MAX_MS = 1900;
const DELAY_MAX_MS = 3000;
const STALL_MAX_MS = 20_000;

/** The kinds of a server's faults that one draw decides on. */
const DRAWN: Readonly<Partial<Record<FaultKind, HttpFault>>> = {
  delay: 'server_delay',
  drop_request: 'server_drop',
  status: 'server_status',
  truncate: 'server_garbage',
  reject: 'server_reject',
  stale_reads: 'server_stale',
  stream_stall: 'server_stall',
  stream_cut: 'server_cut',
  stream_disorder: 'server_disorder',
  stream_repeat: 'server_repeat',
};
const DROPS = ['drop_request', 'drop_answer', 'half_open'] as const;
const STATUSES = [429, 500, 503] as const;
const REJECTED = ['create_order', 'replace_order'];

/** The server's own switches, each drawn by the seed of the world. */
export class SimulatedServerFaults extends FaultDesk {
  readonly #faults: FaultSource<HttpFault>;

  constructor(faults: FaultSource<HttpFault>) {
    super([], 1);
    this.#faults = faults;
  }

  override strike(kinds: readonly FaultKind[], names: readonly string[]): ServerFault | undefined {
    for (const kind of kinds) {
      const fault = DRAWN[kind];
      if (fault === undefined) continue;
      if (kind === 'reject' && !REJECTED.some((name) => names.includes(name))) continue;
      const drawn = this.#faults.meets(fault);
      if (drawn !== 0) return struck(kind, drawn);
    }
    return undefined;
  }
}

function struck(kind: FaultKind, drawn: number): ServerFault {
  const base: ServerFault = {
    kind,
    on: '*',
    share: 1,
    ms: 50 + (drawn % DELAY_MAX_MS),
    status: STATUSES[drawn % 3] ?? 503,
    executed: drawn % 2 === 0,
    reason: 'INSUFFICIENT_MARGIN',
  };
  switch (kind) {
    case 'drop_request':
      return { ...base, kind: DROPS[(drawn >>> 4) % 3] ?? kind };
    case 'truncate':
      return { ...base, kind: (drawn & 16) === 0 ? 'truncate' : 'garbage' };
    case 'stale_reads':
      return { ...base, ms: 100 + (drawn % STALE_MAX_MS) };
    case 'stream_stall':
      return { ...base, ms: 500 + (drawn % STALL_MAX_MS) };
    default:
      return base;
  }
}
