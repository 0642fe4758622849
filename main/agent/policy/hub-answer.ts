import { problem } from '../../../shared/problems/catalogue.ts';
import { type Problem, ProblemError } from '../../../shared/problems/problem.ts';
import type { HubError } from '../../../shared/schemas/hub-schema.ts';
import { parseJson } from '../../../shared/schemas/parse-json.ts';
import { readBounded } from '../../platform/net/bounded-body.ts';

const MAX_BYTES = 8 * 1024 * 1024;

/** The body of an answer, parsed. @throws ProblemError `server-unexpected` for one that is not as the API says */
export async function readAnswer<T>(
  response: Response,
  schema: { safeParse(value: unknown): { success: true; data: T } | { success: false } },
): Promise<T> {
  const body = parseJson((await readBounded(response, MAX_BYTES)).toString('utf8'));
  const parsed = schema.safeParse(body);
  if (parsed.success) return parsed.data;
  const server = URL.parse(response.url)?.host ?? '';
  throw new ProblemError(problem('server-unexpected', { server }, { cause: 'not as docs/hub-api.md describes' }));
}

/** As the hub puts it; told in the reader's language where our catalogue has its code too. */
export function problemOfHub({ code, args, title, detail }: HubError): Problem {
  return { code, ...(args === undefined ? {} : { args }), message: title.slice(0, 500), next: detail?.slice(0, 500) };
}
