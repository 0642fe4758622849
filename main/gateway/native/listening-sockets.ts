import type { SocketAddress } from '../../platform/net/socket-address.ts';
import { openLibc } from './libc.ts';
import { LinuxSockets, type Protocol } from './linux-sockets.ts';
import { MAX_DESCRIPTORS } from './open-descriptors.ts';
import { RECEIVE_BUFFER_BYTES } from './udp-transport.ts';

export type { Protocol } from './linux-sockets.ts';

/** Sockets that outlive who reads them: opened, or taken over, by the main thread, and read through copies. */
export interface ListeningSockets {
  /**
   * Bound; over TCP it accepts connections.
   * @param shared several sockets of this process have the address (SO_REUSEPORT)
   * @throws Error with a `code`
   */
  open(protocol: Protocol, address: SocketAddress, shared: boolean): number;
  /** The port of a descriptor from outside, if it is a socket of this protocol and address (of any port where that is 0); else null. */
  portOf(fd: number, protocol: Protocol, address: SocketAddress): number | null;
  /** What this process starts does not get this descriptor. */
  keepFromChildren(fd: number): void;
  /** A copy for a reader, which closes it. @throws Error with a `code` */
  duplicate(fd: number): number;
  close(fd: number): void;
}

/** null where there are no such calls: see `openLibc`. */
export async function openListeningSockets(
  platform: string = process.platform,
  architecture: string = process.arch,
): Promise<ListeningSockets | null> {
  const libc = await openLibc(new Uint8Array(MAX_DESCRIPTORS), platform, architecture);
  if (libc === null) return null;
  const sockets = new LinuxSockets(libc);
  return {
    open: (protocol, address, shared) =>
      protocol === 'udp' ? sockets.bind(address, shared, RECEIVE_BUFFER_BYTES) : sockets.listen(address, shared),
    portOf: (fd, protocol, address) => sockets.portOf(fd, protocol, address),
    keepFromChildren: (fd) => sockets.keepFromChildren(fd),
    duplicate: (fd) => sockets.duplicate(fd),
    close: (fd) => sockets.close(fd),
  };
}
