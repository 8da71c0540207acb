import { enableCompileCache } from 'node:module';
import { parentPort, workerData } from 'node:worker_threads';
import { present } from '../../model/assert.ts';
import type { PointJob, WorkerSetup } from './point.ts';

/** The thread of a sweep: runs one point after another, each as it is told to. */
const port = present(parentPort ?? undefined, 'the thread that started this one');
const setup = workerData as WorkerSetup;
// Before the engine is loaded: compiling its modules takes longer than starting the thread.
enableCompileCache();
const { runPoint } = await import('./run-point.ts');

port.on('message', (job: PointJob) => {
  void runPoint(setup, job).then((outcome) => port.postMessage(outcome));
});
