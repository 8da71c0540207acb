/**
 * Puts the project's packages in place before `npm start`, `npm test` and `npm run bench`. Plain
 * JavaScript without dependencies, because it runs on whatever Node the system has (18 or later)
 * and brings the Node that the engine itself runs on.
 *
 * It is silent when everything is in place, which it decides from two facts: the digest of the
 * lock file equals the one stamped after the last good install, and the pinned Node is there.
 */
import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));
const STAMP = join(ROOT, 'node_modules', '.tiyf-stamp');
const PINNED_NODE = join(ROOT, 'node_modules', '.bin', 'node');
const LOCK_FILE = join(ROOT, 'package-lock.json');
const MANIFEST = join(ROOT, 'package.json');

/** Beside node_modules, not in it: `npm ci` empties that folder. */
const INSTALL_LOCK = join(ROOT, '.tiyf-install.lock');
const LOCK_POLL_MS = 200;
const LOCK_WAIT_MS_MAX = 10 * 60_000;
const OUTPUT_CHARS_MAX = 8_000;

/** A condition that the user can act on: printed without a stack. */
class BootstrapError extends Error {}

/** Digest of what decides the content of node_modules. */
function wantedStamp() {
  const source = existsSync(LOCK_FILE) ? LOCK_FILE : MANIFEST;
  return createHash('sha256').update(readFileSync(source)).digest('hex');
}

function inPlace() {
  if (!existsSync(STAMP) || !existsSync(PINNED_NODE)) return false;
  return readFileSync(STAMP, 'utf8').trim() === wantedStamp();
}

/** Whether npm leaves this entry of the lock file out here; `os` and `cpu` name where it goes. */
function isForElsewhere({ optional, os, cpu, libc }) {
  const excludes = (names, name) => names !== undefined && ![names].flat().includes(name);
  const elsewhere = excludes(os, process.platform) || excludes(cpu, process.arch);
  return optional === true && (elsewhere || libc !== undefined);
}

/**
 * True when somebody ran a full `npm ci` already: npm's own record of what it installed agrees
 * with the lock file. Such an install is adopted, since a second one may have no network.
 */
function installedByHand() {
  const record = join(ROOT, 'node_modules', '.package-lock.json');
  if (!existsSync(record) || !existsSync(LOCK_FILE) || !existsSync(PINNED_NODE)) return false;
  const installed = JSON.parse(readFileSync(record, 'utf8')).packages;
  const wanted = JSON.parse(readFileSync(LOCK_FILE, 'utf8')).packages;
  return Object.entries(wanted).every(([path, entry]) => {
    if (path === '') return true;
    const found = installed[path];
    if (found === undefined) return isForElsewhere(entry);
    const same = found.version === entry.version && found.integrity === entry.integrity;
    return same && existsSync(join(ROOT, path, 'package.json'));
  });
}

function writeStamp(stamp) {
  try {
    writeFileSync(STAMP, `${stamp}\n`);
  } catch (error) {
    // A read-only tree that is complete is fine; it is only checked at length on every start.
    if (error.code !== 'EROFS' && error.code !== 'EACCES') throw error;
  }
}

/** False only when no process with this id exists; a process of another user is alive too. */
function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
}

function lockHolder() {
  try {
    return Number(readFileSync(join(INSTALL_LOCK, 'pid'), 'utf8'));
  } catch {
    return undefined;
  }
}

/**
 * Takes the lock by renaming a folder that already holds our pid into place, so that a lock never
 * exists without a holder. Renaming onto a folder that is not empty fails on every system.
 */
function tryLock() {
  const mine = `${INSTALL_LOCK}.${process.pid}`;
  rmSync(mine, { recursive: true, force: true });
  mkdirSync(mine);
  writeFileSync(join(mine, 'pid'), `${process.pid}\n`);
  try {
    renameSync(mine, INSTALL_LOCK);
    return true;
  } catch (error) {
    rmSync(mine, { recursive: true, force: true });
    if (['ENOTEMPTY', 'EEXIST', 'EPERM'].includes(error.code) && existsSync(INSTALL_LOCK)) {
      return false;
    }
    throw error;
  }
}

/** Moves a dead holder's lock away before deleting it: of several waiters only one succeeds. */
function breakStaleLock(deadPid) {
  const grave = `${INSTALL_LOCK}.${process.pid}.stale`;
  try {
    if (lockHolder() === deadPid) renameSync(INSTALL_LOCK, grave);
  } catch (error) {
    if (error.code !== 'ENOENT') throw error;
  }
  rmSync(grave, { recursive: true, force: true });
}

async function waitForLock() {
  const giveUpAt = Date.now() + LOCK_WAIT_MS_MAX;
  while (!tryLock()) {
    const holder = lockHolder();
    if (holder !== undefined && !isAlive(holder)) {
      breakStaleLock(holder);
    } else if (Date.now() > giveUpAt) {
      const who = holder === undefined ? 'another process' : `process ${holder}`;
      throw new BootstrapError(`${who} has held ${INSTALL_LOCK} too long; remove it if it is dead`);
    } else {
      await sleep(LOCK_POLL_MS);
    }
  }
}

/** The npm that started us, when one did; else the one on the PATH. */
function npmCommand() {
  const script = process.env.npm_execpath ?? '';
  return basename(script) === 'npm-cli.js' ? [process.execPath, script] : ['npm'];
}

/**
 * Runs npm and keeps what it says for the case that it fails. Signals are handed on, so that an
 * interrupted start leaves no npm behind.
 */
function runNpm(args) {
  const [command, ...first] = npmCommand();
  const child = spawn(command, [...first, ...args], {
    cwd: ROOT,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  const keep = (chunk) => {
    output = (output + chunk).slice(-OUTPUT_CHARS_MAX);
  };
  child.stdout.setEncoding('utf8').on('data', keep);
  child.stderr.setEncoding('utf8').on('data', keep);
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
    process.on(signal, () => child.kill(signal));
  }
  return new Promise((resolve, reject) => {
    child.on('error', (error) =>
      reject(new BootstrapError(`npm cannot be started: ${error.message}`)),
    );
    child.on('close', (code, signal) => {
      if (code === 0) return resolve();
      const how = signal === null ? `exit code ${code}` : signal;
      reject(new BootstrapError(`npm ${args[0]} failed (${how})\n${output.trimEnd()}`));
    });
  });
}

/** The version of Node that package.json pins for this platform, or an error that names both. */
function pinnedNodeVersion() {
  const { optionalDependencies = {} } = JSON.parse(readFileSync(MANIFEST, 'utf8'));
  const platform = `${process.platform}-${process.arch}`;
  const pinned = Object.entries(optionalDependencies).filter(([name]) => name.startsWith('node-'));
  const match = pinned.find(([name]) => name.endsWith(`-${platform}`));
  if (match === undefined) {
    const names = pinned.map(([name]) => name.replace(/^node-(bin-)?/, '')).join(', ');
    throw new BootstrapError(`no Node is packaged for ${platform}; supported: ${names}`);
  }
  return { name: match[0], version: match[1], platform };
}

/** An install that "worked" can still lack the optional package that carries the runtime. */
function verifyPinnedNode() {
  const { name, version, platform } = pinnedNodeVersion();
  if (!existsSync(PINNED_NODE)) {
    throw new BootstrapError(`npm did not install ${name}@${version}, the Node for ${platform}`);
  }
  const run = spawnSync(PINNED_NODE, ['--version'], { encoding: 'utf8' });
  const major = version.split('.')[0];
  if (run.status === 0 && run.stdout.startsWith(`v${major}.`)) return;
  const saw = run.error?.message ?? (run.stdout + run.stderr).trim();
  throw new BootstrapError(
    `${PINNED_NODE} is not a working Node ${major} on ${platform} (${name}@${version}): ${saw}`,
  );
}

async function install() {
  pinnedNodeVersion();
  const stamp = wantedStamp();
  rmSync(STAMP, { force: true });
  const command = existsSync(LOCK_FILE) ? 'ci' : 'install';
  process.stderr.write(`Installing packages (npm ${command}) …\n`);
  // Everything is included whatever NODE_ENV or the user's npmrc say: the runtime is an optional
  // package and the tests need the development ones. No package here needs an install script.
  await runNpm([
    command,
    '--no-audit',
    '--no-fund',
    '--loglevel=error',
    '--ignore-scripts',
    '--include=optional',
    '--include=dev',
  ]);
  verifyPinnedNode();
  writeStamp(stamp);
}

async function main() {
  if (inPlace()) return;
  if (!existsSync(INSTALL_LOCK) && installedByHand()) {
    verifyPinnedNode();
    writeStamp(wantedStamp());
    return;
  }
  await waitForLock();
  try {
    if (!inPlace()) await install();
  } finally {
    if (lockHolder() === process.pid) rmSync(INSTALL_LOCK, { recursive: true, force: true });
  }
}

try {
  await main();
} catch (error) {
  const text = error instanceof BootstrapError ? error.message : (error.stack ?? String(error));
  process.stderr.write(`bootstrap: ${text}\n`);
  process.exitCode = 1;
}
