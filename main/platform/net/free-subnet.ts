/** An IPv4 block: its first address as a number, and its prefix length. */
export interface Block {
  readonly base: number;
  readonly bits: number;
}

/** @param text `10.200.7.0/24` or one address, as `ip route` prints them. @returns null for anything else (`default`, IPv6) */
export function parseBlock(text: string): Block | null {
  const match = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})(?:\/(\d{1,2}))?$/.exec(text);
  if (match === null) return null;
  const octets = match.slice(1, 5).map(Number);
  const bits = match[5] === undefined ? 32 : Number(match[5]);
  if (bits > 32 || octets.some((octet) => octet > 255)) return null;
  return { base: octets.reduce((sum, octet) => sum * 256 + octet, 0), bits };
}

function overlaps(one: Block, other: Block): boolean {
  const size = 2 ** (32 - Math.min(one.bits, other.bits));
  return Math.floor(one.base / size) === Math.floor(other.base / size);
}

/** Candidates are 10.200.0.0/24 to 10.254.255.0/24. */
const FIRST = 200;
const LAST = 254;
export const CANDIDATES = { first: `10.${FIRST}.0.0/24`, last: `10.${LAST}.255.0/24` };

/**
 * The first three octets of a /24 that this machine does not use, or null if there is none. The second choice is a block that
 * only a wider route covers (a company's 10.0.0.0/8 through its VPN), because our more specific route wins over it.
 *
 * @param routed every block that the machine routes, except the default route
 * @param reserved the three octets of other VMs
 */
export function freeSubnet(routed: readonly Block[], reserved: ReadonlySet<string>): string | null {
  let secondChoice: string | null = null;
  for (let high = FIRST; high <= LAST; high += 1) {
    for (let low = 0; low <= 255; low += 1) {
      const subnet = `10.${high}.${low}`;
      if (reserved.has(subnet)) continue;
      const block: Block = { base: ((10 * 256 + high) * 256 + low) * 256, bits: 24 };
      const overlapping = routed.filter((other) => overlaps(block, other));
      if (overlapping.length === 0) return subnet;
      if (secondChoice === null && overlapping.every((other) => other.bits < 24)) secondChoice = subnet;
    }
  }
  return secondChoice;
}
