import type { AddressInfo, Server, Socket } from 'node:net';
import { listen } from '../../platform/net/listen.ts';

/** Listens on a free port of 127.0.0.1, and ends with all its connections. @returns the port */
export async function listenOnLoopback(running: AsyncDisposableStack, server: Server): Promise<number> {
  const open = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    open.add(socket);
    socket.once('close', () => open.delete(socket));
  });
  await listen(server, { host: '127.0.0.1', port: 0 });
  running.defer(async () => {
    const closed = new Promise((resolve) => server.close(resolve));
    for (const socket of open) socket.destroy();
    await closed;
  });
  return (server.address() as AddressInfo).port;
}
