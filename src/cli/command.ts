import type { ExitCode } from './exit-code.ts';

/** An option as it is declared; `flags` says its name and whether it takes a value. */
export interface OptionSpec {
  /** `--out <dir>`, `--json`. */
  readonly flags: string;
  readonly description: string;
  readonly required?: boolean;
  /** Turns the text into a value; throws an error whose message says what is wanted. */
  readonly parse?: (text: string) => unknown;
  /** It may be given more than once; the value is then a list. */
  readonly repeats?: boolean;
}

/** What a command is called with. */
export interface CommandCall {
  readonly arguments: readonly string[];
  /** By name in camel case; a value as text unless the option parses it, `true` for a flag. */
  readonly options: Readonly<Record<string, unknown>>;
}

/** The module of a command. It throws for what keeps it from being done. */
export interface CommandModule {
  run(call: CommandCall): Promise<ExitCode>;
}

/** A command as it is declared. Its module is loaded only when it is called. */
export interface CommandSpec {
  /** The words after `tiyf`: `backtest`, `config check`. */
  readonly words: string;
  /** Heading in the help. */
  readonly group: string;
  readonly summary: string;
  /** `<file>`; left out for a command without arguments. */
  readonly argument?: { readonly name: string; readonly description: string };
  readonly options: readonly OptionSpec[];
  readonly load: () => Promise<CommandModule>;
}

/** The value of an option that takes one, or `undefined` when it is not given. */
export function textOption({ options }: CommandCall, name: string): string | undefined {
  const value = options[name];
  return typeof value === 'string' ? value : undefined;
}

export function isSet({ options }: CommandCall, name: string): boolean {
  return options[name] === true;
}

/** The values of an option that may be given more than once, in the order of the command line. */
export function listOption({ options }: CommandCall, name: string): readonly unknown[] {
  const value = options[name];
  return Array.isArray(value) ? value : [];
}

/** The value of an option that is parsed to a number, or `undefined` when it is not given. */
export function numberOption({ options }: CommandCall, name: string): number | undefined {
  const value = options[name];
  return typeof value === 'number' ? value : undefined;
}
