import { createServer } from 'node:https';
import { join } from 'node:path';
import { writeFileAtomic } from '../../platform/fs/atomic-file.ts';
import { createAuthority } from './certificates.ts';
import { helloImage } from './hello-image.ts';
import { listenOnLoopback } from './listen-on-loopback.ts';
import { serveImage } from './registry.ts';
import { startResolver } from './resolver.ts';
import { startRoute } from './route.ts';

/** On acme's list from the start. */
export const ALLOWED_REGISTRY = 'registry.acme.example';
/** Blocked until the owner allows it. */
export const BLOCKED_REGISTRY = 'registry.globex.example';
/** The only image of both. */
export const IMAGE = 'hello';

const REGISTRIES = [ALLOWED_REGISTRY, BLOCKED_REGISTRY] as const;
/** Their address in DNS, which belongs to documentation (RFC 5737): nothing is ever sent there. */
const ADDRESS = '192.0.2.10';

/** What the demo plays of the world outside, so that its story needs no network. */
export interface Outside {
  /** The gateway's settings that lead there. */
  readonly gateway: { upstreamProxy: { address: string }; split: Record<string, string[]> };
  /** PEM: what a client of the registries has to trust. Another one in each run, so that nothing lasting trusts it. */
  readonly caFile: string;
}

/**
 * Two registries with one image each, over TLS, their resolver, and the proxy by which the gateway finds them. A tunnel to loopback
 * would be forbidden to it, for good reason; to a proxy that an administrator named it is not.
 */
export async function startOutside(running: AsyncDisposableStack, folder: string): Promise<Outside> {
  const authority = createAuthority('Portcullis demo');
  const caFile = join(folder, 'registry-ca.pem');
  await writeFileAtomic(caFile, authority.certificate);
  const { certificate: cert, key } = authority.issue(...REGISTRIES);
  const image = helloImage(process.arch, 'Hello from a registry that acme allows.\n');
  const port = await listenOnLoopback(running, createServer({ cert, key }, serveImage(IMAGE, image)));
  const resolver = await startResolver(running, new Map(REGISTRIES.map((name) => [name, ADDRESS])));
  return {
    gateway: {
      upstreamProxy: { address: await startRoute(running, new Map(REGISTRIES.map((name) => [name, port]))) },
      split: Object.fromEntries(REGISTRIES.map((name) => [name.slice(name.indexOf('.') + 1), [resolver]])),
    },
    caFile,
  };
}
