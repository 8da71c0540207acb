import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { closeSync, fsyncSync, openSync, renameSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { HostError } from './host-error.ts';

/** Where a token is from; never what it is. */
export type Provenance = 'env' | 'file' | 'missing';

/** What a caller may do: an operator may also read. */
export type Scope = 'read' | 'control';

/** What tokens are looked for with. */
export interface TokenSource {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly readTokenEnv: string;
  readonly controlTokenEnv: string;
  /** Address that is listened on. */
  readonly host: string;
  /** The engine's directory, where an operator's token is left if the environment has none. */
  readonly directory: string;
}

/** Names of this machine for itself. */
export const LOOPBACK: readonly string[] = ['127.0.0.1', '::1', 'localhost'];
const FORM = /^[\x21-\x7e]{16,512}$/;
const BEARER = /^Bearer ([\x21-\x7e]{1,512})$/;
/** Name of the file that the command line takes an operator's token from. */
export const TOKEN_FILE = 'control.token';

export function isLoopback(host: string): boolean {
  return LOOPBACK.includes(host);
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}

/**
 * The bearer tokens of a host. Only their digests are kept, so no error and no log can show one,
 * and digests are compared in constant time.
 */
export class Tokens {
  readonly #read: Buffer | undefined;
  readonly #control: Buffer;
  /** Where each is from. */
  readonly provenance: { readonly read: Provenance; readonly control: Provenance };
  readonly #file: string;

  /**
   * Takes tokens from the environment. On loopback an operator's token that is missing is drawn
   * and left in the engine's directory, readable by its owner alone. Throws {@link HostError}.
   */
  constructor(source: TokenSource) {
    const read = fromEnvironment(source, source.readTokenEnv);
    const control = fromEnvironment(source, source.controlTokenEnv);
    refuseUnsafe(source, read, control);
    this.#file = join(source.directory, TOKEN_FILE);
    rmSync(this.#file, { force: true });
    this.#read = read === undefined ? undefined : digest(read);
    this.provenance = {
      read: read === undefined ? 'missing' : 'env',
      control: control === undefined ? 'file' : 'env',
    };
    this.#control = digest(control ?? this.#draw());
  }

  /** Do reads need a token? */
  get guardsReads(): boolean {
    return this.#read !== undefined;
  }

  /** What a caller with this header may do; `undefined` for nothing. */
  scopeOf(authorization: string | undefined): Scope | undefined {
    const token = BEARER.exec(authorization ?? '')?.[1];
    if (token === undefined) return undefined;
    const given = digest(token);
    const isControl = timingSafeEqual(given, this.#control);
    const isRead = timingSafeEqual(given, this.#read ?? this.#control);
    if (isControl) return 'control';
    return isRead ? 'read' : undefined;
  }

  #draw(): string {
    const token = randomBytes(32).toString('base64url');
    const temporary = `${this.#file}.new`;
    rmSync(temporary, { force: true });
    const handle = openSync(temporary, 'wx', 0o600);
    try {
      writeSync(handle, token);
      fsyncSync(handle);
    } finally {
      closeSync(handle);
    }
    renameSync(temporary, this.#file);
    return token;
  }

  /** Takes the file away: the token of a host that is closed opens nothing. */
  forget(): void {
    rmSync(this.#file, { force: true });
  }
}

function fromEnvironment({ env }: TokenSource, name: string): string | undefined {
  const value = env[name];
  if (value === undefined || value === '') return undefined;
  if (FORM.test(value)) return value;
  throw new HostError(`${name} must be 16 to 512 printable characters without spaces`);
}

function refuseUnsafe(
  { host, readTokenEnv, controlTokenEnv }: TokenSource,
  read: string | undefined,
  control: string | undefined,
): void {
  if (read !== undefined && read === control) {
    throw new HostError(`${readTokenEnv} and ${controlTokenEnv} must differ`);
  }
  if (isLoopback(host) || (read !== undefined && control !== undefined)) return;
  const missing = read === undefined ? readTokenEnv : controlTokenEnv;
  throw new HostError(
    `run.host is ${host}: beyond loopback both tokens are needed, and ${missing} is not set`,
  );
}
