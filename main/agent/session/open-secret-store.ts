import type { Logger } from '../../platform/log/logger.ts';
import type { Clock } from '../../platform/time/clock.ts';
import { keyringSecretStore, loadKeytar } from './keyring.ts';
import { fileSecretStore, type SecretStore } from './secret-store.ts';

/** The file that the configuration names, as the demo's does, or else the keyring of the system. */
export function openSecretStore(
  { secretFile, stateDir }: { secretFile?: string | undefined; stateDir: string },
  clock: Clock,
  log: Logger,
): SecretStore {
  return secretFile === undefined
    ? keyringSecretStore({ load: loadKeytar, account: stateDir, clock, log })
    : fileSecretStore(secretFile);
}
