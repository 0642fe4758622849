import { problem } from '../../../shared/problems/catalogue.ts';
import { type Problem, ProblemError } from '../../../shared/problems/problem.ts';
import { readBounded } from './bounded-body.ts';
import { captivePortalSign } from './captive-portal.ts';
import { requestProblem } from './request-problem.ts';

export type Fetch = typeof globalThis.fetch;

/** JSON endpoints answer with much less. */
const MAX_ANSWER_BYTES = 4 * 1024 * 1024;

/**
 * A `fetch` that resolves only with a complete answer of the server that was asked. Otherwise it rejects with a
 * `ProblemError`: those of `requestProblem`, `captive-portal`, `server-error`, `too-large`. A 4xx is an answer.
 *
 * @param timeoutMs for the whole exchange, body included.
 * @param signal cancels every request, which then rejects with the signal's reason.
 */
export function answeringFetch(fetch: Fetch, timeoutMs: number, signal?: AbortSignal): Fetch {
  return async (input, init) => {
    const url = new URL(input instanceof Request ? input.url : input);
    const signals = [AbortSignal.timeout(timeoutMs), signal, init?.signal].filter((one) => one instanceof AbortSignal);
    try {
      const response = await fetch(input, { ...init, redirect: 'manual', signal: AbortSignal.any(signals) });
      const body = await readBounded(response, MAX_ANSWER_BYTES);
      const problem = problemWith(url, response);
      if (problem !== null) throw new ProblemError(problem);
      const bodyless = response.status === 204 || response.status === 205 || response.status === 304;
      return new Response(bodyless ? null : new Uint8Array(body), response);
    } catch (error) {
      if (signal?.aborted) throw signal.reason;
      if (error instanceof ProblemError) throw error;
      throw new ProblemError(requestProblem(error, url.host), { cause: error });
    }
  };
}

function problemWith(url: URL, response: Response): Problem | null {
  const { status } = response;
  const portal = captivePortalSign(url, response);
  if (portal !== null) return problem('captive-portal', { server: url.host }, { cause: portal.cause });
  const failed = status >= 500 || status === 429;
  return failed ? problem('server-error', { server: url.host }, { cause: `HTTP ${status}` }) : null;
}
