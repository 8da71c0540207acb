import { z } from 'zod';
import { brokerSchema } from './broker-schema.ts';
import { instrumentFileSchema } from './instrument-schema.ts';
import { configSchema } from './schema.ts';

/** What editors know best. */
const TARGET = { io: 'input', target: 'draft-7' } as const;

/** JSON Schema of a configuration file, for editors: `"$schema": "./tiyf.schema.json"`. */
export function configJsonSchema(): unknown {
  return z.toJSONSchema(configSchema, TARGET);
}

/** JSON Schema of the configuration of `tiyf broker`. */
export function brokerJsonSchema(): unknown {
  return z.toJSONSchema(brokerSchema, TARGET);
}

/** JSON Schema of a file of one's own instruments. */
export function instrumentFileJsonSchema(): unknown {
  return z.toJSONSchema(instrumentFileSchema, TARGET);
}
