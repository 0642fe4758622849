import { problem } from '../../../shared/problems/catalogue.ts';
import type { SecretStore } from './secret-store.ts';

/** `unknown` while what the administrator wrote cannot be used. */
export type SignInStorage = 'keyring' | 'file' | 'unknown';

/**
 * The store that the administrator chose. After a change, what is in the other one is used until something is written. A file that is
 * no longer allowed is deleted as soon as anything is asked; while it is unknown whether it is, nobody is signed out by that.
 */
export function managedSecretStore(system: SecretStore, file: SecretStore, chosen: () => SignInStorage): SecretStore {
  const isUsed = async (): Promise<boolean> => {
    const storage = chosen();
    if (storage === 'keyring') await file.remove();
    return storage === 'file' || (storage === 'unknown' && (await file.read()) !== null);
  };
  return {
    async read() {
      if (!(await isUsed())) return system.read();
      return (await file.read()) ?? (await system.read().catch(() => null));
    },
    write: async (secret) => ((await isUsed()) ? file : system).write(secret),
    async remove() {
      const wasUsed = await isUsed();
      await file.remove();
      // A keyring that is not there holds nothing, where none was needed.
      await (wasUsed ? system.remove().catch(() => undefined) : system.remove());
    },
    health: () =>
      chosen() === 'file'
        ? [{ ...problem('sign-in-in-file'), severity: 'info', forbidsGreen: false }]
        : system.health(),
    idle: () => system.idle(),
  };
}
