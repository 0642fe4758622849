import { Worker } from 'node:worker_threads';
import { type Revision, type RevisionRequest, revise } from './revise.ts';

/** From here on a revision would hold up sign-ins and events for long enough to be felt (about 50 ms). */
const LARGE = 1024 * 1024;

/** `revise`, in a thread of its own where it takes long. The thread ends with its work and gives its memory back. */
export async function reviseOffThread(request: RevisionRequest): Promise<Revision> {
  if (request.body.byteLength + request.current.registries.byteLength < LARGE) return revise(request);
  const { promise, resolve, reject } = Promise.withResolvers<Revision>();
  const worker = new Worker(new URL('./revise-worker.ts', import.meta.url), { workerData: request });
  worker.once('message', resolve);
  worker.once('error', reject);
  worker.once('exit', (code) => reject(new Error(`the revision's thread ended with ${code}`)));
  return promise.finally(() => worker.terminate());
}
