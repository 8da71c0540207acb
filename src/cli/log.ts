import { destination, pino } from 'pino';
import type { LogPort } from '../runtime/ports.ts';

/** Structured lines on stderr, written at once, so that a crash loses none. */
export function openLog(): LogPort {
  const options = { base: { name: 'tiyf' }, timestamp: pino.stdTimeFunctions.isoTime };
  return pino(options, destination({ fd: 2, sync: true }));
}
