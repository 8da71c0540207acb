import { randomBytes } from 'node:crypto';
import { readdirSync, rmSync, statSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';

const TEMPORARY = /^new-(?<host>.+)-(?<pid>\d+)-[0-9a-f]{12}$/;
/** Of another machine, on a shared disk: nobody here can tell whether it still runs. */
const AGE_MAX_MS = 7 * 24 * 3600 * 1000;

export function isSystemError(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && 'syscall' in error;
}

/** Runs `act`; false when the system refused it. */
export function succeeds(act: () => void): boolean {
  try {
    act();
    return true;
  } catch (error) {
    if (!isSystemError(error)) throw error;
    return false;
  }
}

/** Names in a directory; none where there is nothing. Throws the system's other errors. */
export function namesIn(directory: string): string[] {
  try {
    return readdirSync(directory);
  } catch (error) {
    if (isSystemError(error) && error.code === 'ENOENT') return [];
    throw error;
  }
}

/** A new file in the directory, of this process until it is renamed. */
export function temporaryIn(directory: string): string {
  return join(directory, `new-${hostname()}-${process.pid}-${randomBytes(6).toString('hex')}`);
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // EPERM: it runs, under another user.
    return isSystemError(error) && error.code !== 'ESRCH';
  }
}

/** Removes what processes left that ended before they could. */
export function removeDeadTemporaries(directory: string): void {
  for (const name of namesIn(directory)) {
    const { host, pid } = TEMPORARY.exec(name)?.groups ?? {};
    if (host === undefined) continue;
    const file = join(directory, name);
    const stat = statSync(file, { throwIfNoEntry: false });
    if (stat === undefined) continue;
    const isHere = host === hostname();
    const isDead = isHere ? !isRunning(Number(pid)) : Date.now() - stat.mtimeMs > AGE_MAX_MS;
    if (isDead) rmSync(file, { force: true });
  }
}
