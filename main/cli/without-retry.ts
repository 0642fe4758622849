import { problem } from '../../shared/problems/catalogue.ts';
import type { Problem } from '../../shared/problems/problem.ts';

/** The agent retries after these; a command does not. */
const RETRIED_BY_THE_AGENT = new Set(['offline', 'server-unreachable', 'server-timeout', 'server-error']);

/** What a command that ran once tells of a failed request: the same, but with a next step that does not promise a retry. */
export function withoutRetry(failure: Problem, server: string): Problem {
  if (!RETRIED_BY_THE_AGENT.has(failure.code)) return failure;
  return problem('hub-not-reached', { server }, { cause: failure.cause });
}
