import { Worker } from 'node:worker_threads';
import { type Judged, refuse } from '../../shared/problem.ts';
import type { PolicyJob, PolicyJobResult } from './policy-job.ts';

/** Never rejects: a thread that dies, out of memory for one, refuses the policy and harms nothing else. */
export function runPolicyJob(job: PolicyJob): Promise<Judged<PolicyJobResult>> {
  return new Promise((resolve) => {
    const worker = new Worker(new URL('./policy-job.ts', import.meta.url), { workerData: job, name: 'policy' });
    const failed = (cause: string): void =>
      resolve(
        refuse({
          code: 'policy-failed',
          message: 'The policy could not be judged.',
          cause,
          next: 'The last good policy stays in force. Check that the machine has memory to spare.',
        }),
      );
    worker.on('message', (outcome: Judged<PolicyJobResult>) => resolve(outcome));
    worker.on('error', (error) => failed(String(error).slice(0, 300)));
    worker.on('exit', (code) => failed(`the thread ended with code ${code}`));
  });
}
