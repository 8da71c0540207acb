import type { TimeUs } from '../model/units.ts';
import type {
  HttpAnswer,
  HttpPool,
  HttpPort,
  HttpRequest,
  HttpStream,
  StreamListener,
} from '../venues/http-port.ts';
import type { BrokerRig } from './broker-rig.ts';
import type { VirtualTimers } from './virtual-timers.ts';

/** HTTP to a broker without sockets, in virtual time. */
export class DirectHttp implements HttpPort {
  readonly #rig: BrokerRig;
  readonly #timers: VirtualTimers;
  /** Every request that left, as `POST /v3/…`. */
  readonly sent: string[] = [];
  /** Nothing can be connected. */
  isDown = false;
  pools = 0;
  closed = 0;
  /** What a hostile peer makes of an answer, by method and path, and of a line of a stream. */
  spoil: (request: string, answer: HttpAnswer) => HttpAnswer = (_, answer) => answer;
  /** `undefined` loses the line. */
  spoilLine: (text: string) => string | undefined = (text) => text;
  readonly streams = new Set<{ end(reason: string): void }>();

  constructor(rig: BrokerRig, timers: VirtualTimers) {
    this.#rig = rig;
    this.#timers = timers;
  }

  openPool(): HttpPool {
    this.pools += 1;
    let isClosed = false;
    return {
      request: (request, done) => {
        this.#request(request, (answer) => {
          if (!isClosed) done(answer);
        });
      },
      close: () => {
        isClosed = true;
        this.closed += 1;
      },
    };
  }

  #request({ method, path, body, deadlineUs }: HttpRequest, done: (answer: HttpAnswer) => void) {
    if (this.isDown) {
      const reason = 'ECONNREFUSED';
      this.#timers.after(1, () => done({ kind: 'failed', sent: 'no', reason }));
      return;
    }
    this.sent.push(`${method} ${path}`);
    const cancel = this.#timers.after(deadlineUs, () => {
      isOver = true;
      done({ kind: 'failed', sent: 'maybe', reason: 'no answer in time' });
    });
    let isOver = false;
    const answer = async (): Promise<void> => {
      const response = await this.#rig.raw(method, path, body);
      const text = await response.text();
      if (isOver) return;
      cancel();
      const date = response.headers.get('date');
      const at = date === null ? undefined : ((Date.parse(date) * 1000) as TimeUs);
      const whole = { kind: 'answered', status: response.status, body: text, date: at } as const;
      done(this.spoil(`${method} ${path}`, whole));
    };
    answer().catch(this.onError);
  }

  onError: (error: unknown) => void = (error) => {
    this.error = error;
  };
  error: unknown;

  stream(path: string, listener: StreamListener): HttpStream {
    let isOver = false;
    const end = (reason: string): void => {
      if (isOver) return;
      isOver = true;
      this.streams.delete(entry);
      listener.ended(reason);
    };
    const entry = { end };
    this.streams.add(entry);
    const read = async (): Promise<void> => {
      if (this.isDown) throw new Error('ECONNREFUSED');
      const response = await this.#rig.raw('GET', path);
      if (isOver) return;
      listener.opened(response.status);
      const decoder = new TextDecoder();
      let rest = '';
      for await (const chunk of response.body ?? []) {
        if (isOver) return;
        const lines = (rest + decoder.decode(chunk, { stream: true })).split('\n');
        rest = lines.pop() ?? '';
        for (const line of lines) {
          const told = line === '' ? undefined : this.spoilLine(line);
          if (told !== undefined && !isOver) listener.line(told);
        }
      }
      end('it ended');
    };
    read().catch((error) => end(String(error)));
    return {
      close: () => {
        isOver = true;
        this.streams.delete(entry);
      },
    };
  }
}
