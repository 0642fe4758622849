import { type Problem, ProblemError } from '../../../shared/problems/problem.ts';
import { readBounded } from './bounded-body.ts';
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

/** A captive portal answers in the server's place: with a page, with a redirect, or with 511 (RFC 6585 section 6). */
function notItsAnswer(url: URL, response: Response): Problem | null {
  const { status } = response;
  const portal = (cause: string): Problem => ({
    code: 'captive-portal',
    message: `Something else answered in place of the server ${url.host}.`,
    cause,
    next: 'Open a web page in your browser: this network may ask you to sign in to it first.',
  });
  if (status === 511) return portal('HTTP 511, network authentication required');
  if (status >= 300 && status < 400 && status !== 304) {
    // Electron does not tell where it leads.
    const to = URL.parse(response.headers.get('location') ?? 'unknown:', url.href);
    return portal(`HTTP ${status} to ${to === null || to.origin === 'null' ? 'another place' : to.origin}`);
  }
  if (response.ok && response.headers.get('content-type')?.startsWith('text/html')) {
    return portal(`HTTP ${status} with a web page`);
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
