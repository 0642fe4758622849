import { createParser } from 'eventsource-parser';
import { MAX_MEMBERSHIP_BYTES, MAX_POLICY_BYTES } from '../../../shared/policy/schema.ts';
import { type Problem, ProblemError } from '../../../shared/problems/problem.ts';
import { HubError, RevisionEvent } from '../../../shared/schemas/hub-schema.ts';
import { parseJson } from '../../../shared/schemas/parse-json.ts';
import { readBounded } from '../../platform/net/bounded-body.ts';
import { hubUrl } from '../../platform/net/hub-url.ts';
import { capital, requestProblem } from '../../platform/net/request-problem.ts';
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
/** A server that drips is as good as none. */
const MAX_TRANSFER_MS = 15 * 60_000;
/** A stream without even a keep-alive comment for this long is taken for dead; the HTML standard advises one each 15 s. */
const SILENCE_MS = 5 * 60_000;

/** The hub's calls for one organization (docs/hub-api.md). Redirects are never followed: they would carry the token away. */
export function hubSource(options: HubSourceOptions): PolicySource {
  const { org, clock } = options;
  // Not "acme's server": it may begin a sentence, and a name's first letter is as it is.
  const server = `the server of ${org}`;
  const path = `v1/orgs/${encodeURIComponent(org)}`;

  interface Call {
    path: string;
    accept: string;
    etag?: string | null;
    limit: number | null;
  }
  type Read<T> = (response: Response, restartTimer: () => void) => Promise<T>;

  /** One request whose every failure is a `Problem` of its own. `read` sees good answers only. */
  async function request<T>(call: Call, signal: AbortSignal, read: Read<T>): Promise<T> {
    const token = await options.accessToken();
    try {
      return await requestWith(token, call, signal, read);
    } catch (error) {
      if (!(error instanceof ProblemError) || error.problem.code !== 'not-authorized') throw error;
      // It may have been withdrawn before its time: only a new one that is refused too means something.
      const another = await options.accessToken(token);
      if (another === token) throw error;
      return await requestWith(another, call, signal, read);
    }
  }

  async function requestWith<T>(token: string, call: Call, signal: AbortSignal, read: Read<T>): Promise<T> {
    const headers: Record<string, string> = { accept: call.accept, authorization: `Bearer ${token}` };
    if (call.etag) headers['if-none-match'] = call.etag;
    const own = new AbortController();
    const late = (): void => own.abort(new DOMException('no byte arrived in time', 'TimeoutError'));
    let cancelTimer = clock.after(PATIENCE_MS, late);
    const cancelLimit = call.limit === null ? () => {} : clock.after(call.limit, late);
    const restartTimer = (): void => {
      cancelTimer();
      cancelTimer = clock.after(PATIENCE_MS, late);
    };
    try {
      const response = await options.fetch(hubUrl(options.hub(), call.path), {
        headers,
        redirect: 'manual',
        // A cache between here and the server must not answer for it.
        cache: 'no-store',
        signal: AbortSignal.any([signal, own.signal]),
      });
      restartTimer();
      if (response.status !== 200 && !(response.status === 304 && call.etag)) {
        throw new ProblemError(await refusalOf(response, org, server));
      }
      return await read(response, restartTimer);
    } catch (error) {
      if (error instanceof ProblemError) throw error;
      // `fetch` rejects with the reason of whichever signal fired; ours is a time-out, the caller's is its own business.
      if (signal.aborted) throw error;
      const seen = own.signal.aborted ? own.signal.reason : error;
      throw new ProblemError(requestProblem(seen, URL.parse(options.hub())?.host ?? options.hub()), { cause: error });
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
          await expectType(response, JOSE, server);
          const body = await readBounded(response, MAX_POLICY_BYTES, restartTimer);
          return { kind: 'document', document: body.toString('latin1'), etag: response.headers.get('etag'), contact };
        },
      ),

    membership: (signal) =>
      request(
        { path: `${path}/membership`, accept: JOSE, limit: MAX_TRANSFER_MS },
        signal,
        async (response, restartTimer) => {
          await expectType(response, JOSE, server);
          return (await readBounded(response, MAX_MEMBERSHIP_BYTES, restartTimer)).toString('latin1');
        },
      ),

    async events(onRevision, signal) {
      try {
        // The reading goes on after `request` has returned: its timers end with the headers, ours start there.
        const response = await request(
          { path: `${path}/registry-access/events`, accept: 'text/event-stream', limit: null },
          signal,
          async (answer) => {
            await expectType(answer, 'text/event-stream', server);
            return answer;
          },
        );
        return { ended: readEvents(response, org, onRevision, clock) };
      } catch (error) {
        if (error instanceof ProblemError && error.problem.code === 'server-not-found') return null;
        throw error;
      }
    },
  };
}

/** Ends, without an error, when the stream does: whoever asked reconnects in any case. */
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

async function refusalOf(response: Response, org: string, server: string): Promise<Problem> {
  const { status } = response;
  const told = await hubErrorOf(response);
  const cause = told === null ? `HTTP ${status}` : `HTTP ${status}, ${told.code}: ${told.detail ?? told.title}`;
  const problem = (code: string, message: string, next: string): Problem => ({
    code,
    message,
    cause: cause.slice(0, 1000),
    next,
  });
  // A redirect that is not followed has this status under a browser's rules, and its own under Node's.
  if (response.type === 'opaqueredirect' || (status >= 300 && status < 400)) {
    return problem(
      'server-redirected',
      `The network answered with a redirect instead of ${server}.`,
      'If this network has a sign-in page, open it in a browser. Otherwise tell your administrator.',
    );
  }
  switch (status) {
    case 401:
      return problem('not-authorized', `${capital(server)} did not accept the sign-in.`, 'Sign in again.');
    case 403:
      return problem(
        'not-a-member',
        `You are not a member of ${told?.organization ?? org}.`,
        'Ask an owner of the organization to add you, or sign in as somebody else.',
      );
    case 404:
      return problem(
        'server-not-found',
        `${capital(server)} knows no policy for ${org}.`,
        'Ask your administrator whether the address of the server and the name of the organization are right.',
      );
    case 429:
      return problem('server-busy', `${capital(server)} has too much to do.`, 'Portcullis tries again by itself.');
    default:
      return status >= 500
        ? problem('server-failed', `${capital(server)} is out of order.`, 'Portcullis tries again by itself.')
        : problem('server-unexpected', `${capital(server)} gave an unexpected answer.`, 'Tell your administrator.');
  }
}

async function hubErrorOf(response: Response): Promise<HubError | null> {
  try {
    if (!typeIs(response, 'application/problem+json')) {
      await response.body?.cancel();
      return null;
    }
    const parsed = HubError.safeParse(parseJson((await readBounded(response, MAX_ERROR_BYTES)).toString('utf8')));
    return parsed.success ? parsed.data : null;
  } catch {
    return null;
  }
}

async function expectType(response: Response, type: string, server: string): Promise<void> {
  if (typeIs(response, type)) return;
  const got = response.headers.get('content-type') ?? 'no content type';
  await response.body?.cancel().catch(() => undefined);
  // A network that wants a sign-in answers 200 with its own page for whatever was asked (RFC 8908 section 1).
  if (typeIs(response, 'text/html')) {
    throw new ProblemError({
      code: 'captive-portal',
      message: `A web page answered instead of ${server}.`,
      cause: got,
      next: 'If this network has a sign-in page, open it in a browser. Portcullis then goes on by itself.',
    });
  }
  throw new ProblemError({
    code: 'server-unexpected',
    message: `${capital(server)} gave an unexpected answer.`,
    cause: `content type ${got}, expected ${type}`.slice(0, 1000),
    next: 'Tell your administrator.',
  });
}

function typeIs(response: Response, type: string): boolean {
  const [essence = ''] = (response.headers.get('content-type') ?? '').split(';');
  return essence.trim().toLowerCase() === type;
}

function dateOf(response: Response): number | null {
  const time = Date.parse(response.headers.get('date') ?? '');
  return Number.isNaN(time) ? null : time;
}
