import type { SocketAddress } from '../../platform/net/socket-address.ts';
import { Crowd } from './crowd.ts';
import { BATCH_SIZE, DatagramBatch } from './datagram-batch.ts';
import type { Libc, SystemCallError } from './libc.ts';
import { createLinuxPoll, type LinuxPoll, type Watch } from './linux-poll.ts';
import { LinuxSockets } from './linux-sockets.ts';
import { nodeUdp } from './node-udp.ts';
import { pooledCopy } from './pooled-copy.ts';
import type {
  ConnectedUdpSocket,
  Datagram,
  DatagramHandler,
  UdpEvents,
  UdpListener,
  UdpListenOptions,
  UdpTransport,
} from './udp-transport.ts';

/** The largest possible datagram. */
const MAX_UDP_BYTES = 65_535;

/** Batches that are read before other sockets of this thread have their turn. */
const BATCHES_IN_A_ROW = 8;

/** What all sockets of a thread share. */
interface Linux {
  sockets: LinuxSockets;
  poll: LinuxPoll;
  batch: DatagramBatch;
  /** Room for one datagram of an upstream. */
  room: Buffer;
  nextCrowd: () => number;
}

/**
 * UDP by Linux's own calls. Node's `dgram` takes a system call, an allocation of 64 KiB and a turn of its queues per datagram;
 * recvmmsg(2) and sendmmsg(2) carry many at once, in memory that is reused.
 */
export function createLinuxUdp(libc: Libc, architecture: string): UdpTransport {
  let crowds = 0;
  const linux: Linux = {
    sockets: new LinuxSockets(libc),
    poll: createLinuxPoll(libc, architecture),
    batch: new DatagramBatch((buffer) => libc.koffi.address(buffer)),
    room: Buffer.alloc(MAX_UDP_BYTES),
    nextCrowd() {
      crowds += 1;
      return crowds;
    },
  };
  return {
    batches: true,
    listen: async (options, handler) =>
      namesInterface(options.address) ? nodeUdp.listen(options, handler) : listenInBatches(linux, options, handler),
    connect: (peer, events) =>
      namesInterface(peer) ? nodeUdp.connect(peer, events) : connectSocket(linux, peer, events),
  };
}

/** inet_pton(3) does not know interface names (`fe80::1%eth0`). */
function namesInterface({ host }: SocketAddress): boolean {
  return host.includes('%');
}

function listenInBatches(linux: Linux, options: UdpListenOptions, handler: DatagramHandler): UdpListener {
  const { sockets, poll, batch, nextCrowd } = linux;
  const fd = options.descriptor ?? sockets.bind(options.address, options.shared, options.receiveBufferBytes);
  let closed = false;
  let current = 0;
  const crowd = new Crowd(nextCrowd);
  const empty = new Uint8Array(0);
  const datagram: Datagram = {
    ...{ bytes: empty, length: 0, sender: '', crowd: 0, reply: empty },
    replyLater() {
      const to = batch.senderOf(current);
      return (message, length) => {
        if (!closed) sockets.sendTo(fd, to, message, length);
      };
    },
  };
  const handle = (index: number): void => {
    // Nothing can be sent to port 0.
    if (batch.portOf(index) === 0) return;
    current = index;
    datagram.bytes = batch.messages[index] as Uint8Array;
    datagram.length = batch.lengthOf(index);
    datagram.sender = batch.addressOf(index);
    datagram.reply = batch.answers[index] as Uint8Array;
    const length = handler(datagram);
    if (length > 0) batch.reply(index, length);
  };
  const readBatches = (): void => {
    for (let turn = 0; turn < BATCHES_IN_A_ROW; turn += 1) {
      const count = sockets.receiveBatch(fd, batch);
      datagram.crowd = crowd.observe(count < BATCH_SIZE ? 0 : sockets.receiveBufferFilled(fd));
      for (let index = 0; index < count; index += 1) handle(index);
      sockets.sendBatch(fd, batch);
      if (count < BATCH_SIZE) return;
    }
  };
  const watch = closingOnError(sockets, fd, () => poll.watch(fd, readBatches));
  let reading = true;
  const pause = (): void => {
    if (reading) watch.close();
    reading = false;
  };
  return {
    pause,
    async close() {
      if (closed) return;
      closed = true;
      pause();
      sockets.close(fd);
    },
  };
}

function connectSocket(linux: Linux, peer: SocketAddress, events: UdpEvents): ConnectedUdpSocket {
  const { sockets, poll, room } = linux;
  const reportError = (error: SystemCallError): void => queueMicrotask(() => events.error(error));
  const reportFailedCall = (call: string): void => {
    const error = sockets.lastError(call);
    if (error.code !== 'EAGAIN' && error.code !== 'ENOBUFS') reportError(error);
  };
  let fd: number;
  let watch: Watch;
  try {
    fd = sockets.connect(peer);
    watch = closingOnError(sockets, fd, () =>
      poll.watch(fd, () => {
        const length = sockets.receive(fd, room);
        if (length < 0) reportFailedCall('recv');
        else events.message(pooledCopy(room, 0, length));
      }),
    );
  } catch (error) {
    reportError(error as SystemCallError);
    return { send: () => undefined, close: () => undefined };
  }
  let closed = false;
  return {
    send(message) {
      if (!closed && sockets.send(fd, message) < 0) reportFailedCall('send');
    },
    close() {
      if (closed) return;
      closed = true;
      watch.close();
      sockets.close(fd);
    },
  };
}

function closingOnError<T>(sockets: LinuxSockets, fd: number, run: () => T): T {
  try {
    return run();
  } catch (error) {
    sockets.close(fd);
    throw error;
  }
}
