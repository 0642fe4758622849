import { printable } from '../printable.ts';
import { problem } from '../problems/catalogue.ts';
import { failure, type Result, success } from '../problems/problem.ts';
import { normalizeHost, withPort } from './host-name.ts';

/** One parsed entry of an allowlist. */
export interface Address {
  /** `exact`: this host; `suffix`: every host below it, not itself; `ip`: this IP literal. */
  kind: 'exact' | 'suffix' | 'ip';
  /** As `normalizeHost` spells it; a suffix without its `*.`. */
  host: string;
  /** The only port allowed; 443 where there is none. DNS has no ports and ignores it. */
  port?: number;
  /** The canonical spelling of this address, which parses to the same. */
  text: string;
}

/**
 * Top-level domains that may be allowed as a whole, because nobody can register a name there: RFC 2606, RFC 6761, RFC 6762
 * appendix G, and `internal`, which ICANN reserved in 2024.
 */
const PRIVATE_TOP_LEVEL = new Set(
  'corp example home internal intranet invalid lan local localdomain localhost private test'.split(' '),
);

const NOT_PLAIN = /[^a-z0-9._-]/;
const SCHEME = /^([a-z][a-z0-9+.-]*):\/\//i;
const NETWORK = /^(?:[0-9.]+|\[?[0-9a-fA-F:.]*:[0-9a-fA-F:.]*\]?)\/\d{1,3}$/;
const MAX_ADDRESS = 512;
const HTTP_PORT = 80;
/** The longest name below a suffix must still fit: one label of one character and its dot. */
const MAX_SUFFIX = 251;

/**
 * Parses an address: host, `*.suffix` or IP literal, and an optional `:port`. A pasted scheme or path is stripped; `http://` means
 * port 80 where no other is given. `addressNotices` tells whoever entered it. A suffix needs at
 * least two labels, so that no entry allows a whole public top-level domain. Never throws.
 */
export function parseAddress(text: string): Result<Address> {
  // Fast path for nearly every entry of a long list.
  if (!NOT_PLAIN.test(text)) {
    const plain = normalizeHost(text);
    if (plain?.kind === 'name') return success({ kind: 'exact', host: plain.host, text: plain.host });
  }
  let rest = text.trim();
  if (rest === '') return failure(problem('address-empty'));
  if (rest.length > MAX_ADDRESS) return failure(problem('address-too-long', { maximum: MAX_ADDRESS }));

  const scheme = SCHEME.exec(rest);
  if (scheme !== null) rest = rest.slice(scheme[0].length);
  // First, so that no message repeats a password.
  if (/^[^/?#]*@/.test(rest)) return failure(problem('address-credentials'));
  if (NETWORK.test(rest)) return failure(problem('address-network', { address: printable(rest) }));
  const path = rest.search(/[/?#\\]/);
  if (path >= 0) rest = rest.slice(0, path);
  const reject = (code: 'address-everything' | 'address-wildcard' | 'address-host' | 'address-too-wide') =>
    failure(problem(code, { address: printable(rest) }));

  const split = splitPort(rest);
  if (split === null) {
    return failure(
      problem('address-port', { address: printable(rest), port: printable(rest.slice(rest.lastIndexOf(':') + 1)) }),
    );
  }
  const port = split.port ?? (scheme?.[1]?.toLowerCase() === 'http' ? HTTP_PORT : undefined);
  let host = split.host;

  const wildcard = host.startsWith('*.');
  if (wildcard) host = host.slice(2);
  if (host === '*' || (wildcard && host === '')) return reject('address-everything');
  if (host.includes('*')) return reject('address-wildcard');
  const name = normalizeHost(host);
  if (name === null) return reject('address-host');
  const only = port === undefined ? {} : { port };
  const spelled = withPort(name.host, port);
  if (name.kind === 'ip') {
    if (wildcard) return reject('address-wildcard');
    return success({ kind: 'ip', host: name.host, ...only, text: spelled });
  }
  if (!wildcard) return success({ kind: 'exact', host: name.host, ...only, text: spelled });
  if (!name.host.includes('.') && !PRIVATE_TOP_LEVEL.has(name.host)) {
    return reject('address-too-wide');
  }
  if (name.host.length > MAX_SUFFIX) return failure(problem('address-too-long', { maximum: MAX_SUFFIX }));
  return success({ kind: 'suffix', host: name.host, ...only, text: `*.${spelled}` });
}

/** The port of an address without one, for the proxy; registries speak HTTPS. */
export const DEFAULT_PORT = 443;

function splitPort(text: string): { host: string; port?: number } | null {
  const end = text.lastIndexOf(':');
  const bare = end < 0 || text.endsWith(']') || (text.indexOf(':') !== end && !text.startsWith('['));
  if (bare) return { host: text };
  const digits = text.slice(end + 1);
  if (!/^[1-9]\d{0,4}$/.test(digits)) return null;
  const port = Number(digits);
  return port > 65_535 ? null : { host: text.slice(0, end), port };
}
