import { z } from 'zod';
import { problem } from '../../../shared/problems/catalogue.ts';
import { HttpProblem } from '../http/problem-response.ts';
import type { Place } from './request-store.ts';

const Written = z.tuple([z.number().int(), z.number(), z.string().max(512)]);

/** Where a page of the queue ends, as its `next`. */
export function writtenPlace({ people, first, host }: Place): string {
  return Buffer.from(JSON.stringify([people, first, host])).toString('base64url');
}

/** @throws HttpProblem 400 */
export function placeOf(cursor: string | undefined): Place | null {
  if (cursor === undefined) return null;
  try {
    const [people, first, host] = Written.parse(JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8')));
    return { people, first, host };
  } catch {
    throw new HttpProblem(400, problem('query-invalid'));
  }
}
