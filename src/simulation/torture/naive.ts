import { readFileSync } from 'node:fs';
import { registerHooks, stripTypeScriptTypes } from 'node:module';

/** What is wrong with that engine. */
export type Flaw = 'it sends unanswered market orders again';

/**
 * Loaded before an engine, it breaks that engine's adapter in one place: a market order without an
 * answer of use is sent again, once. The fragment must stand in it exactly once.
 */
const FILE = /\/venues\/oanda\/write-desk\.(ts|js)$/;
const FIND = 'this.close(verdict.reason);';
const REPLACE = `
      const pool = this.#pool;
      const { method, path, body = '' } = write;
      if (pool !== undefined && body.includes('"MARKET"') && !write.again) {
        write.again = true;
        const base = { method, path, body, deadlineUs: this.#parts.deadlineUs };
        const request = { ...base, maxBytes: 1048576 };
        pool.request(request, (later) => this.#answer(write, later));
        return;
      }
      this.close(verdict.reason);`;

registerHooks({
  load(url, context, nextLoad) {
    if (!FILE.test(url)) return nextLoad(url, context);
    const text = readFileSync(new URL(url), 'utf8');
    if (text.split(FIND).length !== 2) throw new Error(`${url}: the fragment is not there once`);
    const patched = text.replace(FIND, () => REPLACE);
    const source = url.endsWith('.ts') ? stripTypeScriptTypes(patched) : patched;
    return { format: 'module', source, shortCircuit: true };
  },
});
