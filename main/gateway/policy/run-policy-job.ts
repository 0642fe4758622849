import { stat } from 'node:fs/promises';
import { Worker } from 'node:worker_threads';
import { failure, type Result } from '../../../shared/problems/problem.ts';
import { doPolicyJob, type PolicyJob, type PolicyJobResult } from './policy-job.ts';

/** A document up to this size is judged in milliseconds, sooner than a thread starts. Bytes. */
const SMALL = 256 * 1024;

/**
 * Judges a large policy on a thread of its own: a million lines take seconds and hundreds of megabytes, which the proxy
 * may not feel. The thread ends with the job, and its memory goes with it. Never rejects: a thread that dies, out of
 * memory for one, refuses the policy and harms nothing else.
 */
export async function runPolicyJob(job: PolicyJob): Promise<Result<PolicyJobResult>> {
  const file = job.policy?.file;
  const size =
    file === undefined
      ? 0
      : await stat(file).then(
          (stats) => (stats.isFile() ? stats.size : 0),
          () => 0,
        );
  return size <= SMALL ? doPolicyJob(job) : onThread(job);
}

function onThread(job: PolicyJob): Promise<Result<PolicyJobResult>> {
  return new Promise((resolve) => {
    const worker = new Worker(new URL('./policy-job-worker.ts', import.meta.url), { workerData: job, name: 'policy' });
    const failed = (cause: string): void =>
      resolve(
        failure({
          code: 'policy-failed',
          message: 'The policy could not be judged.',
          cause,
          next: 'The last good policy stays in force. Check that the machine has memory to spare.',
        }),
      );
    worker.on('message', (outcome: Result<PolicyJobResult>) => resolve(outcome));
    worker.on('error', (error) => failed(String(error).slice(0, 300)));
    worker.on('exit', (code) => failed(`the thread ended with code ${code}`));
  });
}
