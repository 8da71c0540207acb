import { parentPort } from 'node:worker_threads';
import { present } from '../model/assert.ts';
import { simulateSeeds } from './tally.ts';
import type { WorldName } from './worlds.ts';

const port = present(parentPort ?? undefined, 'a parent thread');

interface Span {
  readonly world: WorldName;
  readonly from: number;
  readonly to: number;
}

function isSpan(value: unknown): value is Span {
  return typeof value === 'object' && value !== null && 'from' in value && 'world' in value;
}

port.on('message', (span: unknown) => {
  if (isSpan(span)) port.postMessage(simulateSeeds(span.from, span.to, span.world));
});
