import { parentPort } from 'node:worker_threads';
import { present } from '../model/assert.ts';
import { simulateSeeds } from './tally.ts';

const port = present(parentPort ?? undefined, 'a parent thread');

function isSpan(value: unknown): value is { readonly from: number; readonly to: number } {
  return typeof value === 'object' && value !== null && 'from' in value && 'to' in value;
}

port.on('message', (span: unknown) => {
  if (isSpan(span)) port.postMessage(simulateSeeds(span.from, span.to));
});
