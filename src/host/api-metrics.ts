import { Counter, type Registry } from '@prometheus-io/client';

const STATUSES = [200, 400, 401, 403, 404, 408, 409, 413, 415, 429, 431, 500, 503] as const;

/** Counts what the host answered. Every series exists at zero from the start. */
export class ApiMetrics {
  readonly #answers: Counter<'status'>;

  constructor(registry: Registry) {
    this.#answers = new Counter({
      name: 'engine_api_answers_total',
      help: 'Answers of the HTTP interface, by status.',
      labelNames: ['status'],
      registers: [registry],
    });
    for (const status of STATUSES) this.#answers.inc({ status: String(status) }, 0);
  }

  answered(status: number, count = 1): void {
    this.#answers.inc({ status: String(status) }, count);
  }
}
