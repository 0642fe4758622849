import { createSocket } from 'node:dgram';
import { on, once } from 'node:events';
import { connect, isIP } from 'node:net';
import * as packet from 'dns-packet';
import { parseSocketAddress } from '../../main/platform/net/socket-address.ts';

export interface DnsAnswer extends packet.DecodedPacket {
  /** `NOERROR`, `NXDOMAIN`, …; `dns-packet` gives it, its types do not know. */
  rcode: string;
  bytes: Buffer;
}

const ANSWER_MS = 10_000;
let nextId = 1;

/** A question as bytes, by `dns-packet`. */
export function question(name: string, type = 'A', options: packet.Packet = {}): Buffer {
  nextId = (nextId % 65_000) + 1;
  return packet.encode({
    type: 'query',
    id: nextId,
    flags: packet.RECURSION_DESIRED,
    questions: [{ name, type: type as 'A', class: 'IN' }],
    ...options,
  });
}

/** An OPT record that says what a client can take over UDP. */
export function edns(udpPayloadSize = 1232, flags = 0): packet.Packet {
  return {
    additionals: [
      { type: 'OPT', name: '.', udpPayloadSize, flags, extendedRcode: 0, ednsVersion: 0, flag_do: false, options: [] },
    ],
  };
}

/** Sends the bytes over UDP and resolves with the answer's; null if none came in `ms` milliseconds. */
export async function exchangeUdp(server: string, bytes: Uint8Array, ms = ANSWER_MS): Promise<Buffer | null> {
  const { host, port } = parseSocketAddress(server);
  const socket = createSocket(isIP(host) === 6 ? 'udp6' : 'udp4');
  try {
    const answers = on(socket, 'message', { signal: AbortSignal.timeout(ms) });
    socket.send(bytes, port, host);
    // The port may have been somebody else's a moment ago, to whom others still have something to say: this very server, too.
    const isOurs = (answer: Buffer): boolean => bytes.length < 2 || answer.subarray(0, 2).equals(bytes.subarray(0, 2));
    for await (const [answer, from] of answers) if (from.port === port && isOurs(answer)) return answer;
    return null;
  } catch (error) {
    if (error instanceof Error && error.name === 'AbortError') return null;
    throw error;
  } finally {
    socket.close();
  }
}

/** Sends the messages over one TCP connection, all at once, and resolves with as many answers in the order they came. */
export async function exchangeTcp(server: string, messages: Uint8Array[], ms = ANSWER_MS): Promise<Buffer[]> {
  const { host, port } = parseSocketAddress(server);
  const socket = connect({ host, port });
  const timer = setTimeout(() => socket.destroy(new Error('no answer over TCP')), ms);
  try {
    await once(socket, 'connect');
    for (const message of messages) socket.write(framed(message));
    const answers: Buffer[] = [];
    let held = Buffer.alloc(0);
    for await (const chunk of socket) {
      held = Buffer.concat([held, chunk]);
      while (held.length >= 2 && held.length >= 2 + held.readUInt16BE(0)) {
        answers.push(held.subarray(2, 2 + held.readUInt16BE(0)));
        held = held.subarray(2 + held.readUInt16BE(0));
      }
      if (answers.length === messages.length) break;
    }
    return answers;
  } finally {
    clearTimeout(timer);
    socket.destroy();
  }
}

export function framed(message: Uint8Array): Buffer {
  const length = Buffer.alloc(2);
  length.writeUInt16BE(message.length);
  return Buffer.concat([length, message]);
}

export interface AskOptions {
  type?: string;
  tcp?: boolean;
  /** Anything else of the message, such as `edns()`. */
  message?: packet.Packet;
}

/** Asks and decodes, over UDP unless told otherwise. Fails where no answer comes. */
export async function ask(server: string, name: string, options: AskOptions = {}): Promise<DnsAnswer> {
  const bytes = question(name, options.type, options.message);
  const answer = options.tcp ? (await exchangeTcp(server, [bytes]))[0] : await exchangeUdp(server, bytes);
  if (!answer) throw new Error(`no answer for ${name} from ${server}`);
  return { ...(packet.decode(answer) as DnsAnswer), bytes: answer };
}

/** Extended DNS Errors (RFC 8914) of an answer: code and text. */
export function extendedErrors({ additionals = [] }: packet.DecodedPacket): { code: number; text: string }[] {
  return additionals.flatMap((record) =>
    record.type !== 'OPT'
      ? []
      : (record.options as unknown as { code: number; data: Buffer }[])
          .filter(({ code }) => code === 15)
          .map(({ data }) => ({ code: data.readUInt16BE(0), text: data.subarray(2).toString('utf8') })),
  );
}
