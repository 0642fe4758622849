import type { Server } from 'node:http';

/**
 * Closes a connection whose client has taken nothing for `milliseconds` of an answer that waits for it. Node stops reading further requests
 * of such a client by itself, but would keep its answer for ever. Connections that wait for a request or for us are left alone.
 */
export function dropStalled(server: Server, milliseconds: number): void {
  server.setTimeout(milliseconds, (socket) => {
    if (socket.writableLength > 0) socket.destroy();
  });
}
