import { request as plainRequest } from 'node:http';
import { request as secureRequest } from 'node:https';
import { isIP } from 'node:net';
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

/** @param url `http://user:password@proxy.example:3128` */
export function proxyAddress({ protocol, hostname, port, username, password }: URL): ProxyAddress {
  const secure = protocol === 'https:';
  const credentials = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
  return {
    secure,
    host: hostname.replace(/^\[|\]$/g, ''),
    port: Number(port || (secure ? 443 : 80)),
    authorization: credentials === ':' ? null : `Basic ${Buffer.from(credentials).toString('base64')}`,
  };
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
  const { secure, host, port, authorization } = proxy;
  (secure ? secureRequest : plainRequest)({
    ...{ method: 'CONNECT', host, port, path: target, signal, agent: false },
    // Node would take the name in the certificate from the header, which is the target's.
    ...(secure ? { servername: isIP(host) === 0 ? host : '' } : {}),
    headers: { host: target, ...(authorization === null ? {} : { 'proxy-authorization': authorization }) },
  })
    // Whatever the status.
    .once('connect', ({ statusCode = 0, headers }, socket, head) => {
      if (statusCode < 200 || statusCode > 299) {
        socket.destroy();
        return reject(new TunnelRefused(statusCode, String(headers['proxy-authenticate'] ?? '')));
      }
      if (head.length > 0) socket.unshift(head);
      // Until somebody uses it, who has listeners of their own.
      socket.on('error', () => undefined);
      resolve(socket);
    })
    .once('error', reject)
    .end();
  return promise;
}
