import { MAX_POLICY_BYTES } from '../../../shared/policy/schema.ts';
import { problem } from '../../../shared/problems/catalogue.ts';
import { type Problem, ProblemError } from '../../../shared/problems/problem.ts';
import { readBounded } from '../../platform/net/bounded-body.ts';
import { captivePortalSign } from '../../platform/net/captive-portal.ts';
import { requestProblem } from '../../platform/net/request-problem.ts';
import type { Clock } from '../../platform/time/clock.ts';
import type { PolicyAnswer, PolicySource } from './policy-source.ts';

export interface FileSourceOptions {
  /** `policyUrl`. */
  url: string;
  fetch: typeof fetch;
  clock: Clock;
}

/** To the first byte, and between two chunks. */
const PATIENCE_MS = 30_000;
/** For a server that keeps sending a little at a time. */
const MAX_TRANSFER_MS = 15 * 60_000;
/** CDNs redirect once or twice. */
const MAX_REDIRECTS = 3;

/**
 * The policy as one signed file on any web server: no token goes there, and whatever comes back is verified. Asked with what the server
 * said of the file before, its entity tag or else its date, so that an unchanged one costs some hundred bytes; compressed where the server
 * compresses. Every rejection is a `ProblemError`.
 */
export function createFileSource({ url, fetch, clock }: FileSourceOptions): Pick<PolicySource, 'policy'> {
  async function policy(validator: string | null, signal: AbortSignal): Promise<PolicyAnswer> {
    const own = new AbortController();
    const late = (): void => own.abort(new DOMException('no byte arrived in time', 'TimeoutError'));
    let cancelTimer = clock.after(PATIENCE_MS, late);
    const cancelLimit = clock.after(MAX_TRANSFER_MS, late);
    const restartTimer = (): void => {
      cancelTimer();
      cancelTimer = clock.after(PATIENCE_MS, late);
    };
    const get = (at: URL): Promise<Response> =>
      fetch(at, {
        headers: { accept: 'application/jose, */*;q=0.5', ...conditionOf(validator) },
        redirect: 'manual',
        cache: 'no-store',
        signal: AbortSignal.any([signal, own.signal]),
      });
    try {
      const response = await follow(get, new URL(url));
      restartTimer();
      const contact = { serverTime: timeOf(response, clock.wall()) };
      if (response.status === 304 && validator !== null) return { kind: 'not-modified', contact };
      const wrong = answerProblem(new URL(url), response);
      if (wrong !== null) {
        await response.body?.cancel().catch(() => undefined);
        throw new ProblemError(wrong);
      }
      const body = await readBounded(response, MAX_POLICY_BYTES, restartTimer);
      return { kind: 'document', document: body.toString('latin1'), etag: validatorOf(response), contact };
    } catch (error) {
      if (error instanceof ProblemError || signal.aborted) throw error;
      const seen = own.signal.aborted ? own.signal.reason : error;
      throw new ProblemError(requestProblem(seen, new URL(url).host), { cause: error });
    } finally {
      cancelTimer();
      cancelLimit();
    }
  }

  return { policy };
}

/** Never from https to http, where anybody on the way could keep the newest file back. */
async function follow(get: (at: URL) => Promise<Response>, first: URL): Promise<Response> {
  let at = first;
  for (let redirects = 0; ; redirects += 1) {
    const response = await get(at);
    const next = URL.parse(response.headers.get('location') ?? 'unknown:', at.href);
    const isRedirect = [301, 302, 303, 307, 308].includes(response.status) && next !== null;
    if (!isRedirect) return response;
    await response.body?.cancel().catch(() => undefined);
    const isSafe = next.protocol === 'https:' || (next.protocol === 'http:' && at.protocol === 'http:');
    if (redirects >= MAX_REDIRECTS || !isSafe) {
      const cause = isSafe ? `more than ${MAX_REDIRECTS} redirects` : `HTTP ${response.status} to ${next.origin}`;
      throw new ProblemError(problem('server-redirected', { server: first.host }, { cause }));
    }
    at = next;
  }
}

/** RFC 9110 section 13.1: an entity tag is in quotes, a date is not. */
function conditionOf(validator: string | null): Record<string, string> {
  if (validator === null) return {};
  return /^(W\/)?"/.test(validator) ? { 'if-none-match': validator } : { 'if-modified-since': validator };
}

function validatorOf({ headers }: Response): string | null {
  const etag = headers.get('etag');
  return etag !== null && /^(W\/)?"/.test(etag) ? etag : headers.get('last-modified');
}

/** What the server's clock says now: a cache's answer carries the date at which it was made, and how old it is (RFC 9111 section 5.1). */
function timeOf({ headers }: Response, now: number): number | null {
  const date = Date.parse(headers.get('date') ?? '');
  if (Number.isNaN(date)) return null;
  const age = Number(headers.get('age') ?? 0);
  // A cache that does not say how old its answer is would make the server's clock look slow.
  return headers.has('age') && !(age >= 0) ? now : date + age * 1000;
}

function answerProblem(url: URL, response: Response): Problem | null {
  const { status } = response;
  const server = url.host;
  const cause = `HTTP ${status}`;
  const sign = captivePortalSign(url, response);
  if (sign?.kind === 'redirect') return problem('server-redirected', { server }, { cause: sign.cause });
  if (sign !== null) return problem('captive-portal', { server }, { cause: sign.cause });
  if (status === 200) return null;
  if (status === 404 || status === 410) return problem('policy-file-missing', { url: url.href }, { cause });
  if (status === 401 || status === 403) return problem('policy-file-forbidden', { url: url.href }, { cause });
  if (status === 429) return problem('server-busy', { server }, { cause });
  return problem(status >= 500 ? 'server-failed' : 'server-unexpected', { server }, { cause });
}
