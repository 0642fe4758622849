import { readFile, rm } from 'node:fs/promises';
import { z } from 'zod';
import { AccessRequest } from '../../../shared/schemas/hub/requests.ts';
import { parseJson } from '../../../shared/schemas/parse-json.ts';
import { writeFileAtomic } from '../../platform/fs/atomic-file.ts';
import type { Logger } from '../../platform/log/logger.ts';
import { KeptRequest, MAX_KEPT, MAX_REMEMBERED } from './requests-state.ts';

/** Longer than all that it may hold: somebody else wrote it. */
const MAX_BYTES = 4 * 1024 * 1024;

const Stored = z.object({
  /** Server, organization and user: nobody else's requests are sent, or shown. */
  target: z.string(),
  sub: z.string(),
  kept: z.array(KeptRequest).max(MAX_KEPT),
  mine: z.array(AccessRequest).max(MAX_REMEMBERED),
});
export type StoredRequests = z.infer<typeof Stored>;

export interface RequestsFile {
  /** null if there is nothing, or nothing whole. */
  load(): Promise<StoredRequests | null>;
  /** @throws ProblemError `cannot-write` */
  save(requests: StoredRequests): Promise<void>;
  clear(): Promise<void>;
}

/** For this user only (mode 0600). */
export function requestsFile(path: string, log: Logger): RequestsFile {
  return {
    async load() {
      try {
        const content = await readFile(path);
        const stored = Stored.safeParse(content.length > MAX_BYTES ? null : parseJson(content.toString('utf8')));
        if (stored.success) return stored.data;
        log.warn({ path }, 'kept requests not usable');
      } catch (error) {
        const isMissing = error instanceof Error && 'code' in error && error.code === 'ENOENT';
        if (!isMissing) log.warn({ err: error, path }, 'kept requests not read');
      }
      return null;
    },
    save: (requests) => writeFileAtomic(path, JSON.stringify(requests)),
    clear: () => rm(path, { force: true }),
  };
}
