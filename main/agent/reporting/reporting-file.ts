import { readFile, rm } from 'node:fs/promises';
import { z } from 'zod';
import { parseJson } from '../../../shared/schemas/parse-json.ts';
import { ReportingView, SentReport } from '../../../shared/schemas/reporting.ts';
import { writeFileAtomic } from '../../platform/fs/atomic-file.ts';
import type { Logger } from '../../platform/log/logger.ts';

const MAX_BYTES = 1024 * 1024;

const Stored = z.object({
  /** Server, organization and user: nobody else's report is shown. */
  target: z.string(),
  sent: SentReport,
  answer: ReportingView.shape.last.unwrap(),
  hosts: z
    .object({
      since: z.number(),
      counts: z.record(z.string(), z.object({ count: z.number(), blocked: z.number(), at: z.number() })),
    })
    .nullable(),
});
export type StoredReporting = z.infer<typeof Stored>;

export interface ReportingFile {
  /** null if there is nothing, or nothing whole. */
  load(): Promise<StoredReporting | null>;
  /** @throws ProblemError `cannot-write` */
  save(stored: StoredReporting): Promise<void>;
  clear(): Promise<void>;
}

/** The last report alone, for this user only (mode 0600): nothing is kept to be sent later. */
export function reportingFile(path: string, log: Pick<Logger, 'warn'>): ReportingFile {
  return {
    async load() {
      try {
        const content = await readFile(path);
        const stored = Stored.safeParse(content.length > MAX_BYTES ? null : parseJson(content.toString('utf8')));
        if (stored.success) return stored.data;
        log.warn({ path }, 'last report not usable');
      } catch (error) {
        const isMissing = error instanceof Error && 'code' in error && error.code === 'ENOENT';
        if (!isMissing) log.warn({ err: error, path }, 'last report not read');
      }
      return null;
    },
    save: (stored) => writeFileAtomic(path, JSON.stringify(stored)),
    clear: () => rm(path, { force: true }),
  };
}
