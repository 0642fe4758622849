import { once } from 'node:events';
import { createServer, request } from 'node:https';
import type { Authority } from '../../main/demo/outside/certificates.ts';
import { parseSocketAddress } from '../../main/platform/net/socket-address.ts';

/**
 * A registry that passes on requests to another one, but redirects to a third host for blobs, as registries with cloud storage
 * do.
 *
 * @param of `10.200.0.10:443`
 * @param blobsAt `storage.example`
 */
export async function startRedirectingRegistry(options: {
  host: string;
  names: readonly string[];
  ca: Authority;
  of: string;
  blobsAt: string;
}): Promise<AsyncDisposable & { redirected(): readonly string[] }> {
  const { host, names, ca, of, blobsAt } = options;
  const redirected: string[] = [];
  const { certificate: cert, key } = ca.issue(host, ...names);
  const server = createServer({ cert, key }, (asked, answer) => {
    const path = asked.url ?? '/';
    if (path.includes('/blobs/')) {
      redirected.push(path);
      answer.writeHead(307, { location: `https://${blobsAt}${path}` }).end();
      return;
    }
    const headers = { ...asked.headers, host: of };
    const onward = request(
      { ...parseSocketAddress(of), path, method: asked.method, headers, ca: ca.certificate, agent: false },
      (heard) => {
        answer.writeHead(heard.statusCode ?? 502, heard.headers);
        heard.pipe(answer);
      },
    );
    onward.on('error', () => answer.destroy());
    asked.pipe(onward);
  });
  server.listen(443, host);
  await once(server, 'listening');
  return {
    redirected: () => redirected,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((closed) => server.close(closed));
    },
  };
}
