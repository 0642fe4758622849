import type { HealthEntry } from '../../shared/state/inputs.ts';

/** Where the one secret of a session, its refresh token, outlives the process. */
export interface SecretStore {
  /** @returns null if there is none. @throws ProblemError `no-keyring` or `keyring-locked`: whether there is one is not known. */
  read(): Promise<string | null>;
  /** Never fails: what cannot be kept on this machine is kept in memory, and `health` says so. */
  write(secret: string): Promise<void>;
  /** @throws ProblemError as `read`: what the keyring holds stays there; in memory it is gone in any case. */
  remove(): Promise<void>;
  health(): HealthEntry[];
}

/** For tests, and where nothing may be left behind. */
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
  };
}
