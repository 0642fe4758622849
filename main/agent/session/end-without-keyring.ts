import { problem } from '../../../shared/problems/catalogue.ts';
import { type Problem, ProblemError } from '../../../shared/problems/problem.ts';
import type { Logger } from '../../platform/log/logger.ts';
import type { Clock } from '../../platform/time/clock.ts';
import type { SecretStore } from './secret-store.ts';

/** What a keyring that works takes for a call, many times over. */
const GRACE_MS = 2_000;

/**
 * Kills this process if a call to the keyring does not end soon, and returns if none runs. A normal exit would wait for the call, because Node
 * joins the threads of its pool, and libsecret gives D-Bus 25 seconds for each of its two questions; a thread cannot be ended more gently.
 * To be called last, when everything else has been stopped.
 *
 * @param say tells the user
 */
export async function endWithoutKeyring(
  secrets: Pick<SecretStore, 'idle'>,
  { clock, log, say, kill }: { clock: Clock; log: Logger; say: (problem: Problem) => void; kill: () => void },
): Promise<void> {
  const { promise: late, resolve } = Promise.withResolvers<boolean>();
  const cancel = clock.after(GRACE_MS, () => resolve(false));
  const isIdle = await Promise.race([secrets.idle().then(() => true), late]);
  cancel();
  if (isIdle) return;
  const hangs = problem('keyring-hangs');
  say(hangs);
  log.warn({ problem: hangs }, new ProblemError(hangs).message);
  // The log is written by a stream, which needs this turn of the event loop to write it.
  await new Promise((resolve) => setImmediate(resolve));
  kill();
}
