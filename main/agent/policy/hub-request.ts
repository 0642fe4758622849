import { problem } from '../../../shared/problems/catalogue.ts';
import { type Problem, ProblemError } from '../../../shared/problems/problem.ts';
import { HubError } from '../../../shared/schemas/hub-schema.ts';
import { parseJson } from '../../../shared/schemas/parse-json.ts';
import { readBounded } from '../../platform/net/bounded-body.ts';
import { captivePortalSign, mediaTypeOf } from '../../platform/net/captive-portal.ts';
import { hubUrl } from '../../platform/net/hub-url.ts';
import { requestProblem } from '../../platform/net/request-problem.ts';
import type { Clock } from '../../platform/time/clock.ts';

export interface HubRequestOptions {
  /** Base URL of the hub; its API is below it, and the token goes to its origin only. @throws ProblemError if it is not known. */
  hub: () => string;
  org: string;
  fetch: typeof fetch;
  /**
   * @param refused the token that was just answered with 401: another one is wanted.
   * @throws ProblemError where there is none to be had.
   */
  accessToken: (refused?: string) => Promise<string>;
  clock: Clock;
}

export interface HubCall {
  /** Below `v1/orgs/{org}/`. */
  path: string;
  method?: 'GET' | 'POST' | 'DELETE';
  /** Sent as JSON. */
  body?: unknown;
  /** The media type that a good answer has. */
  accept: string;
  etag?: string | null;
  /** For all of it, in milliseconds; null: until its end. */
  limit: number | null;
  /** What an error of the hub's own means to this call; null: what it means to any. */
  refusal?: (status: number, error: HubError) => ProblemError | null;
}

/**
 * One call of the hub for one organization. `read` gets good answers only; every failure is a problem of its own.
 *
 * @throws ProblemError
 */
export type HubRequest = <T>(
  call: HubCall,
  signal: AbortSignal,
  read: (response: Response, restartTimer: () => void) => Promise<T>,
) => Promise<T>;

export const MAX_ERROR_BYTES = 64 * 1024;
/** To the first byte of the answer, and between two chunks of it. */
const PATIENCE_MS = 30_000;

/** Redirects are never followed: they would carry the token away. */
export function createHubRequest(options: HubRequestOptions): HubRequest {
  const { org, clock } = options;

  type Read<T> = (response: Response, restartTimer: () => void) => Promise<T>;

  async function request<T>(call: HubCall, signal: AbortSignal, read: Read<T>): Promise<T> {
    const token = await options.accessToken();
    try {
      return await requestWith(token, call, signal, read);
    } catch (error) {
      if (!(error instanceof ProblemError) || error.problem.code !== 'not-authorized') throw error;
      // The token may have been revoked early: it takes a new one that is refused too.
      const another = await options.accessToken(token);
      if (another === token) throw error;
      return await requestWith(another, call, signal, read);
    }
  }

  async function requestWith<T>(token: string, call: HubCall, signal: AbortSignal, read: Read<T>): Promise<T> {
    const headers: Record<string, string> = { accept: call.accept, authorization: `Bearer ${token}` };
    if (call.etag) headers['if-none-match'] = call.etag;
    if (call.body !== undefined) headers['content-type'] = 'application/json';
    const url = new URL(hubUrl(options.hub(), `v1/orgs/${encodeURIComponent(org)}/${call.path}`));
    const own = new AbortController();
    const late = (): void => own.abort(new DOMException('no byte arrived in time', 'TimeoutError'));
    let cancelTimer = clock.after(PATIENCE_MS, late);
    const cancelLimit = call.limit === null ? () => {} : clock.after(call.limit, late);
    const restartTimer = (): void => {
      cancelTimer();
      cancelTimer = clock.after(PATIENCE_MS, late);
    };
    try {
      const response = await options.fetch(url, {
        method: call.method ?? 'GET',
        headers,
        ...(call.body === undefined ? {} : { body: JSON.stringify(call.body) }),
        redirect: 'manual',
        // A cache between here and the server must not answer for it.
        cache: 'no-store',
        signal: AbortSignal.any([signal, own.signal]),
      });
      restartTimer();
      const { status } = response;
      const good = call.method === undefined || call.method === 'GET' ? READ : WRITTEN;
      if (!good.includes(status) && !(status === 304 && call.etag)) throw await failureOf(url, response, org, call);
      if (status !== 204) await expectType(url, response, call.accept);
      return await read(response, restartTimer);
    } catch (error) {
      if (error instanceof ProblemError) throw error;
      // `fetch` rejects with the reason of whichever signal fired; ours is a time-out, the caller's is its own business.
      if (signal.aborted) throw error;
      const seen = own.signal.aborted ? own.signal.reason : error;
      throw new ProblemError(requestProblem(seen, url.host), { cause: error });
    } finally {
      cancelTimer();
      cancelLimit();
    }
  }

  return request;
}

const READ: readonly number[] = [200];
const WRITTEN: readonly number[] = [200, 201, 202, 204];

async function failureOf(url: URL, response: Response, org: string, { refusal }: HubCall): Promise<ProblemError> {
  const error = await hubErrorOf(response);
  const own = error === null ? null : refusal?.(response.status, error);
  return own ?? new ProblemError(statusProblem(url, response, org, error));
}

function statusProblem(url: URL, response: Response, org: string, error: HubError | null): Problem {
  const { status } = response;
  const server = url.host;
  const cause = error === null ? `HTTP ${status}` : `HTTP ${status}, ${error.code}: ${error.detail ?? error.title}`;
  const sign = captivePortalSign(url, response);
  if (sign?.kind === 'redirect') return problem('server-redirected', { server }, { cause: sign.cause });
  if (sign !== null) return problem('captive-portal', { server }, { cause: sign.cause });
  switch (status) {
    case 401:
      return problem('not-authorized', { server }, { cause });
    case 403:
      return problem('not-a-member', { organization: error?.organization ?? org }, { cause });
    case 404:
      return problem('server-not-found', { server, organization: org }, { cause });
    case 429:
      return problem('server-busy', { server }, { cause });
    default:
      return problem(status >= 500 ? 'server-failed' : 'server-unexpected', { server }, { cause });
  }
}

async function hubErrorOf(response: Response): Promise<HubError | null> {
  try {
    if (mediaTypeOf(response) !== 'application/problem+json') {
      await response.body?.cancel();
      return null;
    }
    const parsed = HubError.safeParse(parseJson((await readBounded(response, MAX_ERROR_BYTES)).toString('utf8')));
    return parsed.success ? parsed.data : null;
  } catch {
    return null;
  }
}

async function expectType(url: URL, response: Response, type: string): Promise<void> {
  const got = mediaTypeOf(response);
  if (response.status === 304 || got === type) return;
  await response.body?.cancel().catch(() => undefined);
  const server = url.host;
  const sign = captivePortalSign(url, response);
  if (sign !== null) throw new ProblemError(problem('captive-portal', { server }, { cause: sign.cause }));
  const cause = `content type ${got === '' ? 'missing' : got}, expected ${type}`;
  throw new ProblemError(problem('server-unexpected', { server }, { cause }));
}
