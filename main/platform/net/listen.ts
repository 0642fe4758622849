import type { ListenOptions, Server } from 'node:net';

/**
 * Resolves once the server listens. From then on a connection that cannot be accepted (accept(2): no descriptor left, a peer that is
 * already gone) does no harm: Node emits `error` for each, which would end the process if nobody listened for it.
 *
 * Binds within this call, so that a umask set around it applies to a socket in the file system.
 *
 * @param options `fd`: a socket that has an address already
 * @throws the error of bind(2) or listen(2)
 */
export function listen(server: Server, options: ListenOptions | { fd: number }): Promise<void> {
  return new Promise((resolve, reject) => {
    server.on('error', reject);
    server.listen(options, resolve);
  });
}
