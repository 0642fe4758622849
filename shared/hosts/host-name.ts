/**
 * One spelling for every host, so that what an owner wrote, what a resolver asks and what a client dials can be compared byte
 * by byte: lower-case A-labels without trailing dot, or an IP literal in its canonical form without brackets.
 */
export type HostName = { kind: 'name'; host: string } | { kind: 'ip'; host: string };

/** RFC 1035 section 2.3.4: 255 octets on the wire are 253 characters as text. */
const MAX_NAME_LENGTH = 253;
const MAX_LABEL_LENGTH = 63;

const NUMBER = /^(?:[0-9]+|0x[0-9a-f]*)$/;
const DOTTED_QUAD = /^(?:(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)(?:\.(?!$)|$)){4}$/;
const IPV6_CHARACTERS = /^[0-9a-fA-F:.]{2,45}$/;
/** ASCII that has no place in a host name, and Unicode's spaces, controls and invisible characters. */
const NOT_IN_A_NAME = /[\0-,/:-@[-^`{-\x7f]|[\p{C}\p{Z}\p{Default_Ignorable_Code_Point}]/u;

/**
 * Parses a host as a person or a program writes it. Returns null for anything else: white space, percent-escapes, ports, empty or
 * over-long labels, and numbers that URL parsers would take for an address (`0x7f.1`, `127.1`, `017.0.0.1`).
 * Labels may hold underscores, which host names may not (RFC 952) and DNS may (RFC 2181 section 11). International names are
 * mapped to A-labels (RFC 5890 section 2.3.2.1) as browsers do (UTS 46, non-transitional). An IPv6 address that only wraps an
 * IPv4 one becomes that one.
 */
export function normalizeHost(text: string): HostName | null {
  if (text.length === 0 || text.length > 1024) return null;
  if (text.startsWith('[')) return text.endsWith(']') ? ipv6(text.slice(1, -1)) : null;
  if (text.includes(':')) return ipv6(text);
  const name = (text.endsWith('.') ? text.slice(0, -1) : text).toLowerCase();
  if (isPlainName(name)) {
    if (!endsInANumber(name)) return { kind: 'name', host: name };
    return DOTTED_QUAD.test(text) ? { kind: 'ip', host: text } : null;
  }
  const mapped = NOT_IN_A_NAME.test(text) ? null : urlHost(text);
  if (mapped === null) return null;
  const host = mapped.endsWith('.') ? mapped.slice(0, -1) : mapped;
  // Digits of other scripts would turn into an address that nobody wrote.
  return isPlainName(host) && !endsInANumber(host) ? { kind: 'name', host } : null;
}

/** An address that never leaves the machine on which it is used (RFC 1122 section 3.2.1.3, RFC 4291 section 2.5.3). */
export function isLoopback({ kind, host }: HostName): boolean {
  return kind === 'ip' && (host === '::1' || host.startsWith('127.'));
}

/**
 * `ghcr.io`, `registry.example:5000`, `[::1]:5000`: before a port an IPv6 address stands in brackets (RFC 3986 section 3.2.2).
 *
 * @param host as `normalizeHost` spells it
 */
export function withPort(host: string, port: number | null | undefined): string {
  if (port === null || port === undefined) return host;
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}

/** Labels of lower-case letters, digits, hyphens and underscores, none empty or too long. A loop: lists have a million of them. */
function isPlainName(name: string): boolean {
  if (name.length > MAX_NAME_LENGTH) return false;
  let label = 0;
  for (let i = 0; i < name.length; i++) {
    const code = name.charCodeAt(i);
    if (code === 0x2e) {
      if (label === 0 || label > MAX_LABEL_LENGTH) return false;
      label = 0;
    } else if ((code >= 0x61 && code <= 0x7a) || (code >= 0x30 && code <= 0x39) || code === 0x2d || code === 0x5f)
      label++;
    else return false;
  }
  return label > 0 && label <= MAX_LABEL_LENGTH;
}

/** WHATWG URL, "ends in a number checker": URL parsers read such a name as an IPv4 address, `0x7f.1` as 127.0.0.1. */
function endsInANumber(name: string): boolean {
  const last = name.lastIndexOf('.') + 1;
  return name.charCodeAt(last) <= 0x39 && NUMBER.test(name.slice(last));
}

function ipv6(text: string): HostName | null {
  if (!IPV6_CHARACTERS.test(text)) return null;
  const bracketed = urlHost(`[${text}]`);
  if (bracketed === null || !bracketed.startsWith('[')) return null;
  const host = bracketed.slice(1, -1);
  const mapped = /^::ffff:([0-9a-f]{1,4}):([0-9a-f]{1,4})$/.exec(host);
  if (mapped === null) return { kind: 'ip', host };
  const high = Number.parseInt(mapped[1] ?? '', 16);
  const low = Number.parseInt(mapped[2] ?? '', 16);
  return { kind: 'ip', host: `${high >> 8}.${high & 255}.${low >> 8}.${low & 255}` };
}

function urlHost(host: string): string | null {
  const url = `https://${host}/`;
  return URL.canParse(url) ? new URL(url).hostname : null;
}
