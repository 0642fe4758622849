import { type Problem, ProblemError } from '../../../shared/problems/problem.ts';
import { readBounded } from './bounded-body.ts';
import { captivePortalSign } from './captive-portal.ts';
import { requestProblem } from './request-problem.ts';

export type Fetch = typeof globalThis.fetch;

/** Answers of JSON endpoints are small; what is larger is none. */
const MAX_ANSWER_BYTES = 4 * 1024 * 1024;

/**
 * A `fetch` whose every outcome is either an answer of the server that was asked, read whole, or a `ProblemError` that
 * tells why there is none: those of `requestProblem`, `captive-portal`, `server-error`, `too-large`. What the server itself
 * says with a 4xx is an answer and the caller's to judge.
 *
 * @param timeoutMs for the whole exchange, body included.
 * @param signal calls every request off; it rejects then with the signal's reason.
 */
export function answeringFetch(fetch: Fetch, timeoutMs: number, signal?: AbortSignal): Fetch {
  return async (input, init) => {
    const url = new URL(input instanceof Request ? input.url : input);
    const signals = [AbortSignal.timeout(timeoutMs), signal, init?.signal].filter((one) => one instanceof AbortSignal);
    try {
      const response = await fetch(input, { ...init, redirect: 'manual', signal: AbortSignal.any(signals) });
      const body = await readBounded(response, MAX_ANSWER_BYTES);
      const problem = notItsAnswer(url, response);
      if (problem !== null) throw new ProblemError(problem);
      const bodyless = response.status === 204 || response.status === 205 || response.status === 304;
      return new Response(bodyless ? null : new Uint8Array(body), response);
    } catch (error) {
      if (signal?.aborted) throw signal.reason;
      if (error instanceof ProblemError) throw error;
      throw new ProblemError(requestProblem(error, `the server ${url.host}`), { cause: error });
    }
  };
}

function notItsAnswer(url: URL, response: Response): Problem | null {
  const { status } = response;
  const portal = captivePortalSign(url, response);
  if (portal !== null) {
    return {
      code: 'captive-portal',
      message: `Something else answered in place of the server ${url.host}.`,
      cause: portal.cause,
      next: 'Open a web page in your browser: this network may ask you to sign in to it first.',
    };
  }
  if (status >= 500 || status === 429) {
    return {
      code: 'server-error',
      message: `The server ${url.host} could not answer.`,
      cause: `HTTP ${status}`,
      next: 'Portcullis tries again by itself. If it lasts, tell your administrator.',
    };
  }
  return null;
}
