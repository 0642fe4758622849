import type { Socket } from 'node:net';
import { type ClientHello, readClientHello } from './client-hello.ts';
import type { SocketReader } from './socket-reader.ts';

/** How long a tunnel waits, in milliseconds. */
export interface TunnelLimits {
  /** A client that has begun a handshake must finish its hello in this time. */
  hello: number;
  /** From the opening to the client's first words. */
  silent: number;
  /** Then between two words of either side. */
  idle: number;
  /** After one side has said all it has to say, the other gets this long without a byte. */
  halfClosed: number;
}
export const TUNNEL_LIMITS: TunnelLimits = { hello: 10_000, silent: 30_000, idle: 15 * 60_000, halfClosed: 120_000 };

const KEEP_ALIVE_MS = 60_000;

/** TLS alert `access_denied`, fatal (RFC 8446 section 6): what a client whose hello is refused prints. */
const ACCESS_DENIED = Buffer.from([21, 3, 3, 0, 2, 2, 49]);

/** One side of a tunnel, and how it is read. */
export interface TunnelEnd {
  socket: Socket;
  reader: SocketReader;
}

export interface TunnelEnds {
  near: TunnelEnd;
  far: TunnelEnd;
  /** What the client sent before its tunnel was open. */
  head: Buffer;
  /** Decides on the client's first words; false ends the tunnel. */
  isAllowed: (hello: Extract<ClientHello, { kind: 'hello' | 'malformed' }>) => boolean;
  onClose: () => void;
  limits: TunnelLimits;
}

/** Carries bytes both ways until both sides have ended; each side is read only as fast as the other takes it. */
export function joinTunnel({ near, far, head, isAllowed, onClose, limits }: TunnelEnds): void {
  const [client, upstream] = [near.socket, far.socket];
  let closed = false;
  const close = (): void => {
    if (closed) return;
    closed = true;
    clearTimeout(lateHello);
    client.destroy();
    upstream.destroy();
    onClose();
  };
  // Runs from the client's first byte: in some protocols the server speaks first.
  let lateHello: NodeJS.Timeout | undefined;
  let pending: Buffer = Buffer.alloc(0);
  let atLeast = 1;
  let isOpen = false;
  const resumeClient = (): void => void client.resume();
  const resumeUpstream = (): void => void upstream.resume();
  const forward = (chunk: Buffer, to: Socket, resume: () => void): boolean => {
    to.write(chunk, resume);
    // Nearly always the kernel has taken it all by now; else nothing more is read until it has.
    return to.writableLength === 0;
  };
  const fromClient = (chunk: Buffer): boolean => {
    if (isOpen) return forward(chunk, upstream, resumeClient);
    lateHello ??= setTimeout(close, limits.hello);
    // A copy: the chunk's memory is read into again.
    pending = Buffer.concat([pending, chunk]);
    if (pending.length < atLeast) return true;
    const hello = readClientHello(pending);
    if (hello.kind === 'incomplete') {
      atLeast = hello.atLeast;
      return true;
    }
    clearTimeout(lateHello);
    if (hello.kind !== 'not-tls' && !isAllowed(hello)) {
      client.end(ACCESS_DENIED, close);
      upstream.destroy();
      return true;
    }
    isOpen = true;
    client.setTimeout(limits.idle);
    const first = pending;
    pending = Buffer.alloc(0);
    return forward(first, upstream, resumeClient);
  };

  // Reading and writing both count, so that a download is not idle, nor a server that speaks first.
  client.setTimeout(limits.silent, close);
  near.reader.flowTo(fromClient);
  far.reader.flowTo((chunk) => forward(chunk, client, resumeUpstream));

  const halfClosed = (): void => {
    client.setTimeout(limits.halfClosed);
    upstream.setTimeout(limits.halfClosed, close);
  };
  client.on('end', () => {
    // A hello that never became whole is not passed on.
    if (!isOpen && pending.length > 0) {
      close();
      return;
    }
    upstream.end();
    halfClosed();
  });
  upstream.on('end', () => {
    client.end();
    halfClosed();
  });
  for (const socket of [client, upstream]) {
    socket.on('error', close);
    socket.on('close', () => {
      // An orderly end leaves the other direction open; a reset does not.
      if (client.destroyed && upstream.destroyed) close();
      else if (socket.errored || !socket.readableEnded) close();
    });
    socket.setNoDelay(true);
    socket.setKeepAlive(true, KEEP_ALIVE_MS);
  }
  if (head.length > 0 && !fromClient(head)) client.pause();
}
