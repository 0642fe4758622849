import { runWorkerOnce } from '../../platform/process/run-worker-once.ts';
import { type Revision, type RevisionRequest, revise } from './revise.ts';

/** From here on a revision would hold up sign-ins and events for long enough to be felt (about 50 ms). */
const LARGE = 1024 * 1024;

/** `revise`, on a thread of its own where it takes long. */
export async function reviseOffThread(request: RevisionRequest): Promise<Revision> {
  if (request.body.byteLength + request.current.registries.byteLength < LARGE) return revise(request);
  return runWorkerOnce(new URL('./revise-worker.ts', import.meta.url), request, 'revise');
}
