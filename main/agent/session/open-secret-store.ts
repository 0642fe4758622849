import type { Logger } from '../../platform/log/logger.ts';
import { runCommand } from '../../platform/process/run-command.ts';
import type { Clock } from '../../platform/time/clock.ts';
import { keyringSecretStore, loadKeytar, SERVICE } from './keyring.ts';
import { wouldWait } from './secret-service.ts';
import { fileSecretStore, type SecretStore } from './secret-store.ts';

/** The file that the configuration names, as the demo's does, or else the keyring of the system. */
export function openSecretStore(
  { secretFile, stateDir }: { secretFile?: string | undefined; stateDir: string },
  clock: Clock,
  log: Logger,
): SecretStore {
  if (secretFile !== undefined) return fileSecretStore(secretFile);
  // The keyrings of macOS and Windows are unlocked with the session.
  const readWouldWait = async (): Promise<boolean> =>
    process.platform === 'linux' && wouldWait(runCommand, { service: SERVICE, account: stateDir });
  return keyringSecretStore({ load: loadKeytar, readWouldWait, account: stateDir, clock, log });
}
