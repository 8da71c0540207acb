import { suite } from 'node:test';
import { seedsHold } from '../testing/seeds-hold.ts';

// One half of the seeds: its twin beside it takes the other, on another core.
suite('over HTTP, adapter and broker keep every invariant, whatever fails: first thousand', () => {
  seedsHold([0], 'http');
});
