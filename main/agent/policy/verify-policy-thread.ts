import { parentPort, workerData } from 'node:worker_threads';
import { judgePolicy } from './verify-and-compile.ts';

parentPort?.postMessage(await judgePolicy(workerData));
