import { z } from 'zod';
import { problem } from '../../../shared/problems/catalogue.ts';
import { HttpProblem } from './problem-response.ts';

const PageQuery = z.object({
  cursor: z.coerce.number().int().min(1).max(Number.MAX_SAFE_INTEGER).nullable(),
  limit: z.coerce.number().int().min(1).max(200),
});

/** `?limit=50&cursor=…` of a list that comes in pages. @throws HttpProblem 400 */
export function pageQuery({ searchParams }: URL): z.infer<typeof PageQuery> {
  const query = PageQuery.safeParse({ cursor: searchParams.get('cursor'), limit: searchParams.get('limit') ?? 50 });
  if (!query.success) throw new HttpProblem(400, problem('query-invalid'));
  return query.data;
}
