/**
 * The server name that a TLS client asks for (RFC 6066 section 3), read from its ClientHello (RFC 8446 section 4.1.2)
 * before anything is forwarded. Nothing is decrypted: where a second hello is encrypted within (RFC 9849), it is the outer one's name.
 * That extension is no reason to refuse: only the server can tell it from the filler that clients send (its section 6.2).
 */
export type ClientHello =
  /** `atLeast`: with fewer bytes than this in total there is no point in asking again. */
  | { kind: 'incomplete'; atLeast: number }
  /** The first bytes are not those of TLS. */
  | { kind: 'not-tls' }
  | { kind: 'malformed' }
  /** `end`: where its last record ends, among all bytes so far. */
  | { kind: 'hello'; serverName: string | null; end: number };

/** What is decided on. */
export type NamedHello = { kind: 'malformed' } | { kind: 'hello'; serverName: string | null };

/** Post-quantum key shares and long tickets come to some kilobytes; a hello beyond this is no hello. */
export const MAX_CLIENT_HELLO = 32 * 1024;

const HANDSHAKE_RECORD = 22;
const CLIENT_HELLO = 1;
const SERVER_NAME = 0;
const HOST_NAME = 0;
const MAX_RECORD = 16384;

const malformed: ClientHello = { kind: 'malformed' };

/** @param bytes everything that the client has sent so far, over as many segments and records as it liked. */
export function readClientHello(bytes: Uint8Array): ClientHello {
  return createHelloReader().read(bytes);
}

export interface HelloReader {
  /** Takes the next bytes in, however few: each is looked at once. */
  read(chunk: Uint8Array): ClientHello;
}

/** Reads a hello that comes in pieces. */
export function createHelloReader(): HelloReader {
  let bytes = Buffer.allocUnsafe(1024);
  let length = 0;
  // Up to here the records are whole, and their fragments in `handshake`.
  let position = 0;
  const handshake: number[] = [];
  let wanted = 4;

  function take(chunk: Uint8Array): void {
    if (length + chunk.length > bytes.length) {
      const larger = Buffer.allocUnsafe(Math.max(2 * bytes.length, length + chunk.length));
      bytes.copy(larger, 0, 0, length);
      bytes = larger;
    }
    bytes.set(chunk, length);
    length += chunk.length;
  }

  return {
    read(chunk) {
      take(chunk);
      if (length === 0) return { kind: 'incomplete', atLeast: 1 };
      if (bytes[0] !== HANDSHAKE_RECORD) return notHandshake(bytes.subarray(0, length));
      while (handshake.length < wanted) {
        if (length < position + 5) return tooLongOr(position + 5);
        const size = u16(bytes, position + 3);
        // RFC 8446 section 5.1: handshake fragments are not empty and not interleaved with other records.
        if (bytes[position] !== HANDSHAKE_RECORD || bytes[position + 1] !== 3 || size === 0 || size > MAX_RECORD) {
          return malformed;
        }
        const end = position + 5 + size;
        if (length < end) return tooLongOr(end);
        for (let i = position + 5; i < end; i += 1) handshake.push(bytes[i] as number);
        position = end;
        if (handshake.length >= 4 && wanted === 4) {
          if (handshake[0] !== CLIENT_HELLO) return malformed;
          wanted = 4 + (((handshake[1] as number) << 16) | ((handshake[2] as number) << 8) | (handshake[3] as number));
          if (wanted > MAX_CLIENT_HELLO) return malformed;
        }
      }
      // What follows in the same record would go past us: it has to be in one of its own (RFC 8446 section 5.1).
      if (handshake.length > wanted) return malformed;
      const serverName = serverNameOf(Uint8Array.from(handshake.slice(4)));
      return serverName === undefined ? malformed : { kind: 'hello', serverName, end: position };
    },
  };
}

/**
 * A conversation that begins with another record of TLS (RFC 8446 section 5.1: 20 to 24) is none as it should be, and some servers pass
 * over it and answer the hello behind it: Go does so after a warning, of any version below 0x1000.
 */
function notHandshake(bytes: Uint8Array): ClientHello {
  const [first = 0, second] = bytes;
  if (first >= 20 && first <= 24) {
    if (second === undefined) return { kind: 'incomplete', atLeast: 2 };
    return second < 0x10 ? malformed : { kind: 'not-tls' };
  }
  return oldHello(bytes) ?? { kind: 'not-tls' };
}

/**
 * RFC 5246 appendix E.2: a hello in the form of SSL 2.0, which names no server and which OpenSSL answers to this day; only its first
 * byte and its third and fourth (the message's type and the version of TLS) tell it.
 */
function oldHello(bytes: Uint8Array): ClientHello | null {
  if ((bytes[0] as number) < 0x80) return null;
  if (bytes.length < 4) return { kind: 'incomplete', atLeast: 4 };
  return bytes[2] === CLIENT_HELLO && bytes[3] === 3 ? malformed : null;
}

function tooLongOr(atLeast: number): ClientHello {
  return atLeast > MAX_CLIENT_HELLO ? malformed : { kind: 'incomplete', atLeast };
}

function u16(bytes: Uint8Array, at: number): number {
  return ((bytes[at] as number) << 8) | (bytes[at + 1] as number);
}

/** @returns null where it names none, undefined where it is malformed */
function serverNameOf(hello: Uint8Array): string | null | undefined {
  let position = 34;
  const skip = (lengthBytes: 1 | 2): boolean => {
    if (position + lengthBytes > hello.length) return false;
    position += lengthBytes + (lengthBytes === 1 ? (hello[position] as number) : u16(hello, position));
    return position <= hello.length;
  };
  // Session id, cipher suites, compression methods.
  if (!skip(1) || !skip(2) || !skip(1)) return undefined;
  if (position === hello.length) return null;
  if (position + 2 > hello.length || position + 2 + u16(hello, position) !== hello.length) return undefined;
  position += 2;
  let serverName: string | null = null;
  while (position < hello.length) {
    if (position + 4 > hello.length) return undefined;
    const type = u16(hello, position);
    const length = u16(hello, position + 2);
    const data = hello.subarray(position + 4, position + 4 + length);
    if (data.length !== length) return undefined;
    position += 4 + length;
    if (type !== SERVER_NAME) continue;
    // Twice the extension, or two names in it: two readers might pick different ones.
    if (serverName !== null) return undefined;
    if (length < 6 || u16(data, 0) !== length - 2 || data[2] !== HOST_NAME || u16(data, 3) !== length - 5) {
      return undefined;
    }
    serverName = '';
    for (const byte of data.subarray(5)) {
      if (byte <= 0x20 || byte > 0x7e) return undefined;
      serverName += String.fromCharCode(byte);
    }
  }
  return serverName;
}
