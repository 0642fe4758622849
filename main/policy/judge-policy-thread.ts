import { parentPort, workerData } from 'node:worker_threads';
import { judgePolicy } from './judge-policy.ts';

parentPort?.postMessage(await judgePolicy(workerData));
