import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { suite, test } from 'node:test';

const MAIN = join(import.meta.dirname, 'main.ts');

function simulate(...words: readonly string[]) {
  const argv = ['--conditions=tiyf-source', MAIN, 'simulate', ...words];
  const { status, stdout, stderr } = spawnSync(process.execPath, argv, { encoding: 'utf8' });
  return { status, stdout, stderr };
}

suite('tiyf simulate', () => {
  test('runs seeds and prints figures, as JSON alone on stdout where it is asked for', () => {
    const { status, stdout } = simulate('--seeds', '1..60', '--json', '--quiet');
    assert.equal(status, 0);
    const figures: unknown = JSON.parse(stdout);
    assert(typeof figures === 'object' && figures !== null);
    assert.equal(Reflect.get(figures, 'seeds'), 60);
    assert.deepEqual(Reflect.get(figures, 'violations'), []);
  });

  test('replays a plan line by line', () => {
    const { status, stdout } = simulate('--replay', '7:900000:');
    assert.equal(status, 0);
    assert.match(stdout, /boot 0[\s\S]*submit S[\s\S]*everything held\n$/);
  });

  test('runs and replays worlds over HTTP, where they are asked for', () => {
    const figures = simulate('--world', 'http', '--seeds', '1..3', '--quiet');
    assert.equal(figures.status, 0);
    assert.match(figures.stdout, /server_delay|chunk_cut/);
    const { status, stdout } = simulate('--world', 'http', '--replay', '7:900000:server_delay.1');
    assert.equal(status, 0);
    assert.match(stdout, /boot 0[\s\S]*POST [\s\S]*everything held\n$/);
  });

  test('says what is wrong with its options', () => {
    for (const words of [
      [],
      ['--seeds', '9..3'],
      ['--seeds', 'x'],
      ['--replay', '1:2:no.1'],
      ['--replay', '1:2:chunk_cut.1'],
      ['--seeds', '1', '--world', 'no'],
    ]) {
      const { status, stderr } = simulate(...words);
      assert.equal(status, 2);
      assert.match(stderr, /--seeds|--replay|--world/);
    }
  });
});
