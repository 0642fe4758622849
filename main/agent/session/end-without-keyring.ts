import { problem } from '../../../shared/problems/catalogue.ts';
import { type Problem, ProblemError } from '../../../shared/problems/problem.ts';
import type { Logger } from '../../platform/log/logger.ts';
import type { SecretStore } from './secret-store.ts';

/**
 * Kills this process if a call to the keyring is still running, and returns if none is. A normal exit would wait for the call, because Node
 * joins the threads of its pool, and libsecret gives D-Bus 25 seconds for each of its two questions; a thread cannot be ended more gently.
 * To be called last, when everything else has been stopped.
 *
 * @param say tells the user
 */
export async function endWithoutKeyring(
  secrets: Pick<SecretStore, 'hangs'>,
  { log, say, kill }: { log: Logger; say: (problem: Problem) => void; kill: () => void },
): Promise<void> {
  if (!secrets.hangs()) return;
  const hangs = problem('keyring-hangs');
  say(hangs);
  log.warn({ problem: hangs }, new ProblemError(hangs).message);
  // The log is written by a stream, which needs this turn of the event loop to write it.
  await new Promise((resolve) => setImmediate(resolve));
  kill();
}
