import { readFile, rm } from 'node:fs/promises';
import type { HealthEntry } from '../../../shared/state/inputs.ts';
import { writeFileAtomic } from '../../platform/fs/atomic-file.ts';

/** Keeps the one secret of a session, its refresh token, beyond the life of the process. */
export interface SecretStore {
  /** @returns null if there is none. @throws ProblemError `no-keyring` or `keyring-locked`: it is unknown whether there is one. */
  read(): Promise<string | null>;
  /** Falls back to memory where there is no keyring, and `health` reports it. @throws ProblemError `cannot-write` */
  write(secret: string): Promise<void>;
  /** Forgets what is in memory in any case. @throws ProblemError as `read`: then the keyring still holds the secret. */
  remove(): Promise<void>;
  health(): HealthEntry[];
  /** Resolves once no call runs any more. None can be cancelled, and this process would not exit before the last one ends. */
  idle(): Promise<void>;
}

/** A file that only its owner can read. For the demo, which keeps everything in one folder and does not touch the keyring. */
export function fileSecretStore(path: string): SecretStore {
  return {
    read: () =>
      readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
        if (error.code === 'ENOENT') return null;
        throw error;
      }),
    write: (secret) => writeFileAtomic(path, secret),
    remove: () => rm(path, { force: true }),
    health: () => [],
    idle: async () => undefined,
  };
}
