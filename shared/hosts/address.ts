import { failure, type Problem, type Result, success } from '../problems/problem.ts';
import { normalizeHost, withPort } from './host-name.ts';
import { quote } from './quote.ts';

/** One line of an organization's list, read. */
export interface Address {
  /** `exact`: this host; `suffix`: every host below it, not itself; `ip`: this IP literal. */
  kind: 'exact' | 'suffix' | 'ip';
  /** As `normalizeHost` spells it; of a suffix without the `*.`. */
  host: string;
  /** Where given, only this port is allowed; else 443. DNS knows no ports and ignores it. */
  port?: number;
  /** The one spelling of this address: reads back as the same. */
  text: string;
  /** Sentences about what was put right or should be known. */
  notices: string[];
}

/**
 * Names under which a whole top-level domain may be allowed, because nobody can buy a name there: RFC 2606, RFC 6761, RFC 6762
 * appendix G, and `internal`, which ICANN reserved in 2024.
 */
const PRIVATE_TOP_LEVEL = new Set(
  'corp example home internal intranet invalid lan local localdomain localhost private test'.split(' '),
);

const NOT_PLAIN = /[^a-z0-9._-]/;
const SCHEME = /^([a-z][a-z0-9+.-]*):\/\//i;
const NETWORK = /^(?:[0-9.]+|\[?[0-9a-fA-F:.]*:[0-9a-fA-F:.]*\]?)\/\d{1,3}$/;
const EXPECTED =
  'Write a host like ghcr.io, *.example.com for all hosts below example.com, or an IP address; a port may follow.';

/**
 * Reads an address: host, `*.suffix` or IP literal, and an optional `:port`. A pasted scheme or path is stripped with a notice.
 * A suffix needs at least two labels, so that no line allows a whole public top-level domain. Never throws.
 */
export function parseAddress(text: string): Result<Address> {
  // What nearly every line of a long list is, at once.
  if (!NOT_PLAIN.test(text)) {
    const plain = normalizeHost(text);
    if (plain?.kind === 'name') return success({ kind: 'exact', host: plain.host, text: plain.host, notices: [] });
  }
  const notices: string[] = [];
  let rest = text.trim();
  if (rest === '') return failure(problem('address-empty', 'The address is empty.'));
  if (rest.length > 512) {
    return failure(problem('address-too-long', `The address has ${rest.length} characters; 512 are the most.`));
  }

  const scheme = SCHEME.exec(rest);
  if (scheme) {
    rest = rest.slice(scheme[0].length);
    notices.push(`${scheme[0]} was left out: an address is a host.`);
  }
  // Before anything of it is repeated in a message.
  if (/^[^/?#]*@/.test(rest)) {
    return failure(
      problem('address-credentials', 'The address holds an "@": a user name or password does not belong here.'),
    );
  }
  if (NETWORK.test(rest)) {
    return failure(problem('address-network', `${quote(rest)} is a network: rules are by host or single IP address.`));
  }
  const path = rest.search(/[/?#\\]/);
  if (path >= 0) {
    if (path < rest.length - 1) {
      notices.push(`${quote(rest.slice(path))} was left out: a registry is allowed as a whole, not by path.`);
    }
    rest = rest.slice(0, path);
  }

  const split = splitPort(rest);
  if (split === null) {
    const colon = rest.lastIndexOf(':');
    return failure(
      problem('address-port', `${quote(rest.slice(colon + 1))} in ${quote(rest)} is no port: a port is 1 to 65535.`),
    );
  }
  const { port } = split;
  let host = split.host;

  const wildcard = host.startsWith('*.');
  if (wildcard) host = host.slice(2);
  if (host === '*' || (wildcard && host === '')) {
    return failure(
      problem('address-everything', `${quote(rest)} would allow every host: switch the restrictions off instead.`),
    );
  }
  if (host.includes('*')) {
    return failure(
      problem(
        'address-wildcard',
        `The wildcard in ${quote(rest)} stands in the wrong place: only a leading "*." is understood.`,
      ),
    );
  }
  if (host.startsWith('.')) {
    return failure(
      problem('address-host', `${quote(rest)} begins with a dot: write ${quote(`*${rest}`)} for every host below it.`),
    );
  }

  const name = normalizeHost(host);
  if (name === null) return failure(problem('address-host', `${quote(rest)} is not the name of a host.`));
  if (/[^\0-\x7f]/.test(host)) {
    notices.push(`${quote(host)} is ${name.host} on the network: check that its letters are what they look like.`);
  }
  const only = port === undefined ? {} : { port };
  const spelled = withPort(name.host, port);
  if (name.kind === 'ip') {
    if (wildcard) {
      return failure(
        problem('address-wildcard', `${quote(rest)} puts a wildcard before an IP address, which has no subdomains.`),
      );
    }
    return success({ kind: 'ip', host: name.host, ...only, text: spelled, notices });
  }
  if (!wildcard) return success({ kind: 'exact', host: name.host, ...only, text: spelled, notices });
  if (!name.host.includes('.') && !PRIVATE_TOP_LEVEL.has(name.host)) {
    return failure(
      problem(
        'address-too-wide',
        `${quote(rest)} would allow a whole top-level domain: name at least two labels, as in *.example.com.`,
      ),
    );
  }
  // The longest name below it must still fit: one label of one character and its dot.
  if (name.host.length > 251) {
    return failure(problem('address-host', `${quote(rest)} is so long that no host can be below it.`));
  }
  return success({ kind: 'suffix', host: name.host, ...only, text: `*.${spelled}`, notices });
}

/** The port of an address without one, for a proxy; registries speak HTTPS. */
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

function problem(code: string, message: string): Problem {
  return { code, message: message.slice(0, 500), next: EXPECTED };
}
