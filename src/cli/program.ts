import { Command, CommanderError, InvalidArgumentError, Option } from 'commander';
import { engineVersion } from '../config/engine-version.ts';
import type { CommandSpec, OptionSpec } from './command.ts';
import { COMMAND_GROUPS, COMMANDS } from './commands.ts';
import { ExitCode } from './exit-code.ts';
import { printErr, printOut } from './output.ts';

/** What is left to do once a command line is understood. */
export interface Invocation {
  /** False where help or the version was asked for, or the command line was wrong. */
  readonly exitCode: ExitCode | undefined;
  readonly verbose: boolean;
  readonly call: () => Promise<ExitCode>;
}

const VERBOSE: OptionSpec = { flags: '--verbose', description: 'show where an error was thrown' };
const EXIT_CODES = `
Exit codes: 0 done, 1 done but something is wrong, 2 usage or configuration, 3 data,
4 engine unreachable or not trading, 70 fatal.
`;

function optionOf({ flags, description, required, parse, repeats }: OptionSpec): Option {
  const option = new Option(flags, required ? `${description} (required)` : description);
  if (parse !== undefined) {
    option.argParser((text: string, before: unknown) => {
      try {
        const value = parse(text);
        if (repeats !== true) return value;
        return Array.isArray(before) ? [...before, value] : [value];
      } catch (cause) {
        throw new InvalidArgumentError(cause instanceof Error ? cause.message : String(cause));
      }
    });
  }
  return option;
}

/** The command that words lead to, with those above it made where they are not there yet. */
function commandAt(program: Command, words: readonly string[], group: string): Command {
  let command = program;
  words.forEach((word, depth) => {
    const known = command.commands.find((one) => one.name() === word);
    const next = known ?? command.command(word);
    if (known === undefined && depth < words.length - 1) {
      next
        .helpGroup(group)
        .helpCommand(false)
        .description(COMMAND_GROUPS[word] ?? '');
    }
    command = next;
  });
  return command;
}

function addCommand(
  program: Command,
  spec: CommandSpec,
  found: (invocation: Invocation) => void,
): void {
  const command = commandAt(program, spec.words.split(' '), spec.group);
  command.helpGroup(spec.group).description(spec.summary);
  if (spec.argument !== undefined) command.argument(spec.argument.name, spec.argument.description);
  for (const option of [...spec.options, VERBOSE]) command.addOption(optionOf(option));
  command.action(() => {
    refuseMissing(command, spec.options);
    const options = command.opts<{ readonly verbose?: boolean }>();
    found({
      exitCode: undefined,
      verbose: options.verbose === true,
      call: async () =>
        (await spec.load()).run({ arguments: command.args, options: { ...options } }),
    });
  });
}

/** Commander would look for these before it looks at options that it does not know. */
function refuseMissing(command: Command, options: readonly OptionSpec[]): void {
  const missing = options
    .filter(({ required }) => required)
    .find((spec) => command.getOptionValue(optionOf(spec).attributeName()) === undefined);
  if (missing !== undefined) command.error(`error: ${missing.flags} is required`);
}

/** Understands a command line; what is wrong with it has been said on stderr. */
export function parseCommandLine(args: readonly string[]): Invocation {
  let invocation: Invocation | undefined;
  const program = new Command('tiyf')
    .description('A trading engine whose every order can be proved.')
    .version(engineVersion(), '-V, --version', 'print the version')
    .helpOption('-h, --help', 'print help')
    .commandsGroup('Help:')
    .helpCommand('help [command]', 'print help on a command')
    .addHelpText('after', EXIT_CODES)
    .configureOutput({
      writeOut: printOut,
      writeErr: printErr,
      outputError: (text, write) => write(text.replace(/^error:/, 'tiyf:')),
    })
    .showHelpAfterError('(--help says what there is)')
    .exitOverride();
  for (const spec of COMMANDS) {
    addCommand(program, spec, (found) => {
      invocation = found;
    });
  }
  try {
    program.parse(args, { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    return answered(error.exitCode === 0 ? ExitCode.done : ExitCode.usage);
  }
  return invocation ?? answered(ExitCode.usage);
}

function answered(exitCode: ExitCode): Invocation {
  return { exitCode, verbose: false, call: async () => exitCode };
}
