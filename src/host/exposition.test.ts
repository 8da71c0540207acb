import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { suite, test } from 'node:test';
import { hostRig } from '../testing/host-rig.ts';
import { LiveRig } from '../testing/live-rig.ts';
import { RecordMetrics, registerGauges } from './metrics.ts';

const NO_PROMTOOL = spawnSync('promtool', ['--version']).error !== undefined;

/** What Prometheus would read from an engine that has traded a little. */
async function scrape(): Promise<string> {
  using live = await LiveRig.started();
  await live.pass(2_000_000);
  const metrics = new RecordMetrics();
  registerGauges(metrics.registry, live.engine, 'USD');
  const { app } = hostRig({ engine: live.engine, registry: metrics.registry });
  await app.request('/nowhere');
  const answer = await app.request('/metrics');
  assert.match(answer.headers.get('content-type') ?? '', /^text\/plain/);
  return await answer.text();
}

const NAME = /^engine_[a-z0-9_]+$/;
const SAMPLE =
  /^(engine_[a-z0-9_]+)(?:\{((?:[a-z_]+="[^"\\]*",?)*)\})? (-?\d+(?:\.\d+)?(?:e[+-]?\d+)?)$/;

suite('the text of /metrics', () => {
  test('has help and type before each family, one sample a series, and names as they should be', async () => {
    const text = await scrape();
    assert(text.endsWith('\n'));
    const families = new Map<string, string>();
    const series = new Set<string>();
    let helped = '';
    for (const line of text.trimEnd().split('\n')) {
      if (line === '' || line === '# EOF') continue;
      const [hash, what, name = '', ...rest] = line.split(' ');
      if (hash === '#' && what === 'HELP') {
        assert.match(name, NAME);
        assert(rest.join(' ').endsWith('.'), `${name} has a sentence of help`);
        helped = name;
      } else if (hash === '#') {
        assert.deepEqual([what, name], ['TYPE', helped]);
        assert(!families.has(name), `${name} is there once`);
        families.set(name, rest.join(' '));
      } else {
        const [, family = '', labels = ''] = SAMPLE.exec(line) ?? assert.fail(line);
        assert(families.has(family), `${family} has a type`);
        assert(!series.has(`${family}{${labels}}`), line);
        series.add(`${family}{${labels}}`);
        assert.equal(families.get(family) === 'counter', family.endsWith('_total'), family);
      }
    }
    assert(families.size > 20 && series.size > 60, `${families.size}, ${series.size}`);
  });

  test('passes promtool check metrics', { skip: NO_PROMTOOL }, async () => {
    const { status, stdout, stderr } = spawnSync('promtool', ['check', 'metrics'], {
      input: await scrape(),
      encoding: 'utf8',
    });
    assert.equal(status, 0, stdout + stderr);
    assert.equal(stdout + stderr, '');
  });
});
