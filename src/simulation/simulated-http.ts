import type { TimeUs } from '../model/units.ts';
import type {
  HttpAnswer,
  HttpPool,
  HttpPort,
  HttpRequest,
  HttpStream,
  StreamListener,
} from '../venues/http-port.ts';
import type { TimerPort } from '../venues/timer-port.ts';
import type { Connection, SimulatedNetwork } from './simulated-network.ts';
import { SimulatedStream } from './simulated-stream.ts';

const SECOND = 1_000_000;
/** A connection that nobody used for so long is not used again. */
const IDLE_US = 4 * SECOND;

/** The sockets and timers of one process: they end with it, and nothing is called after that. */
export class SimulatedHttp implements HttpPort, TimerPort {
  readonly network: SimulatedNetwork;
  readonly #connections = new Set<Connection>();
  readonly #calls = new Set<Call>();
  readonly #streams = new Set<SimulatedStream>();
  isDead = false;

  constructor(network: SimulatedNetwork) {
    this.network = network;
  }

  now(): TimeUs {
    return this.network.now as TimeUs;
  }

  evenUs(): number {
    return this.now();
  }

  random(): number {
    return this.network.parts.dice.below(1_000_000) / 1_000_000;
  }

  /** Does something later, unless the process has died by then. */
  later(us: number, what: () => void): void {
    this.network.parts.timeline.after(us, () => {
      if (!this.isDead) what();
    });
  }

  after(us: number, what: () => void): () => void {
    let isOff = false;
    this.later(us, () => {
      if (!isOff) what();
    });
    return () => {
      isOff = true;
    };
  }

  /** Something reaches the process. */
  deliver(what: () => void): void {
    this.network.parts.received();
    what();
  }

  openPool(connections: number): HttpPool {
    return new Pool(this, connections);
  }

  connected(): Connection {
    const connection = { closedAt: undefined, isSilent: false, usedAt: this.network.now };
    this.#connections.add(connection);
    return connection;
  }

  closed(connection: Connection): void {
    connection.closedAt ??= this.network.now;
    this.#connections.delete(connection);
  }

  /** Does it believe in a connection that nothing gets through? */
  get isDeluded(): boolean {
    const since = this.network.now - IDLE_US;
    for (const { isSilent, usedAt } of this.#connections) {
      if (isSilent && usedAt >= since) return true;
    }
    return false;
  }

  called(call: Call): void {
    this.#calls.add(call);
  }

  over(call: Call): void {
    this.#calls.delete(call);
  }

  stream(path: string, listener: StreamListener): HttpStream {
    const stream = new SimulatedStream(this, listener, () => this.#streams.delete(stream));
    this.#streams.add(stream);
    stream.open(path);
    return stream;
  }

  /** The process has died; what it had on the wire may still arrive. */
  die(): void {
    this.isDead = true;
    for (const connection of this.#connections) connection.closedAt ??= this.network.now;
    for (const stream of this.#streams) stream.close();
  }

  /** The broker is gone: the far ends of all connections end, or fall silent with their machine. */
  brokerGone(withMachine: boolean): void {
    const hop = this.network.hop();
    for (const connection of this.#connections) connection.isSilent = true;
    for (const stream of this.#streams) stream.brokerGone(withMachine);
    if (withMachine) return;
    for (const call of this.#calls) this.later(hop, () => call.reset());
  }
}

/** A request of a pool, from the call to its end. */
class Call {
  readonly request: HttpRequest;
  readonly #http: SimulatedHttp;
  readonly #pool: Pool;
  readonly #done: (answer: HttpAnswer) => void;
  connection: Connection | undefined;
  isBusy = false;
  isOver = false;

  constructor(
    http: SimulatedHttp,
    pool: Pool,
    request: HttpRequest,
    done: (answer: HttpAnswer) => void,
  ) {
    this.request = request;
    this.#http = http;
    this.#pool = pool;
    this.#done = done;
  }

  later(us: number, what: () => void): void {
    this.#http.later(us, what);
  }

  /** The connection that it was sent on has ended. */
  reset(): void {
    if (this.connection !== undefined) this.failed('ECONNRESET');
  }

  failed(reason: string): void {
    if (this.isOver) return;
    const sent = this.connection === undefined ? 'no' : 'maybe';
    this.answered({ kind: 'failed', sent, reason });
  }

  answered(answer: HttpAnswer): void {
    this.isOver = true;
    this.#http.over(this);
    this.#pool.freed(this, answer.kind === 'answered');
    this.#http.deliver(() => this.#done(answer));
    this.#pool.next();
  }

  /** It ends with its pool, without a word. */
  dropped(): void {
    this.isOver = true;
    this.#http.over(this);
    if (this.connection !== undefined) this.#http.closed(this.connection);
  }
}

class Pool implements HttpPool {
  readonly #http: SimulatedHttp;
  readonly #most: number = 0;
  #queue: Call[] = [];
  readonly #running = new Set<Call>();
  #idle: Connection[] = [];
  #isClosed = false;

  constructor(http: SimulatedHttp, connections: number) {
    this.#http = http;
    this.#most = connections;
  }

  request(request: HttpRequest, done: (answer: HttpAnswer) => void): void {
    if (this.#isClosed) return;
    const call = new Call(this.#http, this, request, done);
    this.#http.called(call);
    call.later(request.deadlineUs, () => {
      if (!call.isOver) call.failed('no answer in time');
    });
    this.#queue.push(call);
    this.next();
  }

  next(): void {
    while (!this.#isClosed && this.#running.size < this.#most) {
      const call = this.#queue.shift();
      if (call === undefined) return;
      if (!call.isOver) this.#start(call);
    }
  }

  #start(call: Call): void {
    const { network } = this.#http;
    this.#running.add(call);
    const idle = this.#idle.pop();
    if (idle !== undefined && network.now - idle.usedAt < IDLE_US) {
      this.#send(call, idle);
      return;
    }
    if (idle !== undefined) this.#http.closed(idle);
    const { faults, broker } = network.parts;
    if (faults.meets('connect_hangs') !== 0) return;
    const isRefused = faults.meets('connect_refused') !== 0;
    call.later(network.hop() + network.hop(), () => {
      if (call.isOver) return;
      if (isRefused || !broker.isUp) call.failed('ECONNREFUSED');
      else this.#send(call, this.#http.connected());
    });
  }

  #send(call: Call, connection: Connection): void {
    call.connection = connection;
    this.#http.network.send(call.request, connection, call);
  }

  /** A call is over; its connection can be used again, where it was answered. */
  freed(call: Call, isWhole: boolean): void {
    this.#running.delete(call);
    const { connection } = call;
    if (connection === undefined) return;
    if (isWhole && !this.#isClosed) this.#idle.push(connection);
    else this.#http.closed(connection);
  }

  close(): void {
    this.#isClosed = true;
    for (const call of [...this.#running, ...this.#queue]) call.dropped();
    for (const connection of this.#idle) this.#http.closed(connection);
    this.#running.clear();
    this.#queue = [];
    this.#idle = [];
  }
}
