import { US_PER_MS } from '../model/time.ts';
import type { TimeUs } from '../model/units.ts';
import type { HttpAnswer, HttpRequest } from '../venues/http-port.ts';
import { readTime } from '../venues/oanda/wire-values.ts';
import type { Reply } from '../venues/server/request-desk.ts';
import type { Dice } from './dice.ts';
import type { FaultSource } from './faults.ts';
import type { HttpFault } from './http-faults.ts';
import type { SimulatedBroker } from './simulated-broker.ts';
import type { Timeline } from './timeline.ts';

const MS = 1000;

export interface NetworkParts {
  readonly timeline: Timeline;
  readonly dice: Dice;
  readonly faults: FaultSource<HttpFault>;
  readonly broker: SimulatedBroker;
  /** A request that arrives later than this after its connection ended is not taken any more. */
  readonly horizonUs: number;
  /** A request leaves the process. */
  readonly left: (request: HttpRequest) => void;
  /** Something reached the process: it may die of it. */
  readonly received: () => void;
}

/** One TCP connection, as far as requests go. */
export interface Connection {
  /** When the client's end was closed. */
  closedAt: number | undefined;
  /** Nothing gets through any more, and nobody knows. */
  isSilent: boolean;
  usedAt: number;
}

/** A request on its way, or at work. */
interface Flight {
  readonly request: HttpRequest;
  readonly connection: Connection;
  readonly arrivesAt: number;
}

/** Who waits for the answer to a request. */
export interface Caller {
  /** Called at once, never after it gave up. */
  answered(answer: HttpAnswer): void;
  readonly isOver: boolean;
  /** The port that it is of is still there. */
  later(us: number, what: () => void): void;
}

/**
 * What lies between an adapter's sockets and its broker: requests and answers are lost, late or cut
 * off, and connections end, or only seem to stand.
 */
export class SimulatedNetwork {
  readonly parts: NetworkParts;
  readonly #flights = new Set<Flight>();

  constructor(parts: NetworkParts) {
    this.parts = parts;
  }

  get now(): number {
    return this.parts.timeline.now;
  }

  /** The way of one packet, µs. */
  hop(): number {
    return this.parts.dice.between(MS, 40 * MS);
  }

  #mayArrive({ connection: { closedAt }, arrivesAt }: Flight): boolean {
    return closedAt === undefined || arrivesAt <= closedAt + this.parts.horizonUs;
  }

  /** The broker refuses an order whose time has passed when it arrives. */
  #isExpired({ request: { body = '' }, arrivesAt }: Flight): boolean {
    const [, text] = /"gtdTime":"([^"]+)"/.exec(body) ?? [];
    if (text === undefined) return false;
    return arrivesAt + this.parts.broker.skewUs >= readTime(text);
  }

  /** Could a request still arrive whose path or body says this? */
  mayArrive(method: 'POST' | 'PUT', text: string): boolean {
    for (const flight of this.#flights) {
      const { method: its, path, body = '' } = flight.request;
      if (its !== method || !this.#mayArrive(flight) || this.#isExpired(flight)) continue;
      if (path.includes(text) || body.includes(`"${text}"`)) return true;
    }
    return false;
  }

  /** Is anything on its way that would change something? */
  get changesArrive(): boolean {
    for (const flight of this.#flights) {
      if (flight.request.method !== 'GET' && this.#mayArrive(flight)) return true;
    }
    return false;
  }

  /** Sends a request over a connection that stands. */
  send(request: HttpRequest, connection: Connection, caller: Caller): void {
    const { faults, timeline, left } = this.parts;
    left(request);
    connection.usedAt = this.now;
    const reset = faults.meets('request_reset');
    if (reset !== 0) caller.later(this.hop(), () => fail(caller, 'ECONNRESET'));
    const isLost = faults.meets('request_lost') !== 0 || connection.isSilent;
    if (isLost || (reset !== 0 && reset % 2 === 0)) return;
    const late = faults.meets('request_late');
    const span = request.deadlineUs + this.parts.horizonUs;
    const delay = late === 0 ? this.hop() : 200 * MS + (late % span);
    const flight: Flight = { request, connection, arrivesAt: this.now + delay };
    this.#flights.add(flight);
    timeline.after(delay, () => this.#arrive(flight, caller));
  }

  #arrive(flight: Flight, caller: Caller): void {
    const { broker } = this.parts;
    this.#flights.delete(flight);
    if (!this.#mayArrive(flight)) return;
    if (!broker.isUp) {
      caller.later(this.hop(), () => fail(caller, 'ECONNRESET'));
      return;
    }
    broker.request(flight.request, (reply) => this.#back(reply, flight.connection, caller));
  }

  #back(reply: Reply, connection: Connection, caller: Caller): void {
    if (caller.isOver || connection.isSilent) return;
    const { faults } = this.parts;
    if (reply.kind === 'none') {
      if (reply.cut) caller.later(this.hop(), () => fail(caller, 'ECONNRESET'));
      return;
    }
    if (reply.kind === 'stream' || faults.meets('answer_lost') !== 0) return;
    const late = faults.meets('answer_late');
    const delay = this.hop() + (late === 0 ? 0 : 100 * MS + (late % (3000 * MS)));
    const isReset = faults.meets('answer_reset') !== 0;
    const isCut = faults.meets('answer_cut') !== 0;
    caller.later(delay, () => {
      if (isReset) fail(caller, 'ECONNRESET');
      else if (isCut) fail(caller, 'the answer was cut short');
      else if (!caller.isOver) caller.answered(answerOf(reply));
    });
  }
}

function fail(caller: Caller, reason: string): void {
  if (!caller.isOver) caller.answered({ kind: 'failed', sent: 'maybe', reason });
}

function answerOf({ status, text, headers }: Extract<Reply, { kind: 'answer' }>): HttpAnswer {
  const ms = Date.parse(headers['date'] ?? '');
  const date = Number.isNaN(ms) ? undefined : ((ms * US_PER_MS) as TimeUs);
  return { kind: 'answered', status, body: text, date };
}
