import { stat } from 'node:fs/promises';
import { problem } from '../../../shared/problems/catalogue.ts';
import { asProblem, failure, type Result } from '../../../shared/problems/problem.ts';
import { runWorkerOnce } from '../../platform/process/run-worker-once.ts';
import { doPolicyJob, type PolicyJob, type PolicyJobResult } from './policy-job.ts';

/** A document up to this size is verified in milliseconds, sooner than a thread starts. Bytes. */
const SMALL = 256 * 1024;

/** How long an offer may take until it is refused: one whose size is asked or that is small, and one that is large. Milliseconds. */
const LIMITS = { small: 15_000, large: 180_000 };

/**
 * So many offers may hang in a file system that does not answer. Each holds one of the four threads that Node opens files with, which
 * nothing can take back, and the gateway needs some for itself.
 */
const MOST_HANGING = 2;

/** Never rejects. */
export type PolicyJobRunner = (job: PolicyJob) => Promise<Result<PolicyJobResult>>;

/**
 * Verifies a large policy on a thread of its own: a million lines take seconds and hundreds of megabytes, which the proxy
 * may not feel. A thread that dies, out of memory for one, refuses the policy and harms nothing else.
 *
 * Anybody on the machine may offer a file, and where it lies somebody else may decide when it opens, if ever. So an offer that takes too
 * long is refused, and what it comes to later is dropped; and while too many hang, only documents within the message are taken.
 *
 * @param work `size` of the policy in bytes; tests do something else than to read and verify it
 * @param limits milliseconds
 */
export function createPolicyJobRunner(
  work: (job: PolicyJob, size: number) => Promise<Result<PolicyJobResult>> = verify,
  size: (job: PolicyJob) => Promise<number> = sizeOf,
  limits = LIMITS,
): PolicyJobRunner {
  let hanging = 0;

  /** @returns null where it takes longer. */
  async function within<T>(limit: number, running: Promise<T>): Promise<{ value: T } | null> {
    const { promise: late, resolve } = Promise.withResolvers<null>();
    const timer = setTimeout(() => resolve(null), limit);
    const outcome = await Promise.race([running.then((value) => ({ value })), late]);
    clearTimeout(timer);
    if (outcome !== null) return outcome;
    hanging += 1;
    void running.finally(() => {
      hanging -= 1;
    });
    return null;
  }

  return async (job) => {
    // What the gateway has stored itself is its own file system's.
    if (job.kind === 'load') return work(job, await size(job));
    const byFile = [job.policy, job.membership].some((offered) => offered !== null && offered.text === undefined);
    if (byFile && hanging >= MOST_HANGING) {
      return failure(problem('policy-unreadable', {}, { cause: `${hanging} other files are still being opened` }));
    }
    const measured = await within(limits.small, size(job));
    if (measured === null) return slow(limits.small);
    const limit = measured.value <= SMALL ? limits.small : limits.large;
    const outcome = await within(limit, work(job, measured.value));
    return outcome === null ? slow(limit) : outcome.value;
  };
}

function slow(limit: number): Result<PolicyJobResult> {
  return failure(
    problem('policy-unreadable', {}, { cause: `no answer from its file system within ${limit / 1000} s` }),
  );
}

async function verify(job: PolicyJob, size: number): Promise<Result<PolicyJobResult>> {
  if (size <= SMALL) return doPolicyJob(job);
  try {
    return await runWorkerOnce(new URL('./policy-job-worker.ts', import.meta.url), job, 'policy');
  } catch (error) {
    return failure(asProblem(error, problem('policy-failed')));
  }
}

/** Of the policy, in bytes. 0 for what cannot be read: the job says why. */
async function sizeOf({ policy }: PolicyJob): Promise<number> {
  if (policy === null) return 0;
  if ('text' in policy && policy.text !== undefined) return policy.text.length;
  try {
    const stats = await stat(policy.file);
    return stats.isFile() ? stats.size : 0;
  } catch {
    return 0;
  }
}
