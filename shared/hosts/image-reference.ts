import { catalogueFor } from '../catalogue/look-up.ts';
import { printable } from '../printable.ts';
import { problem } from '../problems/catalogue.ts';
import { failure, type Result, success } from '../problems/problem.ts';
import { normalizeHost } from './host-name.ts';

export interface ImageReference {
  /** `host[:port]` as an image reference names it: `docker.io`, `ghcr.io`, `localhost:5000`. */
  registry: string;
  /** The hosts that a pull contacts, the registry's own first; without those that are only known at the time (wildcards). */
  hosts: string[];
  port?: number;
  /** `library/ubuntu` */
  repository: string;
  tag?: string;
  digest?: string;
}

// The grammar of github.com/distribution/reference (regexp.go, normalize.go).
const DOMAIN =
  /^(?:[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?(?:\.[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?)*|\[[a-fA-F0-9:]+\])(?::[0-9]+)?$/;
const PATH = /^[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*(?:\/[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*)*$/;
const TAG = /^\w[\w.-]{0,127}$/;
const DIGEST = /^[A-Za-z][A-Za-z0-9]*(?:[-_+.][A-Za-z][A-Za-z0-9]*)*:[0-9a-fA-F]{32,}$/;
const IMAGE_ID = /^[a-f0-9]{64}$/;
const MAX_REFERENCE = 1024;
const MAX_REPOSITORY_NAME = 255;

/**
 * Parses an image reference as the `docker` CLI does, and names the hosts that a pull of it contacts: `ubuntu` is
 * `docker.io/library/ubuntu` at registry-1.docker.io. A first part is a host if it has a dot, a colon or an upper-case letter,
 * or is `localhost`. Never throws.
 */
export function parseImageReference(text: string): Result<ImageReference> {
  const written = text.trim();
  if (written === '') return failure(problem('image-empty'));
  if (written.length > MAX_REFERENCE) return failure(problem('image-too-long', { maximum: MAX_REFERENCE }));
  if (/^[a-z][a-z0-9+.-]*:\/\//i.test(written)) {
    return failure(problem('image-url', { reference: printable(written) }));
  }
  if (IMAGE_ID.test(written)) {
    return failure(problem('image-id', { id: written }));
  }

  const slash = written.indexOf('/');
  const first = written.slice(0, Math.max(slash, 0));
  const namesHost = slash >= 0 && (/[.:[]/.test(first) || first === 'localhost' || first.toLowerCase() !== first);
  let domain = namesHost ? first : 'docker.io';
  let rest = namesHost ? written.slice(slash + 1) : written;
  if (domain === 'index.docker.io') domain = 'docker.io';

  let digest: string | undefined;
  const at = rest.indexOf('@');
  if (at >= 0) {
    digest = rest.slice(at + 1);
    rest = rest.slice(0, at);
    if (!DIGEST.test(digest)) return failure(problem('image-digest', { digest: printable(digest) }));
  }
  let tag: string | undefined;
  const colon = rest.lastIndexOf(':');
  if (colon > rest.lastIndexOf('/')) {
    tag = rest.slice(colon + 1);
    rest = rest.slice(0, colon);
    if (!TAG.test(tag)) return failure(problem('image-tag', { tag: printable(tag) }));
  }
  if (!PATH.test(rest.toLowerCase())) return failure(problem('image-repository', { repository: printable(rest) }));
  if (rest !== rest.toLowerCase()) {
    return failure(problem('image-upper-case', { repository: printable(rest) }));
  }
  if (domain === 'docker.io' && !rest.includes('/')) rest = `library/${rest}`;
  if (!DOMAIN.test(domain)) return failure(problem('image-registry', { registry: printable(domain) }));
  if (domain.length + 1 + rest.length > MAX_REPOSITORY_NAME) {
    return failure(problem('image-too-long', { maximum: MAX_REPOSITORY_NAME }));
  }

  const portAt = domain.endsWith(']') ? -1 : domain.lastIndexOf(':');
  const port = portAt < 0 ? undefined : Number(domain.slice(portAt + 1));
  const name = normalizeHost(portAt < 0 ? domain : domain.slice(0, portAt));
  if (name === null) return failure(problem('image-registry', { registry: printable(domain) }));
  if (port !== undefined && (port < 1 || port > 65_535)) {
    return failure(problem('image-port', { registry: printable(domain) }));
  }
  const shown = name.host.includes(':') ? `[${name.host}]` : name.host;
  return success({
    registry: port === undefined ? shown : `${shown}:${port}`,
    hosts: contactedHosts(name, port),
    ...(port === undefined ? {} : { port }),
    repository: rest,
    ...(tag === undefined ? {} : { tag }),
    ...(digest === undefined ? {} : { digest }),
  });
}

function contactedHosts(name: { kind: 'name' | 'ip'; host: string }, port: number | undefined): string[] {
  const known = catalogueFor({
    kind: name.kind === 'ip' ? 'ip' : 'exact',
    host: name.host,
    ...(port === undefined ? {} : { port }),
  });
  if (known === null) return [name.host];
  const own = known.row.contactedAs ?? name.host;
  const others = known.companions.filter(
    (one) => one.purpose !== 'api' && !one.alternative && !one.optIn && !one.host.startsWith('*.'),
  );
  return [...new Set([own, ...others.map((one) => one.host)])];
}
