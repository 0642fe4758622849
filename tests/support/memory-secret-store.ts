import type { SecretStore } from '../../main/agent/session/secret-store.ts';

/** A keyring that ends with the test. */
export function memorySecretStore(): SecretStore {
  let kept: string | null = null;
  return {
    read: async () => kept,
    write: async (secret) => {
      kept = secret;
    },
    remove: async () => {
      kept = null;
    },
    health: () => [],
    idle: async () => undefined,
  };
}
