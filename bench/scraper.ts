import { parentPort, workerData } from 'node:worker_threads';

/** Asks for a page ten times a second while it is told to: a Prometheus that is in a hurry. */

const EVERY_MS = 100;

const url = String(workerData);
let on = false;

async function ask(): Promise<void> {
  const answer = await fetch(url);
  await answer.text();
  if (answer.status === 200) parentPort?.postMessage('scraped');
}

parentPort?.on('message', (word: unknown) => {
  on = word === 'on';
});
setInterval(() => {
  if (on) void ask();
}, EVERY_MS);
