import { stat } from 'node:fs/promises';
import { problem } from '../../../shared/problems/catalogue.ts';
import { asProblem, failure, type Result } from '../../../shared/problems/problem.ts';
import { runWorkerOnce } from '../../platform/process/run-worker-once.ts';
import { doPolicyJob, type PolicyJob, type PolicyJobResult } from './policy-job.ts';

/** A document up to this size is verified in milliseconds, sooner than a thread starts. Bytes. */
const SMALL = 256 * 1024;

/**
 * Verifies a large policy on a thread of its own: a million lines take seconds and hundreds of megabytes, which the proxy
 * may not feel. Never rejects: a thread that dies, out of memory for one, refuses the policy and harms nothing else.
 */
export async function runPolicyJob(job: PolicyJob): Promise<Result<PolicyJobResult>> {
  if ((await sizeOf(job.policy?.file)) <= SMALL) return doPolicyJob(job);
  try {
    return await runWorkerOnce(new URL('./policy-job-worker.ts', import.meta.url), job, 'policy');
  } catch (error) {
    return failure(asProblem(error, problem('policy-failed')));
  }
}

/** 0 for what cannot be read: the job says why. */
async function sizeOf(file: string | undefined): Promise<number> {
  if (file === undefined) return 0;
  try {
    const stats = await stat(file);
    return stats.isFile() ? stats.size : 0;
  } catch {
    return 0;
  }
}
