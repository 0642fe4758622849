import { createServer, request as forward, type IncomingMessage, type ServerResponse } from 'node:http';
import { connect, type Socket } from 'node:net';
import { pipeline } from 'node:stream';
import { listenOnLoopback } from './listen-on-loopback.ts';

/**
 * The way out of the demo's gateway: a proxy on loopback that leads the names of the demo's registries, port 443, to a port of
 * this machine, and everything else where it says.
 *
 * @param ports the ports on 127.0.0.1 that stand for a name's port 443
 * @returns its address
 */
export async function startRoute(running: AsyncDisposableStack, ports: ReadonlyMap<string, number>): Promise<string> {
  const server = createServer(forwardPlain);
  server.on('connect', (request: IncomingMessage, client: Socket, head: Buffer) => {
    const { hostname, port } = new URL(`connect://${request.url}`);
    const own = port === '443' ? ports.get(hostname.toLowerCase()) : undefined;
    const upstream = connect(own === undefined ? { host: unbracketed(hostname), port: Number(port) } : { port: own });
    upstream.once('connect', () => {
      client.write('HTTP/1.1 200 Connection established\r\n\r\n');
      upstream.write(head);
      pipeline(client, upstream, ignore);
      pipeline(upstream, client, ignore);
    });
    upstream.once('error', () => client.end('HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n'));
    client.once('error', () => upstream.destroy());
  });
  return `127.0.0.1:${await listenOnLoopback(running, server)}`;
}

function forwardPlain(incoming: IncomingMessage, response: ServerResponse): void {
  const failed = (): void => {
    if (!response.headersSent) response.writeHead(502);
    response.end();
  };
  const { method, headers, url = '' } = incoming;
  if (URL.canParse(url)) {
    const outgoing = forward(new URL(url), { method, headers }, (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      pipeline(answer, response, ignore);
    });
    outgoing.once('error', failed);
    pipeline(incoming, outgoing, ignore);
  } else {
    failed();
  }
}

function unbracketed(hostname: string): string {
  return hostname.replace(/^\[|\]$/g, '');
}

/** Either end may break off; the other one is closed then. */
function ignore(): void {}
