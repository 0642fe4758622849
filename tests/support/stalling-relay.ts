import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';

export interface StallingRelay extends AsyncDisposable {
  /** Resolves when a connection has been held up. */
  readonly stalled: Promise<unknown>;
  /** Connections now open from its clients. */
  open(): number;
}

/**
 * Stands in front of a server and passes only the first `bytes` of what it sends on each connection, then keeps the connection
 * open and silent: a large download, caught in the middle.
 */
export async function startStallingRelay(
  listen: { host: string; port: number },
  server: { host: string; port: number },
  bytes: number,
): Promise<StallingRelay> {
  const clients = new Set<Socket>();
  let tellStalled = (): void => undefined;
  const stalled = new Promise<void>((resolve) => {
    tellStalled = resolve;
  });
  const relay = createServer((client) => {
    clients.add(client);
    const upstream = connect(server);
    let passed = 0;
    client.on('data', (part) => upstream.write(part));
    upstream.on('data', (part) => {
      client.write(part.subarray(0, Math.max(0, bytes - passed)));
      passed += part.length;
      if (passed >= bytes) tellStalled();
    });
    client
      .on('error', () => undefined)
      .on('close', () => {
        clients.delete(client);
        upstream.destroy();
      });
    upstream.on('error', () => client.destroy());
  });
  relay.listen(listen.port, listen.host);
  await once(relay, 'listening');
  return {
    stalled,
    open: () => clients.size,
    async [Symbol.asyncDispose]() {
      for (const client of clients) client.destroy();
      relay.close();
      await once(relay, 'close');
    },
  };
}
