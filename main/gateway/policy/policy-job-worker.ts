import { parentPort, workerData } from 'node:worker_threads';
import { doPolicyJob, type PolicyJob } from './policy-job.ts';

parentPort?.postMessage(await doPolicyJob(workerData as PolicyJob));
