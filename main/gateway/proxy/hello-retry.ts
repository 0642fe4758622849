import { type ClientHello, createHelloReader, type HelloReader } from './client-hello.ts';

/**
 * A server may ask for a second ClientHello (RFC 8446 section 4.1.4), and OpenSSL takes the server name of that one: it is read as the
 * first is. Until the server has answered, nothing more of the client's is passed on, so that the second hello cannot run ahead.
 */

/** SHA-256 of "HelloRetryRequest": the random of a ServerHello that is none. */
const HELLO_RETRY_RANDOM = Buffer.from('cf21ad74e59a6111be1d8c021e65b891c2a211167abb8c5e079e09e2c8a8339c', 'hex');

const CHANGE_CIPHER_SPEC = 20;
const HANDSHAKE = 22;
const APPLICATION_DATA = 23;
const SERVER_HELLO = 2;
/** Type, length, version, random. */
const NEEDED = 1 + 3 + 2 + 32;
/** Early data that the server will discard, before its client learns that it does. */
const MAX_SKIPPED = 128 * 1024;

/** @param bytes what the server has sent so far. @returns null while it is not known yet */
export function isHelloRetry(bytes: Uint8Array): boolean | null {
  const message: number[] = [];
  for (let position = 0; message.length < NEEDED; ) {
    if (position < bytes.length && bytes[position] !== HANDSHAKE) return false;
    if (bytes.length < position + 5) return null;
    const size = ((bytes[position + 3] as number) << 8) | (bytes[position + 4] as number);
    if (size === 0) return false;
    const end = Math.min(position + 5 + size, bytes.length);
    for (let at = position + 5; at < end && message.length < NEEDED; at += 1) message.push(bytes[at] as number);
    if (message.length > 0 && message[0] !== SERVER_HELLO) return false;
    if (message.length < NEEDED && bytes.length < position + 5 + size) return null;
    position += 5 + size;
  }
  return HELLO_RETRY_RANDOM.equals(Uint8Array.from(message.slice(6)));
}

/** Reads the second hello, behind what may come before it: a change_cipher_spec for middleboxes, early data. */
export function createSecondHelloReader(): HelloReader {
  let pending: Buffer = Buffer.alloc(0);
  let skipped = 0;
  let hello: HelloReader | null = null;
  return {
    read(chunk): ClientHello {
      if (hello !== null) return hello.read(chunk);
      pending = Buffer.concat([pending, chunk]);
      while (pending.length > 0) {
        const [type] = pending;
        if (type !== CHANGE_CIPHER_SPEC && type !== APPLICATION_DATA) {
          hello = createHelloReader();
          const read = hello.read(pending);
          return read.kind === 'not-tls' ? { kind: 'malformed' } : read;
        }
        if (pending.length < 5) break;
        const end = 5 + pending.readUInt16BE(3);
        if (pending.length < end) break;
        skipped += end;
        if (skipped > MAX_SKIPPED) return { kind: 'malformed' };
        pending = pending.subarray(end);
      }
      return { kind: 'incomplete', atLeast: pending.length + 1 };
    },
  };
}
