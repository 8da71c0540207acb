import { z } from 'zod';
import type { Configured } from '../model/inputs.ts';
import { sha256Of } from './canonical-json.ts';
import { instrumentSchema } from './instrument-schema.ts';
import { IssueList } from './issue.ts';
import { JsonText } from './json-text.ts';
import type { LoadedConfig } from './load.ts';
import { configSchema } from './schema.ts';
import { addSchemaIssues } from './schema-issues.ts';

const withDefinitions = z.looseObject({
  instruments: z.looseObject({ definitions: z.array(instrumentSchema) }),
});

/**
 * A configuration as it was journaled, by content: every default stands in it, and its instruments
 * are defined in it. `directory`: where relative paths start, those of the strategies' modules.
 * Throws `ConfigError` where it is not one that this release knows.
 */
export function loadJournaled(configured: Configured, directory: string): LoadedConfig {
  const { configuration, configHash } = configured;
  const name = `configuration ${configHash} of the journal`;
  const source = new JsonText(name, Buffer.from(configuration), 'config');
  const issues = new IssueList();
  if (sha256Of(configuration) !== configHash) {
    issues.add(source, [], 'hash', 'does not have the hash that it was journaled with');
    throw issues.error();
  }
  const whole = withDefinitions.safeParse(source.value);
  if (!whole.success) {
    addSchemaIssues(whole.error, source.value, source, issues);
    throw issues.error();
  }
  const { definitions, ...instruments } = whole.data.instruments;
  const value = { ...whole.data, instruments };
  const result = configSchema.safeParse(value);
  if (!result.success) {
    addSchemaIssues(result.error, value, source, issues);
    throw issues.error();
  }
  return { file: name, directory, config: result.data, instruments: definitions, source };
}
