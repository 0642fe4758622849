import { request } from 'node:https';
import { isIP } from 'node:net';
import type { Duplex } from 'node:stream';
import { connect as connectTls } from 'node:tls';
import { problem } from '../../../shared/problems/catalogue.ts';
import { type Problem, ProblemError } from '../../../shared/problems/problem.ts';
import type { ProxyFor } from '../../platform/net/no-proxy.ts';
import { openTunnel, proxyAddress, TunnelRefused } from '../../platform/net/proxy-tunnel.ts';
import { isInternalName, isPublicAddress } from '../../platform/net/public-address.ts';
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
  /** The proxy by which a webhook's address is reached. */
  proxyFor: ProxyFor;
  /** What is known here of a name that a proxy is asked for: an answer for each kind of address, of which any may fail or not come. */
  known: (host: string) => readonly Promise<readonly string[]>[];
  /** Authorities beside those that Node trusts, PEM. */
  ca: string[] | undefined;
}

/** How long the hub looks up a name that the proxy looks up too, in milliseconds: behind a proxy, names of the outside often do not resolve. */
export const LOOK_UP_MS = 2000;

/**
 * A name is resolved once, every address is checked, and the connection goes to one that was: a name that leads elsewhere a moment later leads
 * nowhere. Through a proxy it is the proxy that resolves the name, and decides what it lets through; what is known here to lead to an address that
 * may not be contacted is not asked of it. Redirects are not followed. Of the answer only the status is taken: whoever sets a webhook up must not
 * be able to read what a server says that only this one can reach.
 */
export function createDeliver({ clock, resolve, allowed, proxyFor, known, ca }: DeliverDeps): Deliver {
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
      const sent = async (): Promise<number> => {
        const proxy = proxyFor(url);
        const port = Number(url.port || 443);
        const way =
          proxy === null
            ? { host: await checkedAddress(host), port }
            : { socket: await tunnel(proxy, host, `${url.hostname}:${port}`, ended.signal) };
        return post(url, host, way, { headers, body, signal: ended.signal });
      };
      const status = await Promise.race([sent(), late.promise]);
      return { status, problem: problemOf(host, status) };
    } catch (error) {
      if (error instanceof ProblemError) return { status: null, problem: error.problem };
      return { status: null, problem: problem('webhook-unreachable', { host }, { cause: errorCode(error) }) };
    } finally {
      cancel();
      ended.abort();
    }
  };

  async function checkedAddress(host: string): Promise<string> {
    const [first] = check(host, isIP(host) !== 0 ? [host] : await resolve(host));
    if (first === undefined) throw new ProblemError(problem('webhook-unreachable', { host }));
    return first;
  }

  /** @throws ProblemError where one of its addresses may not be contacted: which one is taken must not depend on luck */
  function check(host: string, addresses: readonly string[]): readonly string[] {
    if (addresses.every((address) => isPublicAddress(address) || allowed.has(address))) return addresses;
    throw new ProblemError(problem('webhook-address-not-public', { host }));
  }

  async function tunnel(proxy: URL, host: string, target: string, signal: AbortSignal): Promise<Duplex> {
    const addresses = check(host, isIP(host) !== 0 ? [host] : await knownInTime(host));
    // What no resolver of the outside knows can lead only inwards.
    if (addresses.length === 0 && isInternalName(host)) {
      throw new ProblemError(problem('webhook-address-not-public', { host }));
    }
    try {
      return await openTunnel(proxyAddress(proxy), target, signal);
    } catch (error) {
      // Of the status no more than tells what to do: others say what there is behind the proxy.
      const isToldWhy = !(error instanceof TunnelRefused) || error.status === 403 || error.status === 407;
      const cause = errorCode(error) ?? (error instanceof Error ? error.message : undefined);
      throw new ProblemError(problem('webhook-proxy-failed', { host }, isToldWhy ? { cause } : {}));
    }
  }

  /** @returns what was answered in time: nobody takes back an address by leaving another question open */
  async function knownInTime(host: string): Promise<readonly string[]> {
    const { promise: late, resolve: end } = Promise.withResolvers<readonly string[]>();
    const cancel = clock.after(LOOK_UP_MS, () => end([]));
    try {
      const answers = known(host).map((answer) => Promise.race([answer.catch(() => []), late]));
      return (await Promise.all(answers)).flat();
    } finally {
      cancel();
    }
  }

  function post(
    url: URL,
    host: string,
    way: Way,
    { headers, body, signal }: { headers: Record<string, string>; body: string; signal: AbortSignal },
  ): Promise<number> {
    const { promise, resolve: answered, reject } = Promise.withResolvers<number>();
    const tls = {
      host,
      ...way,
      ...(isIP(host) === 0 ? { servername: host } : {}),
      ...(ca === undefined ? {} : { ca }),
    };
    const sending = request({
      createConnection: () => connectTls(tls),
      path: `${url.pathname}${url.search}`,
      method: 'POST',
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

/** What the connection is made over: an address, so that nothing is resolved again, or a tunnel. No other webhook shares it. */
type Way = { host: string; port: number } | { socket: Duplex };

function errorCode(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error ? String(error.code) : undefined;
}

function problemOf(host: string, status: number): Problem | null {
  if (status >= 200 && status < 300) return null;
  if (status >= 300 && status < 400) return problem('webhook-redirected', { host, status });
  return problem('webhook-answered', { host, status });
}
