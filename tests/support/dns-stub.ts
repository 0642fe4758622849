import { createSocket } from 'node:dgram';
import { createServer, isIP, type Socket } from 'node:net';
import * as packet from 'dns-packet';
import { formatSocketAddress } from '../../main/platform/net/socket-address.ts';
import { framed } from './dns-client.ts';

/** What the stub makes of a question: records, a whole message of its own, or `null` for silence. */
export type StubAnswer = packet.Answer[] | packet.Packet | Buffer | null;
export type StubRule = (
  asked: packet.Question,
  how: { tcp: boolean; bytes: Buffer },
) => StubAnswer | Promise<StubAnswer>;

export interface DnsStub {
  /** `127.0.0.1:port` or `[::1]:port`, for UDP and TCP. */
  address: string;
  /** The questions it was asked, in order. */
  asked: { name: string; type: string; tcp: boolean; id: number; fromPort: number; bytes: Buffer }[];
  /** Closes the connections that are open now. */
  hangUp(): void;
  close(): Promise<void>;
}

/**
 * An upstream resolver that answers by a table of names (A records), or by a rule. Unknown names are NXDOMAIN. The table may be
 * changed while it runs.
 *
 * @param wantedPort 0 for a free one
 */
export async function startDnsStub(
  zone: Record<string, string | string[]> | StubRule,
  host = '127.0.0.1',
  wantedPort = 0,
): Promise<DnsStub> {
  const rule: StubRule = typeof zone === 'function' ? zone : (asked) => fromTable(zone, asked);
  const asked: DnsStub['asked'] = [];
  const answer = async (bytes: Buffer, tcp: boolean, fromPort: number): Promise<Buffer | null> => {
    const query = packet.decode(bytes);
    const [question] = query.questions ?? [];
    if (!question) return null;
    asked.push({ name: question.name, type: question.type, tcp, id: query.id ?? 0, fromPort, bytes });
    const said = await rule(question, { tcp, bytes });
    if (said === null) return null;
    if (Buffer.isBuffer(said)) {
      const copy = Buffer.from(said);
      copy.writeUInt16BE(query.id ?? 0);
      return copy;
    }
    const message = Array.isArray(said) ? { answers: said } : said;
    return packet.encode({
      type: 'response',
      id: query.id ?? 0,
      questions: query.questions ?? [],
      ...message,
      flags: packet.RECURSION_DESIRED | packet.RECURSION_AVAILABLE | (message.flags ?? 0),
    });
  };

  for (;;) {
    const udp = createSocket(isIP(host) === 6 ? 'udp6' : 'udp4');
    await new Promise<void>((resolve, reject) => {
      udp.once('error', reject).bind(wantedPort, host, resolve);
    });
    const { port } = udp.address();
    let closed = false;
    udp.on('close', () => {
      closed = true;
    });
    udp.on('message', async (bytes, from) => {
      const said = await answer(bytes, false, from.port);
      if (said && !closed) udp.send(said, from.port, from.address);
    });
    const open = new Set<Socket>();
    const tcp = createServer((socket) => {
      open.add(socket);
      let held = Buffer.alloc(0);
      socket.on('error', () => socket.destroy());
      socket.on('close', () => open.delete(socket));
      socket.on('data', async (chunk) => {
        held = Buffer.concat([held, chunk]);
        while (held.length >= 2 && held.length >= 2 + held.readUInt16BE(0)) {
          const question = held.subarray(2, 2 + held.readUInt16BE(0));
          held = held.subarray(2 + held.readUInt16BE(0));
          const said = await answer(question, true, socket.remotePort ?? 0);
          if (said && socket.writable) socket.write(framed(said));
        }
      });
    });
    const bound = await new Promise<boolean>((resolve) => {
      tcp.once('error', () => resolve(false));
      tcp.listen(port, host, () => resolve(true));
    });
    // The number that UDP was given may be taken for TCP: another one.
    if (!bound) {
      udp.close();
      if (wantedPort !== 0) throw new Error(`${host}:${port} is taken for TCP`);
      continue;
    }
    return {
      address: formatSocketAddress({ host, port }),
      asked,
      hangUp: () => {
        for (const socket of open) socket.destroy();
      },
      close: () =>
        new Promise((resolve) => {
          udp.close();
          for (const socket of open) socket.destroy();
          tcp.close(() => resolve());
        }),
    };
  }
}

function fromTable(zone: Record<string, string | string[]>, { name, type }: packet.Question): StubAnswer {
  const addresses = zone[name.toLowerCase()];
  if (addresses === undefined) return { flags: 3 };
  if (type !== 'A') return [];
  return [addresses].flat().map((data) => ({ type: 'A', name, ttl: 300, data }));
}
