import { type SpawnSyncReturns, spawnSync } from 'node:child_process';

/** Injects faults into system calls; Linux only, and where a process may trace another. */
function whyNot(): string | false {
  const { status } = spawnSync('strace', ['-e', 'trace=none', 'true'], { stdio: 'ignore' });
  return status === 0 ? false : 'strace is not installed, or may not trace here';
}

/** Why tests with real faults are skipped, for `test(title, { skip: NO_STRACE }, …)`. */
export const NO_STRACE: string | false = whyNot();

/**
 * Runs Node with these arguments while a system call fails as `inject` says (`strace -e inject`).
 * Writes at a place in a file, syncs, and which of them were made to fail are listed in `log`.
 */
export function straced(
  log: string,
  inject: string,
  words: readonly string[],
): SpawnSyncReturns<string> {
  const trace = 'trace=pwrite64,fdatasync';
  const options = ['-f', '--seccomp-bpf', '-qq', '-o', log, '-e', trace, '-e', `inject=${inject}`];
  const line = [...options, process.execPath, ...words];
  return spawnSync('strace', line, { encoding: 'utf8', timeout: 60_000 });
}
