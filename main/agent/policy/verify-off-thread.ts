import { Worker } from 'node:worker_threads';
import { failure, type Result } from '../../../shared/problems/problem.ts';
import { type CompiledPolicy, type PolicyToVerify, verifyAndCompile } from './verify-and-compile.ts';

/** A document of this many bytes is judged within the time that starting a thread takes. */
const SMALL = 512 * 1024;

/**
 * Judges a policy without holding up whatever else goes on: a million lines take seconds, and for so long no screen would
 * move and the gateway would seem to be away. Never rejects.
 */
export function verifyOffThread(policy: PolicyToVerify): Promise<Result<CompiledPolicy>> {
  if (policy.document.length <= SMALL) return verifyAndCompile(policy);
  return new Promise((resolve) => {
    const thread = new Worker(new URL('./verify-policy-thread.ts', import.meta.url), { workerData: policy });
    const failed = (cause: string): void =>
      resolve(
        failure({
          code: 'policy-failed',
          message: 'The policy could not be judged.',
          cause,
          next: 'Check that the machine has memory to spare. Portcullis tries again by itself.',
        }),
      );
    thread.once('message', resolve);
    thread.once('error', (error) => failed(String(error).slice(0, 300)));
    thread.once('exit', (code) => failed(`the thread ended with code ${code}`));
  });
}
