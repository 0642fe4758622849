import { parentPort, workerData } from 'node:worker_threads';
import { revise } from './revise.ts';

// The request is this process's own, made a moment ago: nothing to judge.
parentPort?.postMessage(revise(workerData));
