import { type ClientRequest, request as plainRequest, type RequestOptions } from 'node:http';
import { request as secureRequest } from 'node:https';
import { isIP, type LookupFunction } from 'node:net';
import type { Duplex } from 'node:stream';
import { connect as connectTls, getCACertificates } from 'node:tls';
import { isForbiddenTarget } from '../../platform/net/forbidden-target.ts';
import { isPlainLoopback } from '../../platform/net/loopback.ts';
import { openTunnel, TunnelRefused } from '../../platform/net/proxy-tunnel.ts';
import type { SocketAddress } from '../../platform/net/socket-address.ts';
import type { FoundAddress } from '../dns/resolve-addresses.ts';
import { isReachedThrough, proxyRefusal, type UpstreamProxy } from '../proxy/upstream-proxy.ts';
import type { GetJson } from './fetch-provider-keys.ts';

export interface OutboundParts {
  /** By the gateway's own upstreams: its own filter, which the rest of the machine may ask, decides nothing about this. */
  lookUp: (host: string) => Promise<FoundAddress[]>;
  /** The gateway's own listeners. */
  ownListeners: () => readonly SocketAddress[];
  upstreamProxy: UpstreamProxy | null;
}

/**
 * How the gateway itself gets a document: through the proxy of its configuration if that is how the outside is reached, trusting Node's
 * certificates, the system's and those of `NODE_EXTRA_CA_CERTS`. A name that leads to this machine or to the services of its link is not
 * followed; redirects neither.
 */
export function createGetJson(parts: OutboundParts): GetJson {
  return async (url, maxBytes, signal) => {
    const host = url.hostname.replace(/^\[|\]$/g, '');
    const port = Number(url.port || (url.protocol === 'https:' ? 443 : 80));
    const headers = { accept: 'application/json', host: url.host };
    const options: RequestOptions = { method: 'GET', path: url.pathname + url.search, host, port, headers, signal };
    if (isPlainLoopback(url)) return read(plainRequest(options), maxBytes);
    const ca = [...getCACertificates('default'), ...getCACertificates('system')];
    if (isReachedThrough(parts.upstreamProxy, host)) {
      const socket = await tunnel(parts, parts.upstreamProxy, url.hostname, port, signal);
      const secure = connectTls({ socket, host, ca, ...(isIP(host) === 0 ? { servername: host } : {}) });
      return read(secureRequest({ ...options, createConnection: () => secure }), maxBytes);
    }
    const own = parts.ownListeners();
    if (isIP(host) !== 0 && isForbiddenTarget(host, port, own)) throw new Error(`${host} is no address for this`);
    return read(secureRequest({ ...options, ca, agent: false, lookup: outside(parts.lookUp, port, own) }), maxBytes);
  };
}

function outside(lookUp: OutboundParts['lookUp'], port: number, own: readonly SocketAddress[]): LookupFunction {
  return (name, options, done) => {
    lookUp(name).then(
      (found) => {
        const usable = found.filter(({ address }) => !isForbiddenTarget(address, port, own));
        const [first] = usable;
        if (first === undefined) done(new Error(`no usable address for ${name}`), '');
        else if (options.all) done(null, usable);
        else done(null, first.address, first.family);
      },
      (error) => done(error, ''),
    );
  };
}

/** RFC 9110 section 9.3.6. The proxy is where the administrator says, which may be this machine. */
async function tunnel(
  { lookUp }: OutboundParts,
  { host, port, authorization }: UpstreamProxy,
  target: string,
  targetPort: number,
  signal: AbortSignal,
): Promise<Duplex> {
  const [found] = await lookUp(host);
  if (found === undefined) throw new Error(`no address for the upstream proxy ${host}`);
  try {
    const at = { secure: false, host: found.address, port, authorization };
    return await openTunnel(at, `${target}:${targetPort}`, signal);
  } catch (error) {
    if (!(error instanceof TunnelRefused)) throw error;
    throw proxyRefusal(String(error.status), error.challenge, authorization !== null);
  }
}

function read(request: ClientRequest, maxBytes: number): Promise<unknown> {
  const { promise, resolve, reject } = Promise.withResolvers<unknown>();
  request
    .once('response', (response) => {
      const chunks: Buffer[] = [];
      let length = 0;
      const fail = (why: string): void => {
        reject(new Error(why));
        request.destroy();
      };
      if (response.statusCode !== 200) return fail(`HTTP ${response.statusCode}`);
      response
        .on('data', (chunk: Buffer) => {
          length += chunk.length;
          if (length > maxBytes) return fail(`more than ${maxBytes} bytes`);
          chunks.push(chunk);
        })
        .once('error', reject)
        .once('aborted', () => reject(new Error('the answer broke off')))
        .once('end', () => {
          try {
            resolve(JSON.parse(Buffer.concat(chunks).toString('utf8')));
          } catch {
            reject(new Error('the answer is not JSON'));
          }
        });
    })
    .once('error', reject)
    .end();
  return promise;
}
