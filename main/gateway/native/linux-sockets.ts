import { isIPv6 } from 'node:net';
import type { SocketAddress } from '../../platform/net/socket-address.ts';
import { AF_INET, AF_INET6, BATCH_SIZE, type DatagramBatch, IPV6_NAME_BYTES } from './datagram-batch.ts';
import type { Libc, SystemCallError } from './libc.ts';

/** The numbers of Linux on x86-64 and arm64, which agree in all that is used here. */
const SOCK_STREAM = 1;
const SOCK_DGRAM = 2;
const SOCK_NONBLOCK = 0o4000;
const SOCK_CLOEXEC = 0o2000000;
const SOL_SOCKET = 1;
const SO_REUSEADDR = 2;
const SO_TYPE = 3;
const SO_RCVBUF = 8;
const SO_REUSEPORT = 15;
const SO_MEMINFO = 55;
const IPPROTO_IPV6 = 41;
const IPV6_V6ONLY = 26;
const MSG_DONTWAIT = 0x40;
const F_SETFD = 2;
const FD_CLOEXEC = 1;
const F_DUPFD_CLOEXEC = 1030;
/** Connections that wait to be accepted, as Node asks for. */
const BACKLOG = 511;

const IPV4_NAME_BYTES = 16;

export type Protocol = 'udp' | 'tcp';

/** Sockets by Linux's system calls. Whoever opens one closes it. */
export class LinuxSockets {
  readonly #libc: Libc;
  readonly #call: ReturnType<typeof declareCalls>;
  readonly #memoryInfo = new Uint32Array(2);
  readonly #memoryInfoBytes = new Uint32Array(1);

  constructor(libc: Libc) {
    this.#libc = libc;
    this.#call = declareCalls(libc);
  }

  /** @throws Error with a `code`, as Node's own calls do */
  bind(address: SocketAddress, shared: boolean, receiveBufferBytes: number): number {
    const name = this.#nameOf(address);
    return this.#open(name, SOCK_DGRAM, (fd) => {
      this.#setOption(fd, SOL_SOCKET, SO_RCVBUF, receiveBufferBytes);
      this.#bindTo(fd, name, shared);
    });
  }

  /** Accepts connections over TCP. @throws Error with a `code` */
  listen(address: SocketAddress, shared: boolean): number {
    const name = this.#nameOf(address);
    return this.#open(name, SOCK_STREAM, (fd) => {
      // What is left of earlier connections is no reason to wait; Node does so too.
      this.#setOption(fd, SOL_SOCKET, SO_REUSEADDR, 1);
      this.#bindTo(fd, name, shared);
      if (this.#call.listen(fd, BACKLOG) !== 0) throw this.lastError('listen');
    });
  }

  /**
   * Whether a descriptor that came from outside is a socket of this protocol, bound to this address (any port where that is 0).
   *
   * @returns its port, or null
   */
  portOf(fd: number, protocol: Protocol, address: SocketAddress): number | null {
    const type = new Int32Array(1);
    const length = Uint32Array.of(4);
    if (this.#call.getsockopt(fd, SOL_SOCKET, SO_TYPE, type, length) !== 0) return null;
    if (type[0] !== (protocol === 'udp' ? SOCK_DGRAM : SOCK_STREAM)) return null;
    const name = new Uint8Array(IPV6_NAME_BYTES);
    if (this.#call.getsockname(fd, name, Uint32Array.of(name.length)) !== 0) return null;
    const wanted = this.#nameOf(address);
    const [from, to] = wanted[0] === AF_INET6 ? [8, 24] : [4, 8];
    const port = ((name[2] ?? 0) << 8) | (name[3] ?? 0);
    const isSame = name[0] === wanted[0] && Buffer.compare(name.subarray(from, to), wanted.subarray(from, to)) === 0;
    return isSame && (address.port === 0 || address.port === port) ? port : null;
  }

  /** What this process starts does not get it. */
  keepFromChildren(fd: number): void {
    if (this.#call.setDescriptorFlags(fd, F_SETFD, FD_CLOEXEC) !== 0) throw this.lastError('fcntl');
  }

  /** Another descriptor of the same socket. @throws Error with a `code` */
  duplicate(fd: number): number {
    const copy: number = this.#call.setDescriptorFlags(fd, F_DUPFD_CLOEXEC, 3);
    if (copy < 0) throw this.lastError('fcntl');
    return copy;
  }

  /** @throws Error with a `code`; EAGAIN where no port is free */
  connect(peer: SocketAddress): number {
    const name = this.#nameOf(peer);
    return this.#open(name, SOCK_DGRAM, (fd) => {
      if (this.#call.connect(fd, name, name.length) !== 0) throw this.lastError('connect');
    });
  }

  /** Fills the batch with waiting datagrams. Returns how many there are. */
  receiveBatch(fd: number, batch: DatagramBatch): number {
    const count = Math.max(0, this.#call.recvmmsg(fd, batch.toReceive(), BATCH_SIZE, MSG_DONTWAIT, null));
    batch.received(count);
    return count;
  }

  /** The share of the socket's receive buffer in use, from 0; above 1 just before the kernel drops what comes next. */
  receiveBufferFilled(fd: number): number {
    const [room, length] = [this.#memoryInfo, this.#memoryInfoBytes];
    length[0] = room.byteLength;
    if (this.#call.getsockopt(fd, SOL_SOCKET, SO_MEMINFO, room, length) !== 0) return 0;
    // The first two of SK_MEMINFO_*: RMEM_ALLOC and RCVBUF.
    const [used = 0, size = 0] = room;
    return size === 0 ? 0 : used / size;
  }

  /** Sends the replies of the batch. The kernel drops what it has no room for, and clients ask again. */
  sendBatch(fd: number, batch: DatagramBatch): void {
    const { replies } = batch;
    for (let first = 0; first < replies; ) {
      const sent: number = this.#call.sendmmsg(fd, batch.toSend(first), replies - first, MSG_DONTWAIT);
      // It stops at a message that cannot be sent: that one is skipped.
      first += Math.max(0, sent) + (sent === replies - first ? 0 : 1);
    }
  }

  /** @param to a name that was copied with `DatagramBatch.senderOf` */
  sendTo(fd: number, to: Uint8Array, message: Uint8Array, length: number): void {
    this.#call.sendto(fd, message, Math.min(length, message.length), MSG_DONTWAIT, to, to.length);
  }

  /** On a connected socket. Negative where it failed: see `lastError`. */
  send(fd: number, message: Uint8Array): number {
    return this.#call.send(fd, message, message.length, MSG_DONTWAIT);
  }

  /** On a connected socket: the length of the message in `room`, or negative where it failed: see `lastError`. */
  receive(fd: number, room: Uint8Array): number {
    return this.#call.recv(fd, room, room.length, MSG_DONTWAIT);
  }

  lastError(call: string): SystemCallError {
    return this.#libc.lastError(call);
  }

  close(fd: number): void {
    this.#libc.close(fd);
  }

  /** A socket of the family of `name`, closed again where `prepare` throws. */
  #open(name: Uint8Array, type: number, prepare: (fd: number) => void): number {
    const fd: number = this.#call.socket(name[0], type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0) throw this.lastError('socket');
    this.#libc.recordOpened(fd);
    try {
      prepare(fd);
      return fd;
    } catch (error) {
      this.close(fd);
      throw error;
    }
  }

  #bindTo(fd: number, name: Uint8Array, shared: boolean): void {
    if (name[0] === AF_INET6) this.#setOption(fd, IPPROTO_IPV6, IPV6_V6ONLY, 1);
    if (shared) this.#setOption(fd, SOL_SOCKET, SO_REUSEPORT, 1);
    if (this.#call.bind(fd, name, name.length) !== 0) throw this.lastError('bind');
  }

  #setOption(fd: number, level: number, option: number, value: number): void {
    if (this.#call.setsockopt(fd, level, option, Int32Array.of(value), 4) !== 0) throw this.lastError('setsockopt');
  }

  /** struct sockaddr_in or sockaddr_in6. */
  #nameOf({ host, port }: SocketAddress): Uint8Array {
    const v6 = isIPv6(host);
    const name = new Uint8Array(v6 ? IPV6_NAME_BYTES : IPV4_NAME_BYTES);
    name[0] = v6 ? AF_INET6 : AF_INET;
    name[2] = port >> 8;
    name[3] = port & 0xff;
    const parsed = this.#call.inetPton(name[0], host, v6 ? name.subarray(8, 24) : name.subarray(4, 8));
    if (parsed !== 1) throw Object.assign(new Error(`inet_pton ${host}`), { code: 'EINVAL' });
    return name;
  }
}

function declareCalls(libc: Libc) {
  return {
    socket: libc.func('int socket(int, int, int)'),
    bind: libc.func('int bind(int, void *, unsigned int)'),
    listen: libc.func('int listen(int, int)'),
    getsockname: libc.func('int getsockname(int, void *, void *)'),
    getsockopt: libc.func('int getsockopt(int, int, int, void *, void *)'),
    setDescriptorFlags: libc.func('int fcntl(int, int, int)'),
    setsockopt: libc.func('int setsockopt(int, int, int, void *, unsigned int)'),
    inetPton: libc.func('int inet_pton(int, const char *, void *)'),
    recvmmsg: libc.func('int recvmmsg(int, void *, unsigned int, int, void *)'),
    sendmmsg: libc.func('int sendmmsg(int, void *, unsigned int, int)'),
    sendto: libc.func('long sendto(int, void *, size_t, int, void *, unsigned int)'),
    connect: libc.func('int connect(int, void *, unsigned int)'),
    send: libc.func('long send(int, void *, size_t, int)'),
    recv: libc.func('long recv(int, void *, size_t, int)'),
  };
}
