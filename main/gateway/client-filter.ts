import { BlockList, isIP } from 'node:net';

const REMEMBERED = 4096;

export class ClientBlockError extends Error {
  readonly block: string;

  constructor(block: string) {
    super(`no CIDR block: ${block}`);
    this.block = block;
  }
}

/**
 * Whether an address lies in one of the CIDR blocks. IPv4 clients of an IPv6 socket (`::ffff:10.0.0.1`) count as IPv4.
 * The blocks are searched once per address; the answers are remembered, a bounded number of them.
 * @throws ClientBlockError where one is none.
 */
export function createClientFilter(blocks: readonly string[]): (address: string) => boolean {
  const list = new BlockList();
  for (const block of blocks) {
    const [network = '', bits = ''] = block.split('/');
    const family = isIP(network);
    const prefix = Number(bits);
    // Without a length it would be the whole Internet.
    if (family === 0 || !/^\d{1,3}$/.test(bits) || prefix > (family === 4 ? 32 : 128)) {
      throw new ClientBlockError(block);
    }
    list.addSubnet(network, prefix, family === 4 ? 'ipv4' : 'ipv6');
  }
  const remembered = new Map<string, boolean>();
  return (address) => {
    const known = remembered.get(address);
    if (known !== undefined) return known;
    const plain = address.startsWith('::ffff:') && address.includes('.') ? address.slice(7) : address;
    const family = isIP(plain);
    const allowed = family !== 0 && list.check(plain, family === 4 ? 'ipv4' : 'ipv6');
    if (remembered.size >= REMEMBERED) remembered.clear();
    remembered.set(address, allowed);
    return allowed;
  };
}
