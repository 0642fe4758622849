/**
 * One spelling for every host, so that what an owner wrote, what a resolver asks and what a client dials can be compared byte
 * by byte: lower-case A-labels without trailing dot, or an IP literal in its canonical form without brackets.
 */
export type HostName = { kind: 'name'; host: string } | { kind: 'ip'; host: string };

/** RFC 1035 section 2.3.4: 255 octets on the wire are 253 characters as text. */
export const MAX_NAME_LENGTH = 253;
export const MAX_LABEL_LENGTH = 63;

const LABELS = /^[a-z0-9_-]{1,63}(?:\.[a-z0-9_-]{1,63})*$/;
/** WHATWG URL, "ends in a number checker": a name that ends so is read as an IPv4 address by URL parsers, `0x7f.1` as 127.0.0.1. */
const ENDS_IN_A_NUMBER = /(?:^|\.)(?:[0-9]+|0x[0-9a-f]*)$/;
const DOTTED_QUAD = /^(?:(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)(?:\.(?!$)|$)){4}$/;
const IPV6_CHARACTERS = /^[0-9a-fA-F:.]{2,45}$/;
/** ASCII that has no place in a host name; what of Unicode has none (spaces, controls, invisible marks) is refused beside it. */
const NOT_IN_A_NAME = /[\0-,/:-@[-^`{-\x7f]|[\p{C}\p{Z}\p{Default_Ignorable_Code_Point}]/u;

/**
 * Reads a host as a person or a program writes it. Returns null for what is none: white space, percent-escapes, ports,
 * empty or over-long labels, and numbers that URL parsers would take for an address (`0x7f.1`, `127.1`, `017.0.0.1`).
 * Labels may hold underscores, which host names may not (RFC 952) and DNS may (RFC 2181 section 11). International names are
 * mapped to A-labels as browsers do (UTS 46, non-transitional). An IPv6 address that only wraps an IPv4 one becomes that one.
 */
export function normalizeHost(text: string): HostName | null {
  if (text.length === 0 || text.length > 1024) return null;
  if (text.startsWith('[')) return text.endsWith(']') ? ipv6(text.slice(1, -1)) : null;
  if (text.includes(':')) return ipv6(text);
  let name = text;
  if (name.endsWith('.')) name = name.slice(0, -1);
  name = name.toLowerCase();
  if (!LABELS.test(name)) {
    const mapped = toALabels(text);
    if (mapped === null) return null;
    name = mapped;
    // Digits of other scripts would become an address that nobody wrote.
    if (!LABELS.test(name) || ENDS_IN_A_NUMBER.test(name)) return null;
  }
  if (name.length > MAX_NAME_LENGTH) return null;
  if (!ENDS_IN_A_NUMBER.test(name)) return { kind: 'name', host: name };
  return DOTTED_QUAD.test(text) ? { kind: 'ip', host: text } : null;
}

function toALabels(text: string): string | null {
  if (NOT_IN_A_NAME.test(text)) return null;
  const host = urlHost(text);
  return host?.endsWith('.') ? host.slice(0, -1) : host;
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
