import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { JWK } from 'jose';

/** The two documents of an OpenID provider by which others find its keys, on loopback. */
export interface KeyServer extends AsyncDisposable {
  issuer: string;
  keys: JWK[];
  /** How often the keys were fetched. */
  fetched: number;
  /** Answers 503 from now on. */
  isDown: boolean;
}

export async function startKeyServer(keys: JWK[]): Promise<KeyServer> {
  const server = createServer((request, response) => {
    const path = request.url ?? '';
    if (self.isDown) return response.writeHead(503).end();
    if (path === '/keys') self.fetched += 1;
    const documents: Record<string, unknown> = {
      '/.well-known/openid-configuration': { issuer: self.issuer, jwks_uri: `${self.issuer}/keys` },
      '/keys': { keys: self.keys },
    };
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(documents[path] ?? null));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const self: KeyServer = {
    issuer: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    ...{ keys, fetched: 0, isDown: false },
    async [Symbol.asyncDispose]() {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
  return self;
}
