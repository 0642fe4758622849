import { readFile, rm } from 'node:fs/promises';
import type { HealthEntry } from '../../../shared/state/inputs.ts';
import { writeFileAtomic } from '../../platform/fs/atomic-file.ts';

/** Where the one secret of a session, its refresh token, outlives the process. */
export interface SecretStore {
  /** @returns null if there is none. @throws ProblemError `no-keyring` or `keyring-locked`: whether there is one is not known. */
  read(): Promise<string | null>;
  /** What cannot be kept in a keyring is kept in memory, and `health` says so. @throws ProblemError `cannot-write` */
  write(secret: string): Promise<void>;
  /** @throws ProblemError as `read`: what the keyring holds stays there; in memory it is gone in any case. */
  remove(): Promise<void>;
  health(): HealthEntry[];
  /** A call runs that cannot be called off: this process would not exit before it has ended. */
  hangs(): boolean;
}

/** A file that only its owner may read. For the demo, which keeps everything in one folder and touches no keyring. */
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
    hangs: () => false,
  };
}
