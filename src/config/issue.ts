/** Where something stands in a text; both from 1. */
export interface Place {
  readonly line: number;
  readonly column: number;
}

/** Steps from the root of a JSON document to a value. */
export type JsonPath = readonly (string | number)[];

/** One thing that is wrong with a configuration. */
export interface ConfigIssue extends Place {
  /** `config.account.currency.unknown`: where by schema, and what; stable, for programs. */
  readonly code: string;
  /** `strategies[0].parameters.fast`; empty for the document as a whole. */
  readonly path: string;
  readonly file: string;
  readonly message: string;
}

/** A configuration that cannot be used, with everything that was found wrong with it. */
export class ConfigError extends Error {
  readonly code = 'CONFIG_INVALID';
  override readonly name = 'ConfigError';
  /** In the order of their places. Never empty. */
  readonly issues: readonly ConfigIssue[];

  constructor(issues: readonly ConfigIssue[]) {
    super(issues.map(formatIssue).join('\n'));
    this.issues = issues;
  }
}

/** `live.jsonc:3:5: account.currency: … [config.account.currency.unknown]` */
export function formatIssue({ file, line, column, path, message, code }: ConfigIssue): string {
  const where = path === '' ? '' : `${path}: `;
  return `${file}:${line}:${column}: ${where}${message} [${code}]`;
}

/** `strategies[0].parameters.fast` */
export function formatPath(path: JsonPath): string {
  let text = '';
  for (const step of path) {
    if (typeof step === 'number') text += `[${step}]`;
    else text += text === '' ? step : `.${step}`;
  }
  return text;
}

const FIXED_STEP = /^[a-z$]/;

/**
 * The part of a path that the schema fixes, for codes: no array indices and no symbols (which are
 * upper case or `*`). Below `parameters` the names are the strategy's own and all stand.
 */
export function codePath(path: JsonPath): string {
  const own = path.indexOf('parameters');
  const steps = path.filter(
    (step, at) => typeof step === 'string' && ((own >= 0 && at > own) || FIXED_STEP.test(step)),
  );
  return steps.join('.');
}

function compareIssues(a: ConfigIssue, b: ConfigIssue): number {
  if (a.file !== b.file) return a.file < b.file ? -1 : 1;
  return a.line - b.line || a.column - b.column;
}

/** A document that issues point into. */
export interface IssueSource {
  readonly file: string;
  /** What stands before the path in a code: `config`, `config.instruments.file`. */
  readonly codeRoot: string;
  /** Place of the value at a path, or of the innermost value around it that is there. */
  placeOf(path: JsonPath): Place;
  /** Place of a property's name. */
  placeOfKey(path: JsonPath): Place;
}

/** Collects issues, so that a user sees all of them at once. */
export class IssueList {
  readonly #issues: ConfigIssue[] = [];

  /** At a value, or where it should be. `kind` is the last part of the code. */
  add(source: IssueSource, path: JsonPath, kind: string, message: string): void {
    this.#push(source, path, source.placeOf(path), codePath(path), kind, message);
  }

  /** At a property's name, which should not be there: the code names the object around it. */
  addKey(source: IssueSource, path: JsonPath, kind: string, message: string): void {
    const place = source.placeOfKey(path);
    this.#push(source, path, place, codePath(path.slice(0, -1)), kind, message);
  }

  /** At a place in the text, for what has no path. */
  addAt(
    source: Pick<IssueSource, 'file' | 'codeRoot'>,
    place: Place,
    kind: string,
    message: string,
  ) {
    this.#push(source, [], place, '', kind, message);
  }

  #push(
    source: Pick<IssueSource, 'file' | 'codeRoot'>,
    path: JsonPath,
    place: Place,
    steps: string,
    kind: string,
    message: string,
  ): void {
    const code = [source.codeRoot, steps, kind].filter((part) => part !== '').join('.');
    const { line, column } = place;
    const { file } = source;
    this.#issues.push({ code, path: formatPath(path), file, line, column, message });
  }

  get isEmpty(): boolean {
    return this.#issues.length === 0;
  }

  /** Everything found, as an error. */
  error(): ConfigError {
    return new ConfigError([...this.#issues].sort(compareIssues));
  }

  /** Throws {@link ConfigError} when anything was found. */
  throwIfAny(): void {
    if (!this.isEmpty) throw this.error();
  }
}
