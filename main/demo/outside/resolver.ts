import { createSocket } from 'node:dgram';
import * as packet from 'dns-packet';

/** Answers over UDP for these names, each at an IPv4 address; every other name does not exist. @returns its address */
export async function startResolver(
  running: AsyncDisposableStack,
  addresses: ReadonlyMap<string, string>,
): Promise<string> {
  const socket = createSocket('udp4');
  socket.on('message', (bytes, from) => {
    const answer = answerTo(bytes, addresses);
    if (answer !== null) socket.send(answer, from.port, from.address);
  });
  await new Promise<void>((resolve, reject) => {
    socket.once('error', reject);
    socket.bind(0, '127.0.0.1', resolve);
  });
  running.defer(() => new Promise<void>((resolve) => socket.close(resolve)));
  return `127.0.0.1:${socket.address().port}`;
}

/** @returns null for what is no question */
function answerTo(bytes: Buffer, addresses: ReadonlyMap<string, string>): Buffer | null {
  let query: packet.Packet;
  try {
    query = packet.decode(bytes);
  } catch {
    return null;
  }
  const [question] = query.questions ?? [];
  if (question === undefined || query.type !== 'query') return null;
  const data = addresses.get(question.name.toLowerCase());
  const { name, type } = question;
  return packet.encode({
    type: 'response',
    id: query.id ?? 0,
    flags: packet.AUTHORITATIVE_ANSWER | (data === undefined ? NAME_ERROR : 0),
    questions: [question],
    answers: data === undefined || type !== 'A' ? [] : [{ type, name, ttl: 60, data }],
  });
}

/** RFC 1035 section 4.1.1, RCODE 3. */
const NAME_ERROR = 3;
