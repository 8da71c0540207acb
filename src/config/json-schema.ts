import { z } from 'zod';
import { instrumentFileSchema } from './instrument-schema.ts';
import { configSchema } from './schema.ts';

/** JSON Schema (2020-12) of a configuration file, for editors: `"$schema": "./tiyf.schema.json"`. */
export function configJsonSchema(): unknown {
  return z.toJSONSchema(configSchema, { io: 'input' });
}

/** JSON Schema of a file of one's own instruments. */
export function instrumentFileJsonSchema(): unknown {
  return z.toJSONSchema(instrumentFileSchema, { io: 'input' });
}
