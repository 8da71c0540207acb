import type { Variant } from './variants.ts';

/** Adapters and brokers that are broken in one place: noticed in the world over HTTP. */
export const HTTP_VARIANTS: readonly Variant[] = [
  {
    name: 'an adapter that sends a submit again when no answer comes',
    file: 'venues/oanda/write-desk.ts',
    find: `    if (verdict.kind === 'unknown') {
      this.close(verdict.reason);`,
    replace: `    if (verdict.kind === 'unknown') {
      const { method, path, body = '' } = write;
      const again = { method, path, body, deadlineUs: 2e6, maxBytes: 1e6 };
      if (method === 'POST' && answer.kind === 'failed' && this.#pool !== undefined) {
        this.#pool.request(again, (other) => this.#answer(write, other));
        return;
      }
      this.close(verdict.reason);`,
    invariant: 'sent_twice',
    seeds: 20,
    world: 'http',
  },
  {
    name: 'an adapter that books the fill of an answer beside that of the log',
    file: 'venues/oanda/adapter.ts',
    find: `      answered: (made, last) => transactions.answered(made, last),`,
    replace: `      answered: (made, last) => {
        for (const one of made) {
          if (one?.type !== 'ORDER_FILL') continue;
          for (const input of translate(scene, one, 0)) engine.input(input);
        }
        transactions.answered(made, last);
      },`,
    invariant: 'fills_differ',
    seeds: 20,
    world: 'http',
  },
  {
    name: 'an adapter that passes over what is missing in the log',
    file: 'venues/oanda/transaction-feed.ts',
    find: `        const id = this.#told + 1;`,
    replace: `        const id = Math.min(...this.#pending.keys());`,
    invariant: 'no_progress',
    seeds: 20,
    world: 'http',
  },
  {
    name: 'an adapter that takes a broken answer for a refusal',
    file: 'venues/oanda/write-desk.ts',
    find: `readJson(refusalSchema, body) : undefined;
  if (told === undefined) return { kind: 'unknown',`,
    replace: `readJson(refusalSchema, body) : undefined;
  if (told === undefined) return { kind: 'refused',`,
    invariant: 'released_without_ground',
    seeds: 60,
    world: 'http',
  },
  {
    name: 'an adapter whose exits may open a position',
    file: 'venues/oanda/order-body.ts',
    find: `    positionFill: reduceOnly ? 'REDUCE_ONLY' : 'DEFAULT',
    clientExtensions: extensionsOf(names),
    stopLossOnFill`,
    replace: `    positionFill: 'DEFAULT',
    clientExtensions: extensionsOf(names),
    stopLossOnFill`,
    invariant: 'exit_flips',
    seeds: 200,
    world: 'http',
  },
  {
    name: 'a broker that executes a request twice',
    file: 'simulation/http-faults.ts',
    find: `  delay: 'server_delay',`,
    replace: `  delay: 'server_delay',
  duplicate: 'server_delay',`,
    invariant: 'executed_twice',
    seeds: 60,
    world: 'http',
  },
  {
    name: 'a broker that answers before it is durable',
    file: 'venues/server/broker-core.ts',
    find: `      return answer;
    });
    this.#journal.commit();`,
    replace: `      return answer;
    });`,
    invariant: 'broker_failed',
    seeds: 100,
    world: 'http',
  },
];
