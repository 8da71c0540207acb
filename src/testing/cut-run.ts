import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { assemble } from '../config/assemble.ts';
import type { Assembly } from '../config/assembly.ts';
import { loadConfig } from '../config/load.ts';
import { stateBytes, stateHash } from '../journal/hashes.ts';
import { NoJournal } from '../journal/no-journal.ts';
import { Kernel } from '../kernel/kernel.ts';
import { createQuoteBlock, type QuoteBlock } from '../market/quotes.ts';
import { SeededRandom } from '../market/random.ts';
import { assert } from '../model/assert.ts';
import { Decoder } from '../model/codec.ts';
import { InputKind } from '../model/inputs.ts';
import { NO_ORDER, type TimeUs } from '../model/units.ts';
import { EmbeddedLoop } from '../runtime/embedded-loop.ts';
import { Outbox } from '../runtime/outbox.ts';
import { SimVenue } from '../venues/sim/sim-venue.ts';

/**
 * A run that is cut at points and gone on with in another process. As a script:
 * `cut-run.ts save|resume CONFIG DIRECTORY CUTS`; prints the hashes as JSON.
 */

const QUOTES_MAX = 120_000;

/** The first quotes of a configuration's market, as one block. */
async function firstQuotes(assembly: Assembly): Promise<QuoteBlock> {
  const tape = createQuoteBlock(QUOTES_MAX);
  for await (const block of assembly.market.read().blocks) {
    const room = Math.min(block.count, QUOTES_MAX - tape.count);
    const columns = ['time', 'instrument', 'bid', 'ask', 'bidSize', 'askSize'] as const;
    for (const name of columns) {
      const source = block[name];
      if (source.length > 0) tape[name].set(source.subarray(0, room), tape.count);
    }
    tape.count += room;
    if (tape.count === QUOTES_MAX) break;
  }
  return tape;
}

interface Engine {
  readonly kernel: Kernel;
  readonly venue: SimVenue;
  readonly loop: EmbeddedLoop;
}

function createEngine(assembly: Assembly): Engine {
  const kernel = new Kernel(assembly.kernel, { record: () => undefined });
  const venue = new SimVenue(assembly.venue, kernel.book.board);
  const outbox = new Outbox(kernel, venue, { alert: () => undefined });
  return { kernel, venue, loop: new EmbeddedLoop(kernel, venue, new NoJournal(), outbox) };
}

function start(engine: Engine, assembly: Assembly, time: TimeUs): void {
  engine.venue.open(time);
  const { prefix } = assembly;
  const started = { prefix, nonce: 'aaaaaaaaaa', handlesTaken: NO_ORDER, restored: false };
  engine.loop.input(engine.venue.opening(time), time);
  engine.loop.input({ kind: InputKind.started, ...started }, time);
}

function hashes({ kernel, venue }: Engine): string {
  return `${stateHash(kernel)} ${stateHash(venue)}`;
}

function cutPoints(quotes: number, cuts: number): number[] {
  const random = new SeededRandom(20_240_108);
  const points = Array.from({ length: cuts }, () => random.nextInt(quotes));
  return points.sort((a, b) => a - b);
}

function fileOf(directory: string, cut: number, part: string): string {
  return join(directory, `${cut}.${part}`);
}

function save(assembly: Assembly, tape: QuoteBlock, directory: string, cuts: number): string {
  mkdirSync(directory, { recursive: true });
  const engine = createEngine(assembly);
  start(engine, assembly, tape.time[0] as TimeUs);
  let at = 0;
  for (const [cut, point] of cutPoints(tape.count, cuts).entries()) {
    engine.loop.feed(tape, at, point);
    at = point;
    writeFileSync(fileOf(directory, cut, 'kernel'), stateBytes(engine.kernel));
    writeFileSync(fileOf(directory, cut, 'venue'), stateBytes(engine.venue));
  }
  engine.loop.feed(tape, at, tape.count);
  const { lastHandle } = engine.kernel.book.orders;
  assert(lastHandle > 0, 'a run without orders shows nothing');
  return hashes(engine);
}

function resume(assembly: Assembly, tape: QuoteBlock, directory: string, cuts: number): string[] {
  return cutPoints(tape.count, cuts).map((point, cut) => {
    const engine = createEngine(assembly);
    for (const [part, state] of [
      ['kernel', engine.kernel],
      ['venue', engine.venue],
    ] as const) {
      const decoder = new Decoder(readFileSync(fileOf(directory, cut, part)));
      state.walk(decoder);
      decoder.end();
    }
    engine.loop.feed(tape, point, tape.count);
    return hashes(engine);
  });
}

async function main(
  phase: string,
  config: string,
  directory: string,
  cuts: number,
): Promise<unknown> {
  const assembly = await assemble(loadConfig(config), 'backtest');
  const tape = await firstQuotes(assembly);
  const act = phase === 'save' ? save : resume;
  return act(assembly, tape, directory, cuts);
}

const [phase = '', config = '', directory = '', cuts = ''] = process.argv.slice(2);
process.stdout.write(JSON.stringify(await main(phase, config, directory, Number(cuts))));
