import { z } from 'zod';
import { ReportingView, SentReport } from '../../../shared/schemas/reporting.ts';
import { type OwnFile, ownFile } from '../../platform/fs/own-file.ts';
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

export type ReportingFile = OwnFile<StoredReporting>;

/** The last report alone, for this user only (mode 0600): nothing is kept to be sent later. */
export function reportingFile(path: string, log: Pick<Logger, 'warn'>): ReportingFile {
  return ownFile(path, { schema: Stored, maxBytes: MAX_BYTES, what: 'last report', log });
}
