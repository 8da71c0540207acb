import { parentPort, workerData } from 'node:worker_threads';
import { present } from '../../model/assert.ts';
import type { PointJob, WorkerSetup } from './point.ts';
import { runPoint } from './run-point.ts';

/** The thread of a sweep: runs one point after another, each as it is told to. */
const port = present(parentPort ?? undefined, 'the thread that started this one');
const setup = workerData as WorkerSetup;

port.on('message', (job: PointJob) => {
  void runPoint(setup, job).then((outcome) => port.postMessage(outcome));
});
