import { type Problem, ProblemError } from '../../../shared/problems/problem.ts';
import type { Logger } from '../../platform/log/logger.ts';
import type { SecretStore } from './secret-store.ts';

const KEYRING_HANGS: Problem = {
  code: 'keyring-hangs',
  message: 'The keyring does not answer, so Portcullis has ended without it.',
  next: 'What is in force stays in force. It may be that you have to sign in again; unlock or restart the keyring before.',
};

/**
 * Ends this process if a call to the keyring still runs, and returns if none does. An exit would wait for the call, because Node joins
 * the threads of its pool, and libsecret gives D-Bus 25 seconds for each of its two questions: nobody waits that long for
 * "Quit". There is no gentler way past a thread. To be called last, when all else has been put in order.
 *
 * @param say tells the user
 */
export async function endWithoutKeyring(
  secrets: Pick<SecretStore, 'hangs'>,
  { log, say, kill }: { log: Logger; say: (problem: Problem) => void; kill: () => void },
): Promise<void> {
  if (!secrets.hangs()) return;
  say(KEYRING_HANGS);
  log.warn({ problem: KEYRING_HANGS }, new ProblemError(KEYRING_HANGS).message);
  // The log is written by a stream, which has this turn of the loop to pass it on.
  await new Promise((resolve) => setImmediate(resolve));
  kill();
}
