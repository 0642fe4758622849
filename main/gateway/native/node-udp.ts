import { createSocket, type RemoteInfo } from 'node:dgram';
import { isIP } from 'node:net';
import type { SocketAddress } from '../../platform/net/socket-address.ts';
import {
  type ConnectedUdpSocket,
  type Datagram,
  type DatagramHandler,
  MAX_REPLY_BYTES,
  type UdpEvents,
  type UdpListener,
  type UdpListenOptions,
  type UdpTransport,
} from './udp-transport.ts';

/** UDP by Node's `dgram`, one datagram at a time. */
export const nodeUdp: UdpTransport = { batches: false, listen, connect };

async function listen(options: UdpListenOptions, handler: DatagramHandler): Promise<UdpListener> {
  const { address, shared, receiveBufferBytes } = options;
  const family = isIP(address.host);
  const socket = createSocket({
    type: family === 6 ? 'udp6' : 'udp4',
    ipv6Only: family === 6,
    reusePort: shared,
    recvBufferSize: receiveBufferBytes,
    // Addresses are literals; the default look-up would queue each reply in the resolver's thread pool.
    lookup: (host, _options, done) => done(null, host, family),
  });
  let room = new ReplyRoom();
  let sender = { address: '', port: 0 };
  const datagram: Datagram = {
    ...{ bytes: room.bytes, length: 0, sender: '', crowd: 0, reply: room.bytes },
    replyLater() {
      const { address: host, port } = sender;
      return (message, length) => {
        try {
          socket.send(message.subarray(0, length), port, host);
        } catch {
          // The socket was closed in the meantime.
        }
      };
    },
  };
  socket.on('message', (message: Buffer, from: RemoteInfo) => {
    // Nothing can be sent to port 0.
    if (from.port === 0) return;
    sender = from;
    datagram.bytes = message;
    datagram.length = message.length;
    datagram.sender = from.address;
    datagram.reply = room.bytes;
    const length = handler(datagram);
    if (length <= 0) return;
    // No callback: it would cost a turn of the tick queue per reply, only to ignore an error.
    socket.send(room.first(length), from.port, from.address);
    // Nearly always sent at once; if not, the bytes must stay unchanged until the socket takes them.
    if (socket.getSendQueueCount() > 0) room = new ReplyRoom();
  });
  await new Promise<void>((resolve, reject) => {
    socket.once('error', reject);
    socket.bind({ address: address.host, port: address.port, exclusive: true }, () => {
      socket.off('error', reject);
      // Such as an ICMP error for a reply that nobody waited for.
      socket.on('error', () => undefined);
      resolve();
    });
  });
  return { pause: () => undefined, close: () => new Promise((resolve) => socket.close(() => resolve())) };
}

/** Memory for one reply, used again and again: allocating per question costs more than looking up the name. */
class ReplyRoom {
  readonly bytes = new Uint8Array(MAX_REPLY_BYTES);
  readonly #views: Uint8Array[] = [];

  first(length: number): Uint8Array {
    this.#views[length] ??= this.bytes.subarray(0, length);
    return this.#views[length];
  }
}

/** Connected, so that the kernel drops what others send and reports an absent peer at once. */
function connect({ host, port }: SocketAddress, events: UdpEvents): ConnectedUdpSocket {
  const socket = createSocket({ type: isIP(host) === 6 ? 'udp6' : 'udp4' });
  let sentBeforeConnected: Uint8Array[] | null = [];
  const fail = (error: NodeJS.ErrnoException): void =>
    events.error(Object.assign(error, { code: error.code ?? error.message }));
  const send = (message: Uint8Array): void =>
    socket.send(message, (error) => {
      if (error) fail(error);
    });
  socket.on('message', (message) => events.message(message));
  socket.on('error', fail);
  // Node's types do not know of the error argument.
  socket.connect(port, host, (error?: NodeJS.ErrnoException) => {
    const messages = sentBeforeConnected ?? [];
    sentBeforeConnected = null;
    if (error) fail(error);
    else for (const message of messages) send(message);
  });
  return {
    send(message) {
      if (sentBeforeConnected === null) send(message);
      else sentBeforeConnected.push(message);
    },
    close() {
      try {
        socket.close();
      } catch {
        // Already closed: an error event and a time-out may both close it.
      }
    },
  };
}
