import { isIPv6 } from 'node:net';
import type { SocketAddress } from '../../platform/net/socket-address.ts';
import { AF_INET, AF_INET6, BATCH_SIZE, DatagramBatch, IPV6_NAME_BYTES } from './datagram-batch.ts';
import { DESCRIPTORS, type Libc, openLibc, type SystemCallError } from './libc.ts';
import { createLinuxPoll, type Watch } from './linux-poll.ts';
import { pooledCopy } from './pooled-copy.ts';

/**
 * UDP by Linux's own calls. Node's `dgram` takes a system call, an allocation of 64 KiB and a turn of its queues for each
 * message; recvmmsg(2) and sendmmsg(2) carry many messages at once, out of and into memory that is used again and again.
 * The numbers and layouts are those of Linux on x86-64 and arm64, which agree in all that stands here.
 */
const SOCK_DGRAM = 2;
const SOCK_NONBLOCK = 0o4000;
const SOCK_CLOEXEC = 0o2000000;
const SOL_SOCKET = 1;
const SO_RCVBUF = 8;
const SO_REUSEPORT = 15;
const IPPROTO_IPV6 = 41;
const IPV6_V6ONLY = 26;
const MSG_DONTWAIT = 0x40;

/** The largest that a datagram can be. */
const MAX_UDP_BYTES = 65_535;

export interface LinuxUdp {
  /**
   * A socket that is bound; IPv6 alone where the address is.
   * @param shared other threads bind the same address (SO_REUSEPORT)
   * @throws Error with a `code`, as Node's own calls do
   */
  bind(address: SocketAddress, shared: boolean, receiveBufferBytes: number): LinuxUdpSocket;
  /** A socket on a port that the kernel picks, which hears this peer alone. */
  connect(peer: SocketAddress, hear: UdpHearing): ConnectedUdpSocket;
  /** What was received last, from whatever socket, and what is to be sent. */
  readonly batch: DatagramBatch;
}

export interface LinuxUdpSocket {
  /** Called when messages wait, and again for as long as some do. */
  onReadable(handler: () => void): void;
  /** Fills the batch with what waits; how many there are. */
  receive(): number;
  /** Sends the replies of the batch. What the kernel has no room for is dropped: it is asked for again. */
  send(): void;
  /** One message, to a sender that was copied with `senderOf`. */
  sendTo(sender: Uint8Array, message: Uint8Array, length: number): void;
  close(): void;
}

/** Never called before the call returns that is the cause. */
export interface UdpHearing {
  /** The message is the hearer's to keep. */
  message(message: Buffer): void;
  /** A call failed, with ECONNREFUSED, say; not for want of room: such a message is lost, as any may be on its way. */
  error(error: SystemCallError): void;
}

export interface ConnectedUdpSocket {
  send(message: Uint8Array): void;
  close(): void;
}

/**
 * null where `openLibc` finds nothing to call.
 * @param opened the descriptors that are open here, kept up to date
 */
export async function linuxUdp(
  opened: Uint8Array = new Uint8Array(DESCRIPTORS),
  platform: string = process.platform,
  architecture: string = process.arch,
): Promise<LinuxUdp | null> {
  const libc = await openLibc(opened, platform, architecture);
  return libc === null ? null : bindCalls(libc, architecture);
}

function bindCalls(libc: Libc, architecture: string): LinuxUdp {
  const socket = libc.func('int socket(int, int, int)');
  const bind = libc.func('int bind(int, void *, unsigned int)');
  const setsockopt = libc.func('int setsockopt(int, int, int, void *, unsigned int)');
  const inetPton = libc.func('int inet_pton(int, const char *, void *)');
  const recvmmsg = libc.func('int recvmmsg(int, void *, unsigned int, int, void *)');
  const sendmmsg = libc.func('int sendmmsg(int, void *, unsigned int, int)');
  const sendto = libc.func('long sendto(int, void *, size_t, int, void *, unsigned int)');
  const connect = libc.func('int connect(int, void *, unsigned int)');
  const send = libc.func('long send(int, void *, size_t, int)');
  const recv = libc.func('long recv(int, void *, size_t, int)');
  const batch = new DatagramBatch((buffer) => libc.koffi.address(buffer));
  const room = Buffer.alloc(MAX_UDP_BYTES);
  const poll = createLinuxPoll(libc, architecture);

  const nameOf = ({ host, port }: SocketAddress): Uint8Array => {
    const v6 = isIPv6(host);
    const name = new Uint8Array(v6 ? IPV6_NAME_BYTES : 16);
    name[0] = v6 ? AF_INET6 : AF_INET;
    name[2] = port >> 8;
    name[3] = port & 0xff;
    const parsed = inetPton(v6 ? AF_INET6 : AF_INET, host, v6 ? name.subarray(8, 24) : name.subarray(4, 8));
    if (parsed !== 1) throw Object.assign(new Error(`inet_pton ${host}`), { code: 'EINVAL' });
    return name;
  };

  /** A socket of the family of `name`, which is closed again where `prepare` fails. */
  const open = <T>(name: Uint8Array, prepare: (fd: number) => T): T => {
    const fd: number = socket(name[0], SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0) throw libc.failed('socket');
    libc.opened(fd);
    try {
      return prepare(fd);
    } catch (error) {
      libc.close(fd);
      throw error;
    }
  };

  return {
    bind(address, shared, receiveBufferBytes) {
      const name = nameOf(address);
      const fd = open(name, (fresh) => {
        const set = (level: number, option: number, value: number): void => {
          if (setsockopt(fresh, level, option, Int32Array.of(value), 4) !== 0) throw libc.failed('setsockopt');
        };
        if (name[0] === AF_INET6) set(IPPROTO_IPV6, IPV6_V6ONLY, 1);
        if (shared) set(SOL_SOCKET, SO_REUSEPORT, 1);
        set(SOL_SOCKET, SO_RCVBUF, receiveBufferBytes);
        if (bind(fresh, name, name.length) !== 0) throw libc.failed('bind');
        return fresh;
      });

      let watch: Watch | null = null;
      let closed = false;
      return {
        onReadable(handler) {
          watch = poll.watch(fd, handler);
        },
        receive: () => Math.max(0, recvmmsg(fd, batch.toReceive(), BATCH_SIZE, MSG_DONTWAIT, null)),
        send() {
          const { replies } = batch;
          for (let first = 0; first < replies; ) {
            const sent: number = sendmmsg(fd, batch.toSend(first), replies - first, MSG_DONTWAIT);
            // It stopped at a message that could not be sent: the others are not to suffer for it.
            first += Math.max(0, sent) + (sent === replies - first ? 0 : 1);
          }
        },
        sendTo(sender, message, length) {
          if (!closed) sendto(fd, message, Math.min(length, message.length), MSG_DONTWAIT, sender, sender.length);
        },
        close() {
          if (closed) return;
          closed = true;
          watch?.close();
          libc.close(fd);
        },
      };
    },
    connect(peer, hear) {
      const fail = (error: SystemCallError): void => queueMicrotask(() => hear.error(error));
      const failing = (error: SystemCallError): void => {
        if (error.code !== 'EAGAIN' && error.code !== 'ENOBUFS') fail(error);
      };
      const read = (fd: number): void => {
        const length: number = recv(fd, room, room.length, MSG_DONTWAIT);
        if (length < 0) failing(libc.failed('recv'));
        else hear.message(pooledCopy(room, 0, length));
      };
      let fd: number;
      let watch: Watch;
      try {
        const name = nameOf(peer);
        [fd, watch] = open(name, (fresh) => {
          if (connect(fresh, name, name.length) !== 0) throw libc.failed('connect');
          return [fresh, poll.watch(fresh, () => read(fresh))];
        });
      } catch (error) {
        // Whatever it is: EAGAIN is that there is no port left.
        fail(error as SystemCallError);
        return { send: () => undefined, close: () => undefined };
      }
      let closed = false;
      return {
        send(message) {
          if (!closed && send(fd, message, message.length, MSG_DONTWAIT) < 0) failing(libc.failed('send'));
        },
        close() {
          if (closed) return;
          closed = true;
          watch.close();
          libc.close(fd);
        },
      };
    },
    batch,
  };
}
