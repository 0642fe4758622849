import { problem } from '../../../shared/problems/catalogue.ts';
import { failure, type Result } from '../../../shared/problems/problem.ts';
import { runWorkerOnce } from '../../platform/process/run-worker-once.ts';
import { type CompiledPolicy, type PolicyToVerify, verifyAndCompile } from './verify-and-compile.ts';

/** A document of this many bytes is verified within the time that starting a thread takes. */
const SMALL = 512 * 1024;

/**
 * Verifies a policy without blocking this thread: a million lines take seconds, in which no screen would update and the
 * gateway would seem to be away. Never rejects.
 */
export async function verifyOffThread(policy: PolicyToVerify): Promise<Result<CompiledPolicy>> {
  if (policy.document.length <= SMALL) return verifyAndCompile(policy);
  try {
    return await runWorkerOnce(new URL('./verify-policy-thread.ts', import.meta.url), policy, 'policy');
  } catch (error) {
    return failure(problem('policy-failed', {}, { cause: String(error).slice(0, 300) }));
  }
}
