import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createAuthority } from '../../main/demo/outside/certificates.ts';
import { type CompanyProxy, startCompanyProxy } from './company-proxy.ts';

const HOST = 'hub.initech.test';

/** A server with a certificate of a company's own authority, reached by name through a proxy only. It answers `"reached"`. */
export interface CompanyNetwork extends AsyncDisposable {
  /** `hub.initech.test:43123` */
  readonly target: string;
  readonly url: string;
  readonly proxy: CompanyProxy;
  /** Of the authority, PEM. */
  readonly caFile: string;
  /** Of a program on a machine of this network. */
  readonly env: { HTTPS_PROXY: string; SSL_CERT_FILE: string };
}

export async function startCompanyNetwork(): Promise<CompanyNetwork> {
  await using cleanup = new AsyncDisposableStack();
  const folder = await mkdtemp(join(tmpdir(), 'portcullis-company-'));
  cleanup.defer(() => rm(folder, { recursive: true, force: true }));
  const ca = createAuthority();
  const caFile = join(folder, 'ca.pem');
  await writeFile(caFile, ca.certificate);
  const { certificate: cert, key } = ca.issue(HOST);
  const server = createServer({ cert, key }, (_request, response) => response.end('"reached"'));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  cleanup.defer(() => {
    server.close();
    server.closeAllConnections();
  });
  const target = `${HOST}:${(server.address() as AddressInfo).port}`;
  const proxy = await startCompanyProxy();
  cleanup.defer(() => proxy.stop());
  const made = cleanup.move();
  return {
    ...{ target, url: `https://${target}`, proxy, caFile },
    env: { HTTPS_PROXY: proxy.url, SSL_CERT_FILE: caFile },
    [Symbol.asyncDispose]: () => made.disposeAsync(),
  };
}
