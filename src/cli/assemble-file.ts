import { type AssembleOptions, type AssemblyPurpose, assemble } from '../config/assemble.ts';
import type { Assembly } from '../config/assembly.ts';
import { loadConfig } from '../config/load.ts';

/** Reads and assembles a configuration. Throws `ConfigError` with every issue found. */
export async function assembleFile(
  path: string,
  purpose: AssemblyPurpose,
  options: AssembleOptions = {},
): Promise<Assembly> {
  return await assemble(loadConfig(path), purpose, options);
}
