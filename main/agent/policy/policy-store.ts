import { readFileSync, statSync } from 'node:fs';
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { parseJson } from '../../../shared/schemas/parse-json.ts';
import { writeFileAtomic } from '../../platform/fs/atomic-file.ts';
import type { Logger } from '../../platform/log/logger.ts';

/** What is kept beside the documents. */
const Sidecar = z.object({
  /** `SyncTarget.id`: documents of another user or server are of no use to this one. */
  target: z.string(),
  etag: z.string().nullable(),
  /** Milliseconds since 1970. */
  lastContact: z.number().int().min(0),
});
export type Sidecar = z.infer<typeof Sidecar>;

export interface StoredPolicy extends Sidecar {
  policy: Buffer;
  membership: Buffer | null;
}

/**
 * The documents as they were signed, in the files that the gateway is told to read. What is loaded has to be verified
 * again: anyone could have written a file in the user's folder.
 */
export interface PolicyStore {
  readonly policyFile: string;
  readonly membershipFile: string;
  /** null if there is nothing, or nothing whole, of this target. */
  load(target: string): Promise<StoredPolicy | null>;
  savePolicy(document: string): Promise<void>;
  saveMembership(document: string): Promise<void>;
  saveSidecar(sidecar: Sidecar): Promise<void>;
  /** Deletes all of it, after a sign-out. */
  clear(): Promise<void>;
}

/** @param folder exists and is the user's alone. */
export function createPolicyStore(folder: string, log: Logger): PolicyStore {
  const policyFile = join(folder, 'policy.jws');
  const membershipFile = join(folder, 'membership.jws');
  const sidecarFile = join(folder, 'sync.json');
  return {
    policyFile,
    membershipFile,
    async load(target) {
      const [sidecarText, policy, membership] = await Promise.all(
        [sidecarFile, policyFile, membershipFile].map((path) => readIfThere(path, log)),
      );
      const sidecar = Sidecar.safeParse(parseJson(sidecarText?.toString('utf8') ?? ''));
      if (!sidecar.success || sidecar.data.target !== target || !policy) return null;
      return { ...sidecar.data, policy, membership: membership ?? null };
    },
    savePolicy: (document) => writeFileAtomic(policyFile, document),
    saveMembership: (document) => writeFileAtomic(membershipFile, document),
    saveSidecar: (sidecar) => writeFileAtomic(sidecarFile, JSON.stringify(sidecar)),
    async clear() {
      await Promise.all([sidecarFile, membershipFile, policyFile].map((path) => rm(path, { force: true })));
    },
  };
}

async function readIfThere(path: string, log: Logger): Promise<Buffer | null> {
  try {
    return await readFile(path);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT'))
      log.warn({ err: error, path }, 'cached policy not read');
    return null;
  }
}

/** A document of at most `most` characters; null where it is longer, or cannot be read: the gateway, which is given its name, reports why. */
export function readShort(file: string, most: number): string | null {
  try {
    return statSync(file).size > most ? null : readFileSync(file, 'latin1');
  } catch {
    return null;
  }
}
