import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import packet, { type Answer, type Packet } from 'dns-packet';

export interface UpstreamDns extends AsyncDisposable {
  /** `host:port`, UDP and TCP. */
  readonly address: string;
  /** The names it was asked for, in order: what a filter has let through. */
  readonly asked: readonly string[];
  close(): Promise<void>;
}

/**
 * A name server that knows the given names and nothing else, in place of the Internet's.
 *
 * @param names IPv4 addresses by lower-case name; they can be added to and taken from while it runs
 */
export async function startUpstreamDns(
  names: ReadonlyMap<string, readonly string[]>,
  { host = '127.0.0.1', port = 0 }: { host?: string; port?: number } = {},
): Promise<UpstreamDns> {
  const asked: string[] = [];

  const answer = (query: Packet): Packet => {
    const question = query.questions?.[0];
    const name = question?.name.toLowerCase() ?? '';
    asked.push(name);
    const addresses = names.get(name);
    const answers: Answer[] =
      question?.type === 'A' ? (addresses ?? []).map((data) => ({ type: 'A', name, ttl: 60, data })) : [];
    return {
      type: 'response',
      id: query.id ?? 0,
      // The low four bits are the response code: NXDOMAIN is 3.
      flags: packet.RECURSION_DESIRED | packet.RECURSION_AVAILABLE | (addresses === undefined ? 3 : 0),
      questions: query.questions ?? [],
      answers,
    };
  };

  const udp = createSocket('udp4');
  udp.on('message', (message, client) => {
    try {
      udp.send(packet.encode(answer(packet.decode(message))), client.port, client.address);
    } catch {
      // What is no query gets no answer.
    }
  });
  udp.bind(port, host);
  await once(udp, 'listening');
  const bound = udp.address().port;

  const connections = new Set<Socket>();
  const tcp = createServer((socket) => {
    connections.add(socket);
    let received = Buffer.alloc(0);
    socket.on('close', () => connections.delete(socket));
    socket.on('error', () => socket.destroy());
    socket.on('data', (part) => {
      received = Buffer.concat([received, part]);
      while (received.length >= 2 && received.length >= 2 + received.readUInt16BE(0)) {
        const end = 2 + received.readUInt16BE(0);
        socket.write(packet.streamEncode(answer(packet.streamDecode(received.subarray(0, end)))));
        received = received.subarray(end);
      }
    });
  });
  tcp.listen(bound, host);
  await once(tcp, 'listening');

  const close = async (): Promise<void> => {
    for (const socket of connections) socket.destroy();
    await Promise.all([
      new Promise<void>((resolve) => udp.close(() => resolve())),
      new Promise<void>((resolve) => tcp.close(() => resolve())),
    ]);
  };
  return { address: `${host}:${bound}`, asked, close, [Symbol.asyncDispose]: close };
}
