import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { KEEP_EVERYTHING } from '../journal/retention.ts';
import { createQuoteBlock, type QuoteBlock } from '../market/quotes.ts';
import { GATE_NAMES, TradingState } from '../model/gate.ts';
import { timeUs } from '../model/units.ts';
import { ConfigFolder, FILES_CONFIG, SYNTHETIC_CONFIG } from '../testing/config-samples.ts';
import { type AssemblyPurpose, assemble } from './assemble.ts';
import type { Assembly } from './assembly.ts';
import { configHash, sha256Of } from './canonical-json.ts';
import { ConfigError } from './issue.ts';
import { loadConfig } from './load.ts';

interface Tape {
  readonly rows: readonly (readonly number[])[];
  readonly version: string;
  readonly progress: readonly number[];
  readonly reports: number;
}

async function tapeOf({ market }: Assembly): Promise<Tape> {
  const rows: number[][] = [];
  const reading = market.read();
  const progress = [reading.progress()];
  for await (const block of reading.blocks) {
    rows.push(...rowsOf(block));
    progress.push(reading.progress());
  }
  progress.push(reading.progress());
  const reports = reading.reports().length;
  return { rows, version: reading.dataVersion(), progress, reports };
}

function rowsOf({ count, time, instrument, bid, ask }: QuoteBlock): number[][] {
  return Array.from({ length: count }, (_, i) => [
    time[i] ?? 0,
    instrument[i] ?? 0,
    bid[i] ?? 0,
    ask[i] ?? 0,
  ]);
}

/** As a configuration writes a time. */
function utcOf(time = 0): string {
  return Temporal.Instant.fromEpochMilliseconds(time / 1000).toString();
}

describe('an assembly', () => {
  let folder: ConfigFolder;
  before(() => {
    folder = new ConfigFolder();
  });
  after(() => folder[Symbol.dispose]());

  async function assembleText(text: string, purpose?: AssemblyPurpose): Promise<Assembly> {
    return await assemble(loadConfig(folder.write('config.jsonc', text)), purpose);
  }

  it('holds what the configuration says, in the units of the engine', async () => {
    const { kernel, venue, ...rest } = await assembleText(SYNTHETIC_CONFIG);
    assert.equal(rest.id, 'base');
    assert.equal(rest.prefix, 'ABC');
    assert.equal(rest.seed, 3);
    assert.equal(rest.tradingState, TradingState.exitOnly);
    assert.deepEqual(rest.run, {
      dataDirectory: join(folder.path, 'state'),
      host: 'localhost',
      port: 8080,
      readTokenEnv: 'READ_TOKEN',
      controlTokenEnv: 'CONTROL_TOKEN',
      stopWithinUs: 6_000_000,
      clockJumpMaxUs: 700_000,
    });
    assert.deepEqual(rest.retention, {
      archiveAfterUs: 7 * 86_400_000_000,
      archiveOverBytes: 2 * 1024 ** 3,
      dropMarketAfterUs: 91 * 86_400_000_000,
      dropMarketOverBytes: 30 * 1024 ** 3,
    });
    const plain = SYNTHETIC_CONFIG.replace(/"journal": \{[^}]*\},/, '');
    assert.deepEqual((await assembleText(plain)).retention, KEEP_EVERYTHING);
    assert.deepEqual(kernel.stops, { doubtAgeMaxUs: 240_000_000, venueLostMaxUs: 45_000_000 });
    assert.match(rest.engineVersion, /^\d+\.\d+\.\d+/);
    assert.match(rest.timeZoneVersion, /^20\d\d[a-z]$/);
    const account = { currency: 'USD', decimals: 6, openingBalance: 100_000_000_000n };
    assert.deepEqual(kernel.account, { ...account, costBasis: 'lots' });
    assert.equal(venue.account, kernel.account);
    const symbols = kernel.instruments.map(({ symbol }) => symbol);
    assert.deepEqual(symbols, ['EURUSD', 'USDJPY', 'OWNUSD']);
    assert.deepEqual(kernel.conversionPaths, [[], [{ instrument: 1, inverse: true }], []]);
    const strategies = kernel.strategies.map(({ id, instruments }) => [id, instruments]);
    assert.deepEqual(strategies, [
      ['one', [0, 2]],
      ['two', [1]],
    ]);
    const note = 'line one\nline two\n';
    assert.deepEqual(kernel.strategies[1]?.parameters, { mode: 'calm', size: 2, note });
    assert.deepEqual(kernel.keys, {
      order: { capacity: 100, ttlUs: 7_200_000_000 },
      cancel: { capacity: 70, ttlUs: 10_800_000_000, answerWithinUs: 4_000_000 },
      repeatWithinUs: 7_000_000,
    });
    assert.deepEqual(kernel.exits, { retry: 'strategy', retryOwn: 'engine', attemptsMax: 3 });
    const { seed, equityIntervalUs, intentAgeMaxUs, endedOrdersMax } = kernel;
    assert.deepEqual(
      [seed, equityIntervalUs, intentAgeMaxUs, endedOrdersMax],
      [3, 300_000_000, 3_000_000, 500],
    );
    assert.deepEqual(venue.latency, { submitUs: 10_000, cancelUs: 20_000, reportUs: 30_000 });
    assert.equal(venue.limitFill, 'through');
    const decimal = (coefficient: bigint) => ({ coefficient, decimals: 1 });
    assert.deepEqual(venue.commission, { kind: 'bps', rate: decimal(3n), minimum: decimal(1n) });
    assert.equal(venue.slippage.name, 'fixed_bps');
    assert.deepEqual(venue.financing, [undefined, undefined, undefined]);
    assert.equal(venue.marginCheck, false);
    assert.equal(venue.logMax, 200);
  });

  it('has the gates in their order, of which the first four have no mode', async () => {
    const off = await assembleText(SYNTHETIC_CONFIG.replace('"enforce"', '"shadow"'));
    assert.deepEqual(
      off.kernel.gates.map(({ name, mode }) => [name, mode]),
      GATE_NAMES.map((name, at) => [name, at < 4 ? 'enforce' : 'shadow']),
    );
  });

  it('is hashed by the canonical JSON of what is in force, definitions included', async () => {
    const one = await assembleText(SYNTHETIC_CONFIG);
    const parsed: unknown = JSON.parse(one.configuration);
    assert.equal(one.configHash, sha256Of(one.configuration));
    assert.equal(one.configHash, configHash(parsed));
    assert.equal(one.configuration.includes('$schema'), false);
    assert.equal(one.configuration.includes('"pipSize":"0.05"'), true);
    assert.equal(one.configuration.includes('"note":"line one\\nline two\\n"'), true);
    // Defaults of a strategy's own schema are in force too.
    assert.equal(one.configuration.includes('"parameters":{"mode":"calm","size":1}'), true);
    assert.equal(one.configuration.includes(folder.path), false);
    // Comments, order and what is left out at its default are nothing to it.
    const lines = SYNTHETIC_CONFIG.replace('"seed": 3,\n', '').replace('{', '{ "seed": 3,');
    assert.equal((await assembleText(lines)).configHash, one.configHash);
    const other = SYNTHETIC_CONFIG.replace('"size": 2', '"size": 3');
    assert.notEqual((await assembleText(other)).configHash, one.configHash);
  });

  it('names the source of a strategy by the hash of its file, or of all its files', async () => {
    const { strategySources } = await assembleText(SYNTHETIC_CONFIG);
    const bytes = readFileSync(join(folder.path, 'good.ts'));
    assert.deepEqual(strategySources, [sha256Of(bytes), sha256Of(bytes)]);
    folder.write('part.ts', `import './deep.ts';\nexport { strategy } from './good.ts';\n`);
    folder.write('deep.ts', 'export const deep = 1;\n');
    folder.write('whole.ts', `// from './gone.ts'\nexport * from './part.ts';\n`);
    const text = SYNTHETIC_CONFIG.replace(
      '"one",\n      "module": "./good.ts"',
      '"one", "module": "whole.ts"',
    );
    const whole = await assembleText(text);
    const list = ['deep.ts', 'good.ts', 'part.ts', 'whole.ts'].map((name) => {
      const content = readFileSync(join(folder.path, name));
      return `${createHash('sha256').update(content).digest('hex')}  ${name}\n`;
    });
    assert.deepEqual(whole.strategySources, [sha256Of(list.join('')), sha256Of(bytes)]);
  });

  it('sets the traps before a strategy is imported, and when it is created', async () => {
    const text = SYNTHETIC_CONFIG.replace(
      /"one",\s+"module": "\.\/good\.ts"/,
      '"one", "module": "captures.ts"',
    );
    await assert.rejects(assembleText(text), (error) => {
      assert.ok(error instanceof ConfigError);
      const [issue] = error.issues;
      assert.equal(issue?.code, 'config.strategies.parameters.create_failed');
      assert.match(issue.message, /Math\.random is not for strategies/);
      return true;
    });
  });

  it('refuses volume bars of an instrument whose market quotes no sizes', async () => {
    const asked = (text: string): string => text.replace('"size": 1 }', '"size": 96 }');
    const unsized = SYNTHETIC_CONFIG.replace(
      '"OWNUSD": {',
      '"EURUSD": { "sizeMin": "0", "sizeMax": "0" }, "OWNUSD": {',
    );
    // Of the sample's files those of EURUSD have no sizes and those of GBPUSD have.
    for (const text of [FILES_CONFIG, unsized]) {
      await assert.rejects(assembleText(asked(text)), (error) => {
        assert.ok(error instanceof ConfigError);
        const [issue] = error.issues;
        assert.equal(issue?.code, 'config.strategies.parameters.create_failed');
        assert.match(issue.message, /volume bars of EURUSD need quoted sizes/);
        return true;
      });
    }
    await assembleText(asked(SYNTHETIC_CONFIG));
    const pounds = '"instruments": ["GBPUSD"], "parameters"';
    await assembleText(
      asked(FILES_CONFIG).replace('"instruments": ["EURUSD"], "parameters"', pounds),
    );
  });

  it('reads a synthetic market from its start to its end, the same each time', async () => {
    const assembly = await assembleText(SYNTHETIC_CONFIG, 'backtest');
    const first = await tapeOf(assembly);
    const again = await tapeOf(assembly);
    assert.deepEqual(again, first);
    const times = first.rows.map(([time]) => time ?? 0);
    const [from, to] = [Date.UTC(2024, 2, 2) * 1000, Date.UTC(2024, 2, 2, 3) * 1000];
    assert.ok(times.length > 10_000);
    assert.ok(times.every((time, i) => time >= from && time < to && time >= (times[i - 1] ?? 0)));
    assert.equal(first.progress[0], 0);
    assert.equal(first.progress.at(-1), 1);
    assert.equal(first.reports, 0);
    // It is Friday evening in New York, and this market is open.
    assert.ok((times.at(-1) ?? 0) > to - 60_000_000);
    const seeded = await assembleText(SYNTHETIC_CONFIG.replace('"seed": 9', '"seed": 8'));
    assert.notEqual(seeded.market.fingerprint, assembly.market.fingerprint);
    assert.notEqual((await tapeOf(seeded)).version, first.version);
  });

  it('runs a synthetic market at any time of the years that calendars cover', async () => {
    const { market, kernel } = await assembleText(SYNTHETIC_CONFIG, 'run');
    const block = createQuoteBlock(1000);
    for (const year of [2000, 2026, 2049]) {
      block.count = 0;
      const from = timeUs(Date.UTC(year, 0, 1) * 1000);
      const to = timeUs(from + 60_000_000);
      assert.equal(market.live?.(block, from, to), to);
      assert.ok(block.count > 30);
    }
    assert.ok(kernel.calendars.every(({ horizon }) => horizon > Date.UTC(2050, 0, 1) * 1000));
  });

  it('compiles calendars for a backtest’s own time alone', async () => {
    const { kernel } = await assembleText(SYNTHETIC_CONFIG, 'backtest');
    const [calendar] = kernel.calendars;
    assert.ok((calendar?.dayStarts.length ?? 0) < 100);
    assert.ok((calendar?.from ?? 0) < Date.UTC(2024, 1, 1) * 1000);
    assert.ok((calendar?.horizon ?? 0) > Date.UTC(2024, 3, 1) * 1000);
  });

  it('merges files by time, and names them by content', async () => {
    const assembly = await assembleText(FILES_CONFIG, 'backtest');
    const tape = await tapeOf(assembly);
    const day = Date.UTC(2024, 2, 1) * 1000;
    assert.deepEqual(tape.rows, [
      [day + 1_000_000, 0, 108_500, 108_510],
      [day + 1_000_000, 1, 120_000, 120_010],
      [day + 2_000_000, 0, 108_510, 108_520],
      [day + 86_401_000_000, 0, 108_520, 108_530],
    ]);
    assert.equal(tape.progress[0], 0);
    assert.equal(tape.progress.at(-1), 1);
    assert.equal(tape.reports, 3);
    assert.match(assembly.market.fingerprint, /^sha256:[0-9a-f]{64}$/);
    assert.equal((await assembleText(FILES_CONFIG)).market.fingerprint, '');
    folder.write('quotes/20240302_quote.csv', '1000,1.08520,1.08531\n');
    const changed = await assembleText(FILES_CONFIG, 'backtest');
    assert.notEqual(changed.market.fingerprint, assembly.market.fingerprint);
    assert.equal(changed.configHash, assembly.configHash);
    assert.notEqual((await tapeOf(changed)).version, tape.version);
    assert.equal(assembly.market.live, undefined);
  });

  it('takes of files only what lies in their period, and is named by that', async () => {
    const within = (period: string): Promise<Assembly> =>
      assembleText(
        FILES_CONFIG.replace('"kind": "files",', `"kind": "files", ${period}`),
        'backtest',
      );
    const whole = await within('');
    const all = await tapeOf(whole);
    const [, , second, third] = all.rows.map(([time]) => utcOf(time));
    const part = await within(`"from": "${second}", "to": "${third}",`);
    const { rows, version } = await tapeOf(part);
    assert.deepEqual(rows, all.rows.slice(2, 3));
    assert.notEqual(version, all.version);
    assert.notEqual(part.market.fingerprint, whole.market.fingerprint);
    assert.notEqual(part.configHash, whole.configHash);
    const dayStarts = part.kernel.calendars[0]?.dayStarts.length ?? 0;
    assert.ok(dayStarts < 100, 'its calendars are those of the period');
    await assert.rejects(
      within(`"from": "${second}", "to": "${second}",`),
      (error) => error instanceof ConfigError && error.issues[0]?.code === 'config.market.to.order',
    );
  });

  it('refuses what its purpose cannot do', async () => {
    const codesOf = async (text: string, purpose: AssemblyPurpose): Promise<string> => {
      try {
        await assembleText(text, purpose);
      } catch (error) {
        if (error instanceof ConfigError) return error.issues.map(({ code }) => code).join();
        throw error;
      }
      return '';
    };
    const endless = SYNTHETIC_CONFIG.replace('"to": "2024-03-02T03:00:00Z",', '');
    assert.equal(await codesOf(endless, 'backtest'), 'config.market.to.missing');
    assert.equal(await codesOf(endless, 'run'), '');
    assert.equal(await codesOf(endless, 'check'), '');
    assert.equal(await codesOf(FILES_CONFIG, 'run'), '');
  });
});
