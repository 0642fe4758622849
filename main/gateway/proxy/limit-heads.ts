import type { Server } from 'node:http';
import type { Socket } from 'node:net';
import type { ProxyLimits } from './proxy-core.ts';

/**
 * Reports connections on which no whole head comes in time. Node's own limit looks at all connections every so often, which wakes a gateway
 * that has none.
 *
 * @param onLate called with a connection that is still open
 */
export function limitHeads(
  server: Server,
  { head, keepAlive }: Pick<ProxyLimits, 'head' | 'keepAlive'>,
  onLate: (socket: Socket) => void,
): void {
  const timers = new WeakMap<Socket, NodeJS.Timeout>();
  const underWay = new WeakMap<Socket, number>();
  /** Those that have no more heads. */
  const tunnels = new WeakSet<Socket>();
  const stop = (socket: Socket): void => clearTimeout(timers.get(socket));
  const wait = (socket: Socket, within: number): void => {
    stop(socket);
    if (!socket.destroyed && !tunnels.has(socket)) timers.set(socket, setTimeout(onLate, within, socket));
  };

  server.on('connection', (socket) => {
    wait(socket, head);
    socket.on('close', () => stop(socket));
  });
  server.on('request', ({ socket }, response) => {
    stop(socket);
    underWay.set(socket, (underWay.get(socket) ?? 0) + 1);
    response.on('close', () => {
      const left = (underWay.get(socket) ?? 1) - 1;
      underWay.set(socket, left);
      if (left === 0) wait(socket, keepAlive + head);
    });
  });
  server.on('connect', ({ socket }) => {
    tunnels.add(socket);
    stop(socket);
  });
}
