import { request } from 'node:https';
import { isIP } from 'node:net';
import { problem } from '../../../shared/problems/catalogue.ts';
import { type Problem, ProblemError } from '../../../shared/problems/problem.ts';
import { isPublicAddress } from '../../platform/net/public-address.ts';
import type { Clock } from '../../platform/time/clock.ts';

/** For all of it: name, connection and the first line of the answer. */
export const DELIVERY_MS = 10_000;

/** Sends one webhook. */
export type Deliver = (sending: { url: string; headers: Record<string, string>; body: string }) => Promise<Outcome>;

/** `problem`: why it did not arrive; null where it did. `status` null: no answer. */
export interface Outcome {
  status: number | null;
  problem: Problem | null;
}

export interface DeliverDeps {
  clock: Clock;
  /** All addresses of a name. */
  resolve: (host: string) => Promise<readonly string[]>;
  /** Networks that are not public and that the operator allows all the same. */
  allowed: { has: (address: string) => boolean };
  /** Authorities beside those that Node trusts, PEM. */
  ca: string[] | undefined;
}

/**
 * A name is resolved once, every address is checked, and the connection goes to one that was: a name that leads elsewhere a moment later leads
 * nowhere. Redirects are not followed. Of the answer only the status is taken: whoever sets a webhook up must not be able to read what a
 * server says that only this one can reach.
 */
export function createDeliver({ clock, resolve, allowed, ca }: DeliverDeps): Deliver {
  return async ({ url: text, headers, body }) => {
    const url = new URL(text);
    const host = url.hostname.replace(/^\[|\]$/g, '');
    const late = Promise.withResolvers<never>();
    late.promise.catch(() => undefined);
    const ended = new AbortController();
    const cancel = clock.after(DELIVERY_MS, () => {
      late.reject(new ProblemError(problem('webhook-too-slow', { host, seconds: DELIVERY_MS / 1000 })));
      ended.abort();
    });
    try {
      const address = await Promise.race([checkedAddress(host), late.promise]);
      const status = await Promise.race([
        post(url, host, address, { headers, body, signal: ended.signal }),
        late.promise,
      ]);
      return { status, problem: problemOf(host, status) };
    } catch (error) {
      if (error instanceof ProblemError) return { status: null, problem: error.problem };
      const cause = error instanceof Error && 'code' in error ? String(error.code) : undefined;
      return { status: null, problem: problem('webhook-unreachable', { host }, { cause }) };
    } finally {
      cancel();
      ended.abort();
    }
  };

  /** @throws ProblemError where one of its addresses may not be contacted: which one is taken must not depend on luck */
  async function checkedAddress(host: string): Promise<string> {
    const addresses = isIP(host) !== 0 ? [host] : await resolve(host);
    const [first] = addresses;
    if (first === undefined) throw new ProblemError(problem('webhook-unreachable', { host }));
    if (addresses.every((address) => isPublicAddress(address) || allowed.has(address))) return first;
    throw new ProblemError(problem('webhook-address-not-public', { host }));
  }

  function post(
    url: URL,
    host: string,
    address: string,
    { headers, body, signal }: { headers: Record<string, string>; body: string; signal: AbortSignal },
  ): Promise<number> {
    const { promise, resolve: answered, reject } = Promise.withResolvers<number>();
    const sending = request({
      // An address: nothing is resolved again.
      host: address,
      port: url.port || 443,
      path: `${url.pathname}${url.search}`,
      method: 'POST',
      // An agent of its own: no connection of another webhook, no proxy of the environment.
      agent: false,
      ...(isIP(host) === 0 ? { servername: host } : {}),
      ...(ca === undefined ? {} : { ca }),
      headers: {
        ...headers,
        host: url.host,
        'content-type': 'application/json',
        'content-length': Buffer.byteLength(body),
        'user-agent': 'Portcullis-Webhooks',
      },
      signal,
    });
    sending.once('response', (response) => {
      answered(response.statusCode ?? 0);
      response.destroy();
    });
    sending.once('error', reject);
    sending.end(body);
    return promise;
  }
}

function problemOf(host: string, status: number): Problem | null {
  if (status >= 200 && status < 300) return null;
  if (status >= 300 && status < 400) return problem('webhook-redirected', { host, status });
  return problem('webhook-answered', { host, status });
}
