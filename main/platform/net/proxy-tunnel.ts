import { request as plainRequest } from 'node:http';
import { request as secureRequest } from 'node:https';
import type { Duplex } from 'node:stream';

/** An HTTP proxy. */
export interface ProxyAddress {
  /** Whether the proxy itself is reached by TLS. */
  readonly secure: boolean;
  readonly host: string;
  readonly port: number;
  /** The value of `Proxy-Authorization`, a secret; null where the proxy wants none. */
  readonly authorization: string | null;
}

/** The proxy answered, and opened no tunnel. */
export class TunnelRefused extends Error {
  readonly status: number;
  /** The value of `Proxy-Authenticate`, the proxy's own words; of several, joined by commas. */
  readonly challenge: string;

  constructor(status: number, challenge: string) {
    super(`HTTP ${status}`);
    this.status = status;
    this.challenge = challenge;
  }
}

/**
 * Opens a tunnel through a proxy (RFC 9110 section 9.3.6).
 *
 * @param target `registry.example:443`
 * @param signal ends the attempt, not the tunnel
 * @throws TunnelRefused, and what Node says where the proxy is not reached
 */
export function openTunnel(proxy: ProxyAddress, target: string, signal: AbortSignal): Promise<Duplex> {
  const { promise, resolve, reject } = Promise.withResolvers<Duplex>();
  const { host, port, authorization } = proxy;
  (proxy.secure ? secureRequest : plainRequest)({
    ...{ method: 'CONNECT', host, port, path: target, signal, agent: false },
    headers: { host: target, ...(authorization === null ? {} : { 'proxy-authorization': authorization }) },
  })
    .once('connect', ({ statusCode = 0, headers }, socket, head) => {
      if (statusCode >= 200 && statusCode < 300) {
        if (head.length > 0) socket.unshift(head);
        return resolve(socket);
      }
      socket.destroy();
      reject(new TunnelRefused(statusCode, String(headers['proxy-authenticate'] ?? '')));
    })
    .once('response', (response) => {
      response.destroy();
      reject(new Error('the proxy did not take CONNECT for what it is'));
    })
    .once('error', reject)
    .end();
  return promise;
}
