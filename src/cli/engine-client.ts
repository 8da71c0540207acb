import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { HostAddress } from '../host/host-address.ts';
import { TOKEN_FILE } from '../host/tokens.ts';
import { DirectoryLock } from '../journal/lock.ts';
import { type CommandCall, textOption } from './command.ts';
import { UsageError } from './report-error.ts';

/** No engine answers there. */
export class UnreachableError extends Error {
  readonly code = 'ENGINE_UNREACHABLE';
  override readonly name = 'UnreachableError';
}

/** What an engine answered. */
export interface EngineAnswer {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
}

const TIMEOUT_MS = 10_000;
const TOKEN_ENV = 'TIYF_CONTROL_TOKEN';

/** Where a running engine is, and with what it is spoken to. */
interface Target {
  readonly url: string;
  readonly token: string | undefined;
  /** Where the token is looked for, for those who have none. */
  readonly tokenFrom: string;
}

/** The data directory that a command is given, or `undefined` for one that is given a URL. */
export function directoryOf(call: CommandCall): string | undefined {
  const directory = textOption(call, 'data');
  const url = textOption(call, 'url');
  if ((directory === undefined) === (url === undefined)) {
    throw new UsageError('one of --data DIR and --url URL says which engine is meant');
  }
  if (directory !== undefined && !existsSync(directory)) {
    throw new UsageError(`--data: there is no directory ${directory}`);
  }
  return directory;
}

function targetOf(call: CommandCall): Target {
  const directory = directoryOf(call);
  return directory === undefined ? ofUrl(textOption(call, 'url') ?? '') : ofDirectory(directory);
}

function ofUrl(text: string): Target {
  const url = URL.parse(text);
  if (url === null || !/^https?:$/.test(url.protocol)) {
    throw new UsageError(`--url: ${text} is not an http or https address`);
  }
  const token = process.env[TOKEN_ENV];
  return { url: url.origin, token, tokenFrom: `the variable ${TOKEN_ENV}` };
}

/** The engine that holds the directory: a token is shown to nobody else. */
function ofDirectory(directory: string): Target {
  if (!DirectoryLock.isHeld(directory)) {
    throw new UnreachableError(`no engine runs on ${directory}`);
  }
  const address = new HostAddress(directory).read();
  if (address === undefined) {
    throw new UnreachableError(`the engine on ${directory} does not listen yet`);
  }
  const { url, controlTokenEnv, readTokenEnv } = address;
  const file = join(directory, TOKEN_FILE);
  const token = existsSync(file)
    ? readFileSync(file, 'utf8')
    : (process.env[controlTokenEnv] ?? process.env[readTokenEnv]);
  return { url, token, tokenFrom: `${file} or the variable ${controlTokenEnv}` };
}

/**
 * Asks the engine that a command is about. Throws {@link UnreachableError} where none answers, and
 * `UsageError` where it does not let the caller in.
 */
export async function askEngine(
  call: CommandCall,
  method: 'GET' | 'POST',
  path: string,
  body?: object,
): Promise<EngineAnswer> {
  const { url, token, tokenFrom } = targetOf(call);
  const headers: Record<string, string> = {};
  if (token !== undefined) headers['authorization'] = `Bearer ${token}`;
  if (body !== undefined) headers['content-type'] = 'application/json';
  const text = body === undefined ? null : JSON.stringify(body);
  const signal = AbortSignal.timeout(TIMEOUT_MS);
  let answer: EngineAnswer;
  try {
    const response = await fetch(`${url}${path}`, { method, headers, body: text, signal });
    answer = { status: response.status, body: objectOf(await response.json()) };
  } catch (cause) {
    throw new UnreachableError(`no engine answers at ${url}`, { cause });
  }
  const { status } = answer;
  if (status !== 401 && status !== 403) return answer;
  const what = status === 401 ? 'asks for a token' : 'does not let this token do it';
  throw new UsageError(`the engine at ${url} ${what}; it is looked for in ${tokenFrom}`);
}

function objectOf(value: unknown): Readonly<Record<string, unknown>> {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
    return { ...value };
  }
  throw new TypeError('the answer is no object');
}
