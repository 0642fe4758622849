import type { IncomingMessage } from 'node:http';
import { problem } from '../../../shared/problems/catalogue.ts';
import { HttpProblem } from './problem-response.ts';
import { readBody } from './request-body.ts';

/** Up to here a body takes no place: there are as many as there are connections. */
const SMALL_BYTES = 1024 * 1024;
const MOST_AT_ONCE = 2;
const RETRY_SECONDS = 10;

export interface LargeUploads {
  /**
   * Reads a body and hands it to `use`. One that is large holds a place until `use` has ended: one for each organization, and two for all of
   * them, so that what bodies take together is bounded whoever sends them.
   *
   * @throws HttpProblem 413, or 429 where there is no place
   */
  read<T>(request: IncomingMessage, limit: number, org: string, use: (body: Buffer) => Promise<T>): Promise<T>;
}

export function createLargeUploads(): LargeUploads {
  /** Organizations whose large upload is under way. */
  const busy = new Set<string>();

  return {
    async read(request, limit, org, use) {
      let holds = false;
      const grow = (length: number): void => {
        if (holds || length <= SMALL_BYTES) return;
        if (busy.has(org) || busy.size >= MOST_AT_ONCE) {
          const headers = { 'retry-after': String(RETRY_SECONDS) };
          throw new HttpProblem(429, problem('uploads-busy', { seconds: RETRY_SECONDS }), { headers });
        }
        busy.add(org);
        holds = true;
      };
      try {
        return await use(await readBody(request, limit, grow));
      } finally {
        if (holds) busy.delete(org);
      }
    },
  };
}
