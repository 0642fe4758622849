import { once } from 'node:events';
import { createServer } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import { type AddressInfo, connect } from 'node:net';

/** A proxy by which alone a company's network is left. */
export interface CompanyProxy {
  url: string;
  /** What it was asked to connect to, in order, also where it did not. */
  tunnels: string[];
  stop: () => Promise<void>;
}

/** What the proxy does with `hub.initech.test:443`: connects to a port of this machine, answers so, or (null) says nothing. */
export type ProxyRule = (target: string, authorization: string | undefined) => number | { status: number } | null;

/**
 * By default every name leads to this machine, at the port that was asked for: it is the proxy that knows where names lead.
 *
 * @param tls its own certificate, where it is reached by TLS
 */
export async function startCompanyProxy(
  rule: ProxyRule = (target) => Number(target.split(':').at(-1)),
  tls?: { certificate: string; key: string },
): Promise<CompanyProxy> {
  const tunnels: string[] = [];
  const open = new Set<{ destroy: () => void }>();
  const server = tls === undefined ? createServer() : createSecureServer({ cert: tls.certificate, key: tls.key });
  server.on('request', (_request, response) => response.writeHead(500).end());
  server.on('connect', (request, socket) => {
    open.add(socket);
    socket.on('error', () => socket.destroy());
    const asked = request.url ?? '';
    tunnels.push(asked);
    const decided = rule(asked, request.headers['proxy-authorization']);
    if (decided === null) return;
    if (typeof decided !== 'number') {
      socket.end(`HTTP/1.1 ${decided.status} So\r\ncontent-length: 0\r\n\r\n`);
      return;
    }
    const target = connect({ host: '127.0.0.1', port: decided }, () => {
      socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
      target.pipe(socket).pipe(target);
    });
    target.on('error', () => socket.destroy());
    socket.on('close', () => target.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `${tls === undefined ? 'http' : 'https'}://127.0.0.1:${(server.address() as AddressInfo).port}`,
    tunnels,
    stop: async () => {
      server.close();
      server.closeAllConnections();
      for (const socket of open) socket.destroy();
      await once(server, 'close');
    },
  };
}
