import { z } from 'zod';
import { AccessRequest } from '../../../shared/schemas/hub/requests.ts';
import { type OwnFile, ownFile } from '../../platform/fs/own-file.ts';
import type { Logger } from '../../platform/log/logger.ts';
import { KeptRequest, MAX_KEPT, MAX_REMEMBERED } from './requests-state.ts';

const MAX_BYTES = 4 * 1024 * 1024;

const Stored = z.object({
  /** Server, organization and user: nobody else's requests are sent, or shown. */
  target: z.string(),
  sub: z.string(),
  kept: z.array(KeptRequest).max(MAX_KEPT),
  mine: z.array(AccessRequest).max(MAX_REMEMBERED),
});
export type StoredRequests = z.infer<typeof Stored>;

export type RequestsFile = OwnFile<StoredRequests>;

export function requestsFile(path: string, log: Pick<Logger, 'warn'>): RequestsFile {
  return ownFile(path, { schema: Stored, maxBytes: MAX_BYTES, what: 'kept requests', log });
}
