import { BlockList, isIP, isIPv4 } from 'node:net';
import { networkInterfaces } from 'node:os';
import type { Decision } from '../../../shared/reasons.ts';
import type { SocketAddress } from './socket-address.ts';

/**
 * Where no tunnel may end, whatever a name resolves to or a policy lists: the gateway's machine itself and what is
 * reachable from there only. Private networks (RFC 1918) are fine, registries live there.
 */
const forbidden = new BlockList();
forbidden.addSubnet('0.0.0.0', 8, 'ipv4');
forbidden.addSubnet('127.0.0.0', 8, 'ipv4');
// Link-local (RFC 3927): the clouds' metadata services are there.
forbidden.addSubnet('169.254.0.0', 16, 'ipv4');
forbidden.addSubnet('224.0.0.0', 4, 'ipv4');
forbidden.addSubnet('240.0.0.0', 4, 'ipv4');
forbidden.addSubnet('::', 127, 'ipv6');
forbidden.addSubnet('fe80::', 10, 'ipv6');
// Metadata and other services of the cloud's host to its machines which are not on the link's own addresses: AWS and Google over
// IPv6, Alibaba, Oracle (its older images) and Azure.
forbidden.addAddress('fd00:ec2::254', 'ipv6');
forbidden.addAddress('fd20:ce::254', 'ipv6');
forbidden.addAddress('100.100.100.200', 'ipv4');
forbidden.addAddress('192.0.0.192', 'ipv4');
forbidden.addAddress('168.63.129.16', 'ipv4');
forbidden.addSubnet('ff00::', 8, 'ipv6');

/** The sixteen bytes of an IPv6 literal, or null. */
function ipv6Bytes(address: string): Uint8Array | null {
  let text = address.split('%')[0] ?? '';
  const dotted = /^(.*:)(\d+)\.(\d+)\.(\d+)\.(\d+)$/.exec(text);
  if (dotted) {
    const [a = 0, b = 0, c = 0, d = 0] = dotted.slice(2).map(Number);
    text = `${dotted[1]}${((a << 8) | b).toString(16)}:${((c << 8) | d).toString(16)}`;
  }
  const [front = '', back] = text.split('::');
  const groups = (part: string): number[] =>
    part === '' ? [] : part.split(':').map((group) => Number.parseInt(group, 16));
  const head = groups(front);
  const tail = groups(back ?? '');
  const zeros = back === undefined ? 0 : 8 - head.length - tail.length;
  if (zeros < 0 || head.length + zeros + tail.length !== 8) return null;
  const all = [...head, ...new Array<number>(zeros).fill(0), ...tail];
  return Uint8Array.from(all.flatMap((group) => [group >> 8, group & 0xff]));
}

/**
 * The IPv4 address that an IPv6 one stands for: mapped or compatible (RFC 4291 2.5.5), translated (RFC 2765), NAT64 (RFC 6052, and
 * RFC 8215 with the usual length), 6to4 (RFC 3056).
 */
export function embeddedIpv4(address: string): string | null {
  const bytes = ipv6Bytes(address);
  if (bytes === null) return null;
  const startsWith = (...prefix: number[]): boolean => prefix.every((byte, index) => bytes[index] === byte);
  const zeros = new Array<number>(10).fill(0);
  if (startsWith(...zeros, 0xff, 0xff) || startsWith(...zeros, 0, 0)) return bytes.subarray(12).join('.');
  if (startsWith(...zeros.slice(2), 0xff, 0xff, 0, 0)) return bytes.subarray(12).join('.');
  if (startsWith(0, 0x64, 0xff, 0x9b, 0, 1)) return bytes.subarray(12).join('.');
  if (startsWith(0, 0x64, 0xff, 0x9b, 0, 0, 0, 0, 0, 0, 0, 0)) return bytes.subarray(12).join('.');
  if (startsWith(0x20, 0x02)) return bytes.subarray(2, 6).join('.');
  return null;
}

/**
 * Whether a tunnel to this address is refused.
 * @param own the gateway's own listeners: a proxy that connects to itself would do so for ever.
 */
export function isForbiddenTarget(address: string, port: number, own: readonly SocketAddress[]): boolean {
  if (isIP(address) === 0) return true;
  const plain = isIPv4(address) ? address : (embeddedIpv4(address) ?? address);
  if (!isIPv4(address) && forbidden.check(address.split('%')[0] ?? '', 'ipv6')) return true;
  if (isIPv4(plain) && forbidden.check(plain, 'ipv4')) return true;
  return own.some((listener) => listener.port === port && isSame(listener.host, plain));
}

/**
 * Whether it is an address of this machine that others can reach: what answers there may trust whoever comes from the machine itself.
 * @param interfaces as they are now: addresses come and go
 */
export function isOwnAddress(address: string, interfaces = networkInterfaces()): boolean {
  const plain = isIPv4(address) ? address : (embeddedIpv4(address) ?? address.split('%')[0] ?? address);
  return Object.values(interfaces).some((addresses) => addresses?.some((own) => isSame(own.address, plain)));
}

/** IPv6 has many spellings for one address. */
function isSame(one: string, other: string): boolean {
  if (one === other || isIPv4(one) || isIPv4(other)) return one === other;
  const [first, second] = [ipv6Bytes(one), ipv6Bytes(other)];
  return first !== null && second !== null && first.every((byte, index) => byte === second[index]);
}

/**
 * Whether the proxy refuses this host by its name or literal alone, though the policy allows it. What proxy and `explain` say is this
 * one function's answer; where a name leads is known only once it is resolved.
 */
export function leadsBack(host: string, port: number, own: readonly SocketAddress[]): boolean {
  // RFC 6761 section 6.3: whoever is asked for `localhost` by name takes it for itself, the next proxy too.
  if (host === 'localhost' || host.endsWith('.localhost')) return true;
  return isIP(host) !== 0 && isForbiddenTarget(host, port, own);
}

/**
 * A decision with what the proxy considers besides. What is always allowed (`baseline`) engines reach without the proxy.
 *
 * @param port the usual one where it is not known
 */
export function withTarget(
  decision: Decision,
  host: string,
  port: number | undefined,
  own: readonly SocketAddress[],
): Decision {
  if (!decision.allowed || decision.reason === 'baseline' || !leadsBack(host, port ?? 443, own)) return decision;
  return { allowed: false, reason: 'leads-back' };
}
