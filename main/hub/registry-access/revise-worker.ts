import { parentPort, workerData } from 'node:worker_threads';
import { revise } from './revise.ts';

// `workerData` comes from this process, so it needs no parsing.
parentPort?.postMessage(revise(workerData));
