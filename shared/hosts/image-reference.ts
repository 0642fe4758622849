import { catalogueFor } from '../catalogue/look-up.ts';
import { failure, type Problem, type Result, success } from '../problems/problem.ts';
import { normalizeHost } from './host-name.ts';
import { quote } from './quote.ts';

export interface ImageReference {
  /** `host[:port]` as an image reference names it: `docker.io`, `ghcr.io`, `localhost:5000`. */
  registry: string;
  /** The hosts that a pull contacts, the registry's own first; none that can be known only at the time (wildcards). */
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
const MAX_REPOSITORY_NAME = 255;

/**
 * Reads an image reference as the `docker` CLI does, and says which hosts a pull of it contacts: `ubuntu` is
 * `docker.io/library/ubuntu` at registry-1.docker.io. A first part is a host if it has a dot, a colon or an upper-case letter,
 * or is `localhost`. Never throws.
 */
export function parseImageReference(text: string): Result<ImageReference> {
  const written = text.trim();
  if (written === '') return failure(problem('The image reference is empty.'));
  if (written.length > 1024) return failure(problem('The image reference has more than 1024 characters.'));
  if (/^[a-z][a-z0-9+.-]*:\/\//i.test(written)) {
    return failure(problem(`${quote(written)} is a URL: an image reference has no scheme.`));
  }
  if (IMAGE_ID.test(written)) {
    return failure(problem(`${quote(written)} is the ID of a local image, which comes from no registry.`));
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
    if (!DIGEST.test(digest))
      return failure(problem(`${quote(digest)} is no digest: expected sha256: and hexadecimal digits.`));
  }
  let tag: string | undefined;
  const colon = rest.lastIndexOf(':');
  if (colon > rest.lastIndexOf('/')) {
    tag = rest.slice(colon + 1);
    rest = rest.slice(0, colon);
    if (!TAG.test(tag))
      return failure(problem(`${quote(tag)} is no tag: expected up to 128 letters, digits, "_", "." and "-".`));
  }
  if (!PATH.test(rest.toLowerCase())) return failure(problem(`${quote(rest)} is not the name of a repository.`));
  if (rest !== rest.toLowerCase()) {
    return failure(problem(`${quote(rest)} has upper-case letters: the name of a repository is lower-case.`));
  }
  if (domain === 'docker.io' && !rest.includes('/')) rest = `library/${rest}`;
  if (!DOMAIN.test(domain)) return failure(problem(`${quote(domain)} is not the name of a registry.`));
  if (domain.length + 1 + rest.length > MAX_REPOSITORY_NAME) {
    return failure(problem(`${quote(written)} is too long: registry and repository have at most 255 characters.`));
  }

  const portAt = domain.endsWith(']') ? -1 : domain.lastIndexOf(':');
  const port = portAt < 0 ? undefined : Number(domain.slice(portAt + 1));
  const name = normalizeHost(portAt < 0 ? domain : domain.slice(0, portAt));
  if (name === null) return failure(problem(`${quote(domain)} is not the name of a registry.`));
  if (port !== undefined && (port < 1 || port > 65_535)) {
    return failure(problem(`${quote(domain)} has no valid port: a port is 1 to 65535.`));
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

function problem(message: string): Problem {
  return {
    code: 'image-reference',
    message: message.slice(0, 500),
    next: 'Write it as for docker pull: ubuntu, ghcr.io/acme/app:1.2, registry.example:5000/app@sha256:…',
  };
}
