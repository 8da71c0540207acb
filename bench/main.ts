import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { type Figures, mediansOf } from './fresh-process.ts';
import { startToResult } from './start-up.ts';

/**
 * `npm run bench`: the figures of `docs/performance.md`. Each is the median of fresh processes and
 * stands beside its floor from the same run, since machines differ and are shared.
 */

const RUNS = 5;

function line(name: string, text: string, target: string): void {
  process.stdout.write(`${name.padEnd(34)} ${text.padEnd(58)} ${target}\n`);
}

function percent(share: number | undefined): string {
  return `${((share ?? 0) * 100).toFixed(0)} %`;
}

function million(rate: number | undefined): string {
  return `${((rate ?? 0) / 1e6).toFixed(1)} M/s`;
}

function kernelLine(name: string, figures: Figures, target: string): void {
  const { floorNs = 0, engineNs = 0, share, quotesPerSecond, scavenges = 0 } = figures;
  const times = `${engineNs.toFixed(1)} ns a quote, floor ${floorNs.toFixed(1)} ns`;
  line(name, `${percent(share)} of the floor, ${million(quotesPerSecond)} (${times})`, target);
  line('  minor collections', `${scavenges} over 10 M quotes`, 'at most 10');
}

kernelLine('strategy on bars', mediansOf('bars', RUNS), 'at least 35 %');
kernelLine('strategy on every quote', mediansOf('quotes', RUNS), 'at least 30 %');
const { share: manyShare, hundred, one } = mediansOf('instruments', RUNS);
line(
  '100 instruments, pre-merged',
  `${percent(manyShare)} of one (${million(hundred)} of ${million(one)})`,
  'at least 50 %',
);
const { orderUs = 0 } = mediansOf('order', RUNS);
line('order, fill and position', `${orderUs.toFixed(2)} µs`, 'at most 1.5 µs');
const gates = mediansOf('gates', RUNS);
const { allNs = 0, allMovedNs = 0, fixedNs = 0, quoteNs = 0, quoteRatio = 0 } = gates;
line(
  'all gates, 100 instruments, 200 orders',
  `${allNs.toFixed(0)} ns an order, ${fixedNs.toFixed(0)} of it the fixed four`,
  'at most 1500 ns',
);
line('  after a quote of every instrument', `${allMovedNs.toFixed(0)} ns an order`, '');
const quote = `${quoteNs.toFixed(1)} ns, ${quoteRatio.toFixed(2)} of one with the gates off`;
line('  a quote with all gates on', quote, '');
line('start to result, 20 000 quotes', `${startToResult(RUNS).toFixed(0)} ms`, 'at most 250 ms');

const { bytesPerQuote = 0, decodedPerSecond, share: ofBare } = mediansOf('columns', RUNS);
const decoded = `${bytesPerQuote.toFixed(2)} bytes a quote, ${million(decodedPerSecond)}`;
line(
  'cached columns, one instrument',
  `${decoded}, ${percent(ofBare)} of bare zstd`,
  'at most 5 bytes, at least 30 M/s',
);
const { share: ofMemory, cachedPerSecond, memoryPerSecond } = mediansOf('replay', RUNS);
line(
  'replay from the cache',
  `${percent(ofMemory)} of memory (${million(cachedPerSecond)} of ${million(memoryPerSecond)})`,
  'at least 40 %',
);

const { encodeNs = 0, recordNs = 0, bytes: frameBytes = 0 } = mediansOf('encoding', RUNS);
const mix = `${encodeNs.toFixed(0)} ns of ${frameBytes.toFixed(0)} bytes`;
line(
  'a frame encoded, with checksum',
  `${mix}; without quotes ${recordNs.toFixed(0)} ns`,
  'at most 250 ns',
);
const single = mediansOf('turnOfOne', RUNS);
const { ratio50 = 0, ratio99 = 0, p50Us = 0, p99Us = 0, bytes: groupBytes = 0 } = single;
const half = `p50 ${p50Us.toFixed(0)} µs = ${ratio50.toFixed(2)} of a bare sync of ${groupBytes} B`;
const most = `p99 ${p99Us.toFixed(0)} µs = ${ratio99.toFixed(2)}`;
line('decision to durable, a turn of one', `${half}, ${most}`, 'at most 1.25 and 2');
const { perSecond = 0 } = mediansOf('turnOfMany', RUNS);
line('128 decisions a turn', `${perSecond.toFixed(0)} durable decisions/s`, 'at least 150 000/s');
const { share: withJournal = 0, cpuShare = 0 } = mediansOf('journaledBacktest', RUNS);
const journaled = `${withJournal.toFixed(2)} of one without, processor time ${cpuShare.toFixed(2)}`;
line('a backtest with its journal', journaled, 'at most 1.5');
const { seconds = 0, frames = 0 } = mediansOf('recovering', RUNS);
line(
  'a million frames, a snapshot in their middle',
  `rebuilt in ${seconds.toFixed(2)} s (${frames} decided anew)`,
  'at most 3 s',
);
const { medianMs = 0, mostMs = 0 } = mediansOf('snapshotStall', RUNS);
const stall = `${medianMs.toFixed(1)} ms, at most ${mostMs.toFixed(1)} ms`;
line('the loop held up by a snapshot', stall, 'at most 5 ms');

const { scrapeUs = 0 } = mediansOf('scrapeCost', 3);
line(
  'ten scrapes a second',
  `${(scrapeUs / 1000).toFixed(2)} % of the trading thread`,
  'at most 5 %',
);
const scraped = mediansOf('scrapedMetrics', 3);
line(
  '  quotes a second under them',
  `${percent(scraped['share'])} of the quotes a second (${million(scraped['quotesPerSecond'])})`,
  'at least 95 %',
);

// Text to columns, and its memory over 500 MB of text, in a process of its own.
const csv = fileURLToPath(new URL('./csv.ts', import.meta.url));
spawnSync(process.execPath, ['--conditions=tiyf-source', csv], { stdio: 'inherit' });
