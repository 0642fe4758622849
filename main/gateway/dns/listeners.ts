import { createSocket, type RemoteInfo } from 'node:dgram';
import { createServer, isIP, type Socket } from 'node:net';
import type { View } from '../../../shared/reasons.ts';
import type { SocketAddress } from '../../platform/net/socket-address.ts';
import { BATCH_SIZE } from '../native/datagram-batch.ts';
import type { LinuxUdp } from '../native/linux-udp.ts';
import type { Client, ClientTable } from './client-table.ts';
import { ANSWER_LATER, ANSWER_ROOM, NO_ANSWER, type QueryContext, type Responder } from './responder.ts';

/** RFC 7766 section 6.2.3: a few seconds without a question, and the connection goes. */
const TCP_IDLE_MS = 10_000;
const MAX_TCP_CONNECTIONS = 512;
/**
 * Of these for one client, and for all who are outside `allowFrom` together: nobody can take the places of others (RFC 7766
 * section 10).
 */
const MAX_TCP_OF_CLIENT = 256;
const MAX_TCP_OF_STRANGERS = 16;
/** Questions of one connection under way at once; above that it is not read from (RFC 7766 section 6.2.1.1). */
const MAX_PIPELINED = 64;
const MAX_UNSENT_BYTES = 256 * 1024;
/** A question with every option there is stays far below; the length bytes alone must not make us hold 64 KiB. */
const MAX_QUERY_BYTES = 4096;

export interface Listener {
  close(): Promise<void>;
}

export interface ListenerOptions {
  view: View;
  address: SocketAddress;
  responder: Responder;
  clients: ClientTable;
  /** Something that nobody foresaw was thrown; other questions do not suffer for it. */
  onFault: (error: unknown) => void;
  /** A TCP client announced a message that no question needs. */
  onOversized: () => void;
  /** Several threads on one address: the kernel deals out the questions (SO_REUSEPORT, Linux). */
  shared: boolean;
  /** null where the system has no such calls. */
  linux: LinuxUdp | null;
}

/** Batches that are read before others on this thread have their turn. */
const BATCHES_IN_A_ROW = 8;
const UDP_BUFFER_BYTES = 4 * 1024 * 1024;

/** Many messages with each system call, where the system has that; else one by one. Rejects with the bind error. */
export async function listenUdp(options: ListenerOptions): Promise<Listener> {
  // The name of an interface is beyond inet_pton(3).
  return options.linux === null || options.address.host.includes('%')
    ? listenByDgram(options)
    : listenByBatches(options, options.linux);
}

function listenByBatches(options: ListenerOptions, linux: LinuxUdp): Listener {
  const { view, address, shared, responder, clients, onFault } = options;
  const socket = linux.bind(address, shared, UDP_BUFFER_BYTES);
  const { batch } = linux;
  let current = 0;
  const asker: QueryContext = {
    ...{ view, client: null, clients, overTcp: false },
    later() {
      const sender = batch.senderOf(current);
      return (answer, length) => socket.sendTo(sender, answer, length);
    },
  };
  const answer = (i: number): void => {
    // Source port 0 cannot be answered, and none of ours may be reflected there.
    if (batch.portOf(i) === 0) return;
    current = i;
    asker.client = clients.find(batch.addressOf(i));
    const [message, out] = [batch.messages[i] as Uint8Array, batch.answers[i] as Uint8Array];
    const length = responder.answer(asker, message, batch.lengthOf(i), out);
    if (length > 0) batch.reply(i, length);
  };
  socket.onReadable(() => {
    for (let turn = 0; turn < BATCHES_IN_A_ROW; turn += 1) {
      const count = socket.receive();
      for (let i = 0; i < count; i += 1) {
        try {
          answer(i);
        } catch (error) {
          onFault(error);
        }
      }
      socket.send();
      if (count < BATCH_SIZE) return;
    }
  });
  return {
    async close() {
      socket.close();
    },
  };
}

async function listenByDgram(options: ListenerOptions): Promise<Listener> {
  const { view, address, responder, clients, onFault } = options;
  const family = isIP(address.host);
  const socket = createSocket({
    type: family === 6 ? 'udp6' : 'udp4',
    ipv6Only: family === 6,
    reusePort: options.shared,
    recvBufferSize: UDP_BUFFER_BYTES,
    // Addresses are literals; the built-in path would ask the resolver's thread pool for each answer.
    lookup: (host, _options, done) => done(null, host, family),
  });
  let sender = { address: '', port: 0 };
  const asker: QueryContext = {
    ...{ view, client: null, clients, overTcp: false },
    later() {
      const { address: host, port } = sender;
      return (answer, length) => {
        try {
          socket.send(answer.subarray(0, length), port, host);
        } catch {
          // Closed while an upstream was thinking.
        }
      };
    },
  };
  let out = new AnswerBuffer();
  const answer = (message: Buffer, from: RemoteInfo): void => {
    // Source port 0 cannot be answered, and none of ours may be reflected there.
    if (from.port === 0) return;
    sender = from;
    asker.client = clients.find(from.address);
    const length = responder.answer(asker, message, message.length, out.bytes);
    if (length <= 0) return;
    // Without a callback: it would cost a turn of the tick queue for each answer, only to ignore an error.
    socket.send(out.first(length), from.port, from.address);
    // Sent at once, as nearly always; else the bytes must stay what they are until the socket can take them.
    if (socket.getSendQueueCount() > 0) out = new AnswerBuffer();
  };
  socket.on('message', (message, from) => {
    try {
      answer(message, from);
    } catch (error) {
      onFault(error);
    }
  });
  await new Promise<void>((resolve, reject) => {
    socket.once('error', reject);
    socket.bind({ address: address.host, port: address.port, exclusive: true }, () => {
      socket.off('error', reject);
      // An ICMP error for an answer that nobody waited for.
      socket.on('error', () => undefined);
      resolve();
    });
  });
  return { close: () => new Promise((resolve) => socket.close(() => resolve())) };
}

/** Room for one answer, used again and again: an allocation per question costs more than the look-up. */
class AnswerBuffer {
  readonly bytes = new Uint8Array(ANSWER_ROOM);
  readonly #views: Uint8Array[] = [];

  first(length: number): Uint8Array {
    this.#views[length] ??= this.bytes.subarray(0, length);
    return this.#views[length];
  }
}

/** Rejects with the bind error. */
export async function listenTcp(options: ListenerOptions): Promise<Listener> {
  const { address } = options;
  const open = new Set<Socket>();
  const places = new Map<Client | null, number>();
  // Half open: whoever has sent its last question still waits for the answers.
  const server = createServer({ noDelay: true, allowHalfOpen: true }, (socket) => {
    const client = options.clients.find(socket.remoteAddress ?? '');
    const taken = places.get(client) ?? 0;
    if (taken >= (client === null ? MAX_TCP_OF_STRANGERS : MAX_TCP_OF_CLIENT)) {
      socket.destroy();
      return;
    }
    places.set(client, taken + 1);
    open.add(socket);
    socket.on('close', () => {
      open.delete(socket);
      const left = (places.get(client) ?? 0) - 1;
      if (left > 0) places.set(client, left);
      else places.delete(client);
    });
    serveTcpClient(socket, client, options);
  });
  server.maxConnections = MAX_TCP_CONNECTIONS;
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(
      {
        host: address.host,
        port: address.port,
        exclusive: true,
        reusePort: options.shared,
        ipv6Only: isIP(address.host) === 6,
      },
      () => {
        server.off('error', reject);
        // accept(2) may run out of descriptors; the listener stays.
        server.on('error', () => undefined);
        resolve();
      },
    );
  });
  return {
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of open) socket.destroy();
      }),
  };
}

/** RFC 7766: two bytes of length, then a message; many in a row, answered in whatever order they are ready. */
function serveTcpClient(socket: Socket, client: Client | null, options: ListenerOptions): void {
  const { responder, clients } = options;
  const asker: QueryContext = {
    ...{ view: options.view, client, clients, overTcp: true },
    later: () => (answer, length) => {
      send(answer, length);
      pending -= 1;
      work();
    },
  };
  const out = new Uint8Array(ANSWER_ROOM);
  let held: Buffer = Buffer.alloc(0);
  let pending = 0;
  let ended = false;
  /** Runs while a question has begun and is not whole: bytes one by one keep nobody's place. */
  let late: NodeJS.Timeout | undefined;

  const send = (answer: Uint8Array, length: number): void => {
    if (!socket.writable) return;
    const framed = Buffer.allocUnsafe(2 + length);
    framed.writeUInt16BE(length);
    framed.set(answer.subarray(0, length), 2);
    socket.write(framed);
  };
  const busy = (): boolean => pending >= MAX_PIPELINED || socket.writableLength > MAX_UNSENT_BYTES;

  const work = (): void => {
    while (!busy() && held.length >= 2) {
      const length = held.readUInt16BE(0);
      if (length > MAX_QUERY_BYTES) {
        options.onOversized();
        socket.destroy();
        return;
      }
      if (held.length < 2 + length) break;
      const message = held.subarray(2, 2 + length);
      held = held.subarray(2 + length);
      clearTimeout(late);
      late = undefined;
      const written = responder.answer(asker, message, length, out);
      if (written === ANSWER_LATER) pending += 1;
      else if (written !== NO_ANSWER) send(out, written);
    }
    if (busy() || held.length === 0) {
      clearTimeout(late);
      late = undefined;
    } else late ??= setTimeout(() => socket.destroy(), TCP_IDLE_MS);
    if (busy()) socket.pause();
    else if (socket.isPaused()) socket.resume();
    if (ended && pending === 0) socket.end();
  };

  socket.setTimeout(TCP_IDLE_MS, () => {
    if (pending === 0) socket.destroy();
  });
  socket.on('data', (chunk) => {
    held = held.length === 0 ? chunk : Buffer.concat([held, chunk]);
    work();
  });
  socket.on('drain', work);
  // The client has asked all it wants to; what is under way is still answered.
  socket.on('end', () => {
    ended = true;
    work();
  });
  socket.on('error', () => socket.destroy());
  socket.on('close', () => clearTimeout(late));
}
