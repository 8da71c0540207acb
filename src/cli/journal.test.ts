import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, suite, test } from 'node:test';

const MAIN = join(import.meta.dirname, 'main.ts');
const EXAMPLE = join(import.meta.dirname, '../../examples/scripted/config.jsonc');

let folder = '';
let journal = '';

function tiyf(...words: readonly string[]) {
  const env = { ...process.env, XDG_CACHE_HOME: join(folder, 'cache') };
  const argv = ['--conditions=tiyf-source', MAIN, ...words];
  const { status, stdout, stderr } = spawnSync(process.execPath, argv, { encoding: 'utf8', env });
  return { status, stdout, stderr };
}

interface Line {
  readonly frame: number;
  readonly kind: string;
  readonly decisionId?: string;
  readonly clientOrderId?: string;
  readonly brokerOrderId?: string;
  readonly brokerOrderIds?: readonly string[];
}

function lines(text: string): Line[] {
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Line);
}

suite('tiyf journal', () => {
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'tiyf-journal-'));
    journal = join(folder, 'journal');
    const made = tiyf('backtest', '--config', EXAMPLE, '--journal', journal, '--quiet');
    assert.equal(made.status, 0, made.stderr);
  });
  after(() => rmSync(folder, { recursive: true }));

  test('cat prints every frame as a line, and follows an order by the id that the broker saw', () => {
    const all = lines(tiyf('journal', 'cat', '--data', journal).stdout);
    assert.deepEqual(
      all.map(({ frame }) => frame),
      all.map((_, i) => i + 1),
    );
    const id = all.find(({ kind }) => kind === 'intent')?.clientOrderId ?? '';
    const { stdout } = tiyf('journal', 'cat', '--data', journal, '--order', id);
    const kinds = lines(stdout).map(({ kind }) => kind);
    for (const kind of ['intent', 'dispatched', 'order_moved'])
      assert.ok(kinds.includes(kind), kind);
  });

  test('cat finds an order by the id that the broker gave it, from its beginning on', () => {
    const all = lines(tiyf('journal', 'cat', '--data', journal, '--kind', 'order_moved').stdout);
    const named = all.find(({ brokerOrderId = '' }) => brokerOrderId !== '');
    const { brokerOrderId = '', clientOrderId = '' } = named ?? {};
    const by = (id: string) =>
      lines(tiyf('journal', 'cat', '--data', journal, '--order', id).stdout);
    const found = by(`broker:${brokerOrderId}`);
    assert.equal(found[0]?.kind, 'intent');
    assert.deepEqual(found.at(-1)?.brokerOrderIds, [brokerOrderId]);
    assert.deepEqual(found, by(clientOrderId));
    assert.deepEqual(by('broker:no such id'), []);
  });

  test('tail prints the last frames, export writes a file that appears complete', () => {
    const { stdout } = tiyf('journal', 'tail', '--data', journal, '--lines', '3');
    assert.equal(lines(stdout).length, 3);
    const out = join(folder, 'fills.jsonl');
    const words = ['journal', 'export', '--data', journal, '--kind', 'fill', '--out', out];
    assert.equal(tiyf(...words).status, 0);
    const fills = lines(readFileSync(out, 'utf8'));
    assert.ok(fills.length > 0 && fills.every(({ kind }) => kind === 'fill'));
    assert.equal(tiyf(...words).status, 2, 'it is there already');
    assert.ok(!existsSync(`${out}.new`));
    const nowhere = words.with(-1, join(folder, 'none', 'x.jsonl'));
    assert.equal(tiyf(...nowhere).status, 2, 'its directory is missing');
  });

  test('verify names the segment and the place of a single changed bit', () => {
    const good = tiyf('journal', 'verify', '--data', journal, '--json');
    assert.equal(good.status, 0);
    assert.match(good.stdout, /"head": "sha256:[0-9a-f]{64}"/);
    const [name = ''] = readdirSync(journal);
    const file = join(journal, name);
    const bytes = readFileSync(file);
    const at = 4096 + 200;
    bytes[at] = (bytes[at] as number) ^ 1;
    writeFileSync(file, bytes);
    const bad = tiyf('journal', 'verify', '--data', journal);
    bytes[at] = (bytes[at] as number) ^ 1;
    writeFileSync(file, bytes);
    assert.equal(bad.status, 1);
    assert.match(bad.stdout, /0{19}1\.log, offset 4096|bytes behind the last group/);
  });

  test('wrong words are refused with what there is', () => {
    const kind = tiyf('journal', 'cat', '--data', journal, '--kind', 'fills');
    assert.equal(kind.status, 2);
    assert.match(kind.stderr, /fills is none of .*fill/);
    const missing = tiyf('journal', 'cat', '--data', join(folder, 'nothing'));
    assert.equal(missing.status, 2);
    assert.match(missing.stderr, /there is no journal \[JOURNAL_MISSING\]/);
    assert.equal(tiyf('journal', 'cat', '--data', journal, '--from', 'noon').status, 2);
  });
});
