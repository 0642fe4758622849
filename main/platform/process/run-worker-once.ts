import { Worker } from 'node:worker_threads';

/**
 * Runs `script` on a thread of its own and returns the one message that it posts. The thread has ended, and its memory is
 * back, before this settles.
 *
 * @throws Error if the thread fails, runs out of memory or ends without a message.
 */
export async function runWorkerOnce<T>(script: URL, workerData: unknown, name: string): Promise<T> {
  const { promise, resolve, reject } = Promise.withResolvers<T>();
  const worker = new Worker(script, { workerData, name });
  worker.once('message', resolve);
  worker.once('messageerror', reject);
  worker.once('error', reject);
  worker.once('exit', (code) => reject(new Error(`the thread ${name} ended with code ${code} and no result`)));
  try {
    return await promise;
  } finally {
    await worker.terminate();
  }
}
