import { runWorkerOnce } from '../../platform/process/run-worker-once.ts';
import { type Preview, type PreviewRequest, previewSettings } from './preview.ts';
import { type Revision, type RevisionRequest, revise } from './revise.ts';

/** A larger revision would block sign-ins and events noticeably (about 50 ms). */
const LARGE_BYTES = 1024 * 1024;

/** `revise`, in a thread of its own where it takes long, which also gives the memory back. */
export async function reviseOffThread(request: RevisionRequest): Promise<Revision> {
  if (!isLarge(request)) return revise(request);
  return runWorkerOnce(new URL('./revise-worker.ts', import.meta.url), request, 'revise');
}

/** `previewSettings`, likewise. */
export async function previewOffThread(request: PreviewRequest): Promise<Preview> {
  if (!isLarge(request)) return previewSettings(request);
  return runWorkerOnce(new URL('./preview-worker.ts', import.meta.url), request, 'preview');
}

function isLarge({ body, current }: Omit<PreviewRequest, 'now'>): boolean {
  return body.byteLength + current.registries.byteLength >= LARGE_BYTES;
}
