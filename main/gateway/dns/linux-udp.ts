import { closeSync } from 'node:fs';
import { isIPv6 } from 'node:net';
import { getSystemErrorName } from 'node:util';
import type { SocketAddress } from '../../platform/socket-address.ts';
import { AF_INET, AF_INET6, BATCH_SIZE, DatagramBatch, IPV6_NAME_BYTES } from './datagram-batch.ts';

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

export type UdpError = Error & { code: string };

/** Never called before the call returns that is the cause. */
export interface UdpHearing {
  /** The message is the hearer's to keep. */
  message(message: Buffer): void;
  /** A call failed, with ECONNREFUSED, say; not for want of room: such a message is lost, as any may be on its way. */
  error(error: UdpError): void;
}

export interface ConnectedUdpSocket {
  send(message: Uint8Array): void;
  close(): void;
}

/**
 * Which descriptors a thread has opened here, one byte for each there may be. Node closes what is its own when a thread dies;
 * of these it does not know, and a socket that is left would be dealt its part of the questions, which nobody reads.
 */
export const DESCRIPTORS = 65_536;

/** Closes what a thread that has ended had open. */
export function closeLeft(opened: Uint8Array): void {
  for (let fd = opened.indexOf(1); fd !== -1; fd = opened.indexOf(1, fd + 1)) {
    opened[fd] = 0;
    closeSync(fd);
  }
}

/**
 * null where this is not Linux as above, or the package that makes the calls was left out of the installation.
 * @param opened kept up to date, `DESCRIPTORS` long
 */
export async function linuxUdp(
  opened: Uint8Array = new Uint8Array(DESCRIPTORS),
  platform: string = process.platform,
  architecture: string = process.arch,
): Promise<LinuxUdp | null> {
  if (platform !== 'linux' || !['x64', 'arm64'].includes(architecture)) return null;
  const koffi = await import('koffi/indirect').catch(() => null);
  return koffi === null ? null : bindCalls(koffi.default, opened);
}

type Koffi = typeof import('koffi')['default'];

interface Watch {
  close(): void;
}

function bindCalls(koffi: Koffi, opened: Uint8Array): LinuxUdp {
  const libc = koffi.load(null);
  const socket = libc.func('int socket(int, int, int)');
  const bind = libc.func('int bind(int, void *, unsigned int)');
  const closeCall = libc.func('int close(int)');
  const setsockopt = libc.func('int setsockopt(int, int, int, void *, unsigned int)');
  const inetPton = libc.func('int inet_pton(int, const char *, void *)');
  const recvmmsg = libc.func('int recvmmsg(int, void *, unsigned int, int, void *)');
  const sendmmsg = libc.func('int sendmmsg(int, void *, unsigned int, int)');
  const sendto = libc.func('long sendto(int, void *, size_t, int, void *, unsigned int)');
  const connect = libc.func('int connect(int, void *, unsigned int)');
  const send = libc.func('long send(int, void *, size_t, int)');
  const recv = libc.func('long recv(int, void *, size_t, int)');
  const batch = new DatagramBatch((buffer) => koffi.address(buffer));
  const room = Buffer.alloc(MAX_UDP_BYTES);

  const failed = (call: string): UdpError => {
    const code = getSystemErrorName(-koffi.errno());
    return Object.assign(new Error(`${call} ${code}`), { code });
  };

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
    if (fd < 0) throw failed('socket');
    opened[fd] = 1;
    try {
      return prepare(fd);
    } catch (error) {
      close(fd);
      throw error;
    }
  };

  const close = (fd: number): void => {
    // First: were this thread to end in between, nobody may close the number that by then is another's.
    opened[fd] = 0;
    closeCall(fd);
  };

  /**
   * Runs `handler` when there is something to read, for as long as there is. koffi calls from within the poll phase of the event
   * loop without what Node does around a callback: what is thrown would be lost, and microtasks and ticks would wait for the
   * next that Node calls. An immediate is that, in the same turn of the loop.
   */
  const whenReadable = (fd: number, handler: () => void): Watch => {
    let closed = false;
    const called = (status: unknown): void => {
      try {
        handler();
        setImmediate(nothing);
      } catch (error) {
        setImmediate(() => {
          throw error;
        });
      }
      // libuv watches no more once the socket has had an error, which `handler` has taken off it by reading.
      if (status !== 0 && !closed) watch.start({ readable: true }, called);
    };
    const watch = koffi.node.poll(fd, { readable: true }, called);
    return {
      close() {
        closed = true;
        watch.close();
      },
    };
  };

  return {
    bind(address, shared, receiveBufferBytes) {
      const name = nameOf(address);
      const fd = open(name, (fresh) => {
        const set = (level: number, option: number, value: number): void => {
          if (setsockopt(fresh, level, option, Int32Array.of(value), 4) !== 0) throw failed('setsockopt');
        };
        if (name[0] === AF_INET6) set(IPPROTO_IPV6, IPV6_V6ONLY, 1);
        if (shared) set(SOL_SOCKET, SO_REUSEPORT, 1);
        set(SOL_SOCKET, SO_RCVBUF, receiveBufferBytes);
        if (bind(fresh, name, name.length) !== 0) throw failed('bind');
        return fresh;
      });

      let watch: Watch | null = null;
      let closed = false;
      return {
        onReadable(handler) {
          watch = whenReadable(fd, handler);
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
          close(fd);
        },
      };
    },
    connect(peer, hear) {
      const fail = (error: UdpError): void => queueMicrotask(() => hear.error(error));
      const failing = (error: UdpError): void => {
        if (error.code !== 'EAGAIN' && error.code !== 'ENOBUFS') fail(error);
      };
      const read = (fd: number): void => {
        const length: number = recv(fd, room, room.length, MSG_DONTWAIT);
        if (length < 0) failing(failed('recv'));
        else hear.message(Buffer.from(room.subarray(0, length)));
      };
      let fd: number;
      let watch: Watch;
      try {
        const name = nameOf(peer);
        [fd, watch] = open(name, (fresh) => {
          if (connect(fresh, name, name.length) !== 0) throw failed('connect');
          return [fresh, whenReadable(fresh, () => read(fresh))];
        });
      } catch (error) {
        // Whatever it is: EAGAIN is that there is no port left.
        fail(error as UdpError);
        return { send: () => undefined, close: () => undefined };
      }
      let closed = false;
      return {
        send(message) {
          if (!closed && send(fd, message, message.length, MSG_DONTWAIT) < 0) failing(failed('send'));
        },
        close() {
          if (closed) return;
          closed = true;
          watch.close();
          close(fd);
        },
      };
    },
    batch,
  };
}

function nothing(): void {}
