import type { Socket } from 'node:net';
import { createHelloReader, type NamedHello } from './client-hello.ts';
import { createSecondHelloReader, isHelloRetry } from './hello-retry.ts';
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
  /** Decides on a hello of the client's; false ends the tunnel. */
  isAllowed: (hello: NamedHello) => boolean;
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
  /** What of the client is not passed on yet. */
  let pending: Buffer[] = [];
  let stage: 'first-hello' | 'answer' | 'second-hello' | 'open' | 'denied' = 'first-hello';
  let hello = createHelloReader();
  /** What the server has said since the first hello was passed on. */
  let answer = Buffer.alloc(0);
  const resumeClient = (): void => void client.resume();
  const resumeUpstream = (): void => void upstream.resume();
  const forward = (chunk: Buffer, to: Socket, resume: () => void): boolean => {
    to.write(chunk, resume);
    // Nearly always the kernel has taken it all by now; else nothing more is read until it has.
    return to.writableLength === 0;
  };
  const forwardHeld = (end = Number.POSITIVE_INFINITY): boolean => {
    const held = Buffer.concat(pending);
    pending = end < held.length ? [held.subarray(end)] : [];
    return held.length === 0 || forward(held.subarray(0, end), upstream, resumeClient);
  };
  const fromClient = (chunk: Buffer): boolean => {
    if (stage === 'open') return forward(chunk, upstream, resumeClient);
    // A copy: the chunk's memory is read into again.
    pending.push(Buffer.from(chunk));
    // Nothing more before the server has answered: see `fromServer`.
    return stage === 'answer' ? false : readHello(chunk);
  };
  const readHello = (chunk: Buffer): boolean => {
    lateHello ??= setTimeout(close, limits.hello);
    const read = hello.read(chunk);
    if (read.kind === 'incomplete') return true;
    clearTimeout(lateHello);
    lateHello = undefined;
    if (read.kind !== 'not-tls' && !isAllowed(read)) {
      stage = 'denied';
      client.end(ACCESS_DENIED, close);
      upstream.destroy();
      return true;
    }
    client.setTimeout(limits.idle);
    if (stage === 'second-hello' || read.kind !== 'hello') {
      stage = 'open';
      return forwardHeld();
    }
    stage = 'answer';
    return forwardHeld(read.end) && pending.length === 0;
  };
  const fromServer = (chunk: Buffer): boolean => {
    if (stage === 'answer') readAnswer(chunk);
    return stage === 'denied' || forward(chunk, client, resumeUpstream);
  };
  const readAnswer = (chunk: Buffer): void => {
    answer = Buffer.concat([answer, chunk]);
    const isRetry = isHelloRetry(answer);
    if (isRetry === null) return;
    let isTaken = true;
    if (isRetry) {
      stage = 'second-hello';
      hello = createSecondHelloReader();
      const early = Buffer.concat(pending);
      if (early.length > 0) isTaken = readHello(early);
    } else {
      stage = 'open';
      isTaken = forwardHeld();
    }
    if (isTaken) client.resume();
  };

  // Reading and writing both count, so that a download is not idle, nor a server that speaks first.
  client.setTimeout(limits.silent, close);
  near.reader.flowTo(fromClient);
  far.reader.flowTo(fromServer);

  const halfClosed = (): void => {
    client.setTimeout(limits.halfClosed);
    upstream.setTimeout(limits.halfClosed, close);
  };
  client.on('end', () => {
    // A hello that never became whole is not passed on.
    if (stage !== 'open' && pending.length > 0) {
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
