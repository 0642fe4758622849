import { openLibc } from './libc.ts';
import { createLinuxUdp } from './linux-udp.ts';
import { nodeUdp } from './node-udp.ts';
import { MAX_DESCRIPTORS } from './open-descriptors.ts';
import type { UdpTransport } from './udp-transport.ts';

/**
 * Linux's own calls where `openLibc` can make them, else Node's `dgram`.
 * @param opened kept up to date with the descriptors that are open and unknown to Node
 */
export async function openUdpTransport(
  opened: Uint8Array = new Uint8Array(MAX_DESCRIPTORS),
  platform: string = process.platform,
  architecture: string = process.arch,
): Promise<UdpTransport> {
  const libc = await openLibc(opened, platform, architecture);
  return libc === null ? nodeUdp : createLinuxUdp(libc, architecture);
}
