import { createParser } from 'eventsource-parser';
import { MAX_MEMBERSHIP_BYTES, MAX_POLICY_BYTES } from '../../../shared/policy/schema.ts';
import { problem } from '../../../shared/problems/catalogue.ts';
import { type Problem, ProblemError } from '../../../shared/problems/problem.ts';
import { HubError, RevisionEvent } from '../../../shared/schemas/hub-schema.ts';
import { parseJson } from '../../../shared/schemas/parse-json.ts';
import { readBounded } from '../../platform/net/bounded-body.ts';
import { captivePortalSign, mediaTypeOf } from '../../platform/net/captive-portal.ts';
import { hubUrl } from '../../platform/net/hub-url.ts';
import { requestProblem } from '../../platform/net/request-problem.ts';
import type { Clock } from '../../platform/time/clock.ts';
import type { Contact, PolicySource } from './policy-source.ts';

export interface HubSourceOptions {
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

const JOSE = 'application/jose';
const MAX_ERROR_BYTES = 64 * 1024;
/** To the first byte of the answer, and between two chunks of it. */
const PATIENCE_MS = 30_000;
/** For a server that keeps sending a little at a time. */
const MAX_TRANSFER_MS = 15 * 60_000;
/** A stream without even a keep-alive comment for this long is dead; the HTML standard advises one every 15 s. */
const SILENCE_MS = 5 * 60_000;

/** The hub's calls for one organization (docs/hub-api.md). Redirects are never followed: they would carry the token away. */
export function createHubSource(options: HubSourceOptions): PolicySource {
  const { org, clock } = options;
  const path = `v1/orgs/${encodeURIComponent(org)}`;

  interface Call {
    path: string;
    accept: string;
    etag?: string | null;
    limit: number | null;
  }
  type Read<T> = (response: Response, restartTimer: () => void) => Promise<T>;

  /** One request. `read` gets good answers only; every failure is a problem of its own. */
  async function request<T>(call: Call, signal: AbortSignal, read: Read<T>): Promise<T> {
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

  async function requestWith<T>(token: string, call: Call, signal: AbortSignal, read: Read<T>): Promise<T> {
    const headers: Record<string, string> = { accept: call.accept, authorization: `Bearer ${token}` };
    if (call.etag) headers['if-none-match'] = call.etag;
    const url = new URL(hubUrl(options.hub(), call.path));
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
        headers,
        redirect: 'manual',
        // A cache between here and the server must not answer for it.
        cache: 'no-store',
        signal: AbortSignal.any([signal, own.signal]),
      });
      restartTimer();
      if (response.status !== 200 && !(response.status === 304 && call.etag)) {
        throw new ProblemError(await statusProblem(url, response, org));
      }
      await expectType(url, response, call.accept);
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

  return {
    policy: (etag, signal) =>
      request(
        { path: `${path}/registry-access`, accept: JOSE, etag, limit: MAX_TRANSFER_MS },
        signal,
        async (response, restartTimer) => {
          const contact: Contact = { serverTime: dateOf(response) };
          if (response.status === 304) return { kind: 'not-modified', contact };
          const body = await readBounded(response, MAX_POLICY_BYTES, restartTimer);
          return { kind: 'document', document: body.toString('latin1'), etag: response.headers.get('etag'), contact };
        },
      ),

    membership: (signal) =>
      request(
        { path: `${path}/membership`, accept: JOSE, limit: MAX_TRANSFER_MS },
        signal,
        async (response, restartTimer) =>
          (await readBounded(response, MAX_MEMBERSHIP_BYTES, restartTimer)).toString('latin1'),
      ),

    async events(onRevision, signal) {
      try {
        // The stream is read after `request` has returned, whose timers end with the headers.
        const response = await request(
          { path: `${path}/registry-access/events`, accept: 'text/event-stream', limit: null },
          signal,
          async (answer) => answer,
        );
        return { ended: readEvents(response, org, onRevision, clock) };
      } catch (error) {
        if (error instanceof ProblemError && error.problem.code === 'server-not-found') return null;
        throw error;
      }
    },
  };
}

/** Ends when the stream does, without an error: the caller reconnects in any case. */
async function readEvents(
  response: Response,
  org: string,
  onRevision: (revision: number) => void,
  clock: Clock,
): Promise<void> {
  const parser = createParser({
    onEvent: ({ event, data }) => {
      if (event !== 'revision') return;
      const parsed = RevisionEvent.safeParse(parseJson(data));
      if (parsed.success && parsed.data.org === org) onRevision(parsed.data.revision);
    },
    maxBufferSize: MAX_ERROR_BYTES,
  });
  const reader = response.body?.getReader();
  if (reader === undefined) return;
  const decoder = new TextDecoder();
  const giveUp = (): void => void reader.cancel().catch(() => undefined);
  let cancelTimer = clock.after(SILENCE_MS, giveUp);
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      cancelTimer();
      cancelTimer = clock.after(SILENCE_MS, giveUp);
      parser.feed(decoder.decode(value, { stream: true }));
    }
  } catch {
    giveUp();
  } finally {
    cancelTimer();
  }
}

async function statusProblem(url: URL, response: Response, org: string): Promise<Problem> {
  const { status } = response;
  const server = url.host;
  const error = await hubErrorOf(response);
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

function dateOf(response: Response): number | null {
  const time = Date.parse(response.headers.get('date') ?? '');
  return Number.isNaN(time) ? null : time;
}
