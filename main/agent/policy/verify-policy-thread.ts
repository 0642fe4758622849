import { parentPort, workerData } from 'node:worker_threads';
import { verifyAndCompile } from './verify-and-compile.ts';

parentPort?.postMessage(await verifyAndCompile(workerData));
