import { parentPort, workerData } from 'node:worker_threads';
import { previewSettings } from './preview.ts';

// `workerData` comes from this process, so it needs no parsing.
parentPort?.postMessage(previewSettings(workerData));
