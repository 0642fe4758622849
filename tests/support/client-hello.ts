import { createHash } from 'node:crypto';

/** A ClientHello of our own making (RFC 8446 section 4.1.2), with the given extensions as type and data. */
export function clientHello(extensions: [number, number[]][]): Buffer {
  const list = extensions.flatMap(([type, data]) => [
    type >> 8,
    type & 255,
    data.length >> 8,
    data.length & 255,
    ...data,
  ]);
  const body = [3, 3, ...new Array(32).fill(7), 0, 0, 2, 0x13, 1, 1, 0, list.length >> 8, list.length & 255, ...list];
  const handshake = [1, 0, body.length >> 8, body.length & 255, ...body];
  return Buffer.from([22, 3, 1, handshake.length >> 8, handshake.length & 255, ...handshake]);
}

/** The extension of RFC 6066 section 3. */
export function serverName(...names: string[]): [number, number[]] {
  const list = names.flatMap((name) => [0, name.length >> 8, name.length & 255, ...Buffer.from(name)]);
  return [0, [list.length >> 8, list.length & 255, ...list]];
}

/** A server's answer to a hello (RFC 8446 section 4.1.3), as far as we read it. */
export function serverHello(random = Buffer.alloc(32, 9)): Buffer {
  const body = [3, 3, ...random, 0, 0x13, 1, 0, 0, 0];
  const handshake = [2, 0, body.length >> 8, body.length & 255, ...body];
  return Buffer.from([22, 3, 3, handshake.length >> 8, handshake.length & 255, ...handshake]);
}

/** The same as a request for another hello (its section 4.1.4). */
export function helloRetry(): Buffer {
  return serverHello(createHash('sha256').update('HelloRetryRequest').digest());
}
