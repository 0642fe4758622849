import type { ListenOptions, Server } from 'node:net';

/**
 * Resolves once the server listens. From then on it bears connections that cannot be accepted (accept(2): no descriptor left, a peer that
 * has gone already): Node tells of each by an `error` of the server, and with nobody listening for that the process would end.
 *
 * Binding happens within this call, so that a umask around it counts for a socket in the file system.
 *
 * @throws the error of bind(2) or listen(2)
 */
export function listen(server: Server, options: ListenOptions): Promise<void> {
  return new Promise((resolve, reject) => {
    server.on('error', reject);
    server.listen(options, resolve);
  });
}
