import { createServer, isIP, type Socket } from 'node:net';
import { createUnsent, type Unsent } from '../../platform/net/unsent.ts';
import type { Client } from './client-table.ts';
import type { Listener, ListenerOptions } from './listener.ts';
import { ANSWER_LATER, ANSWER_ROOM, NO_ANSWER, type QueryContext } from './responder.ts';
import { framed, TcpFrames } from './tcp-frames.ts';

/** RFC 7766 section 6.2.3: after a few seconds without a question the connection is closed. */
const IDLE_MS = 10_000;
const MAX_CONNECTIONS = 512;
/**
 * Of these for one client, and for everyone outside `allowFrom` together: nobody can take the connections of others (RFC 7766
 * section 10).
 */
const MAX_CONNECTIONS_PER_CLIENT = 256;
const MAX_CONNECTIONS_OF_STRANGERS = 16;
/** Questions of one connection in flight; above that nothing is read from it (RFC 7766 section 6.2.1.1). */
const MAX_PIPELINED = 64;
/** While a client leaves so much untaken, nothing is read from it. */
const MAX_UNSENT_BYTES = 64 * 1024;
/** Answers to the questions in flight come all the same: 64 of 64 KiB at most. Of all clients together, less. */
const UNSENT = { perPeer: 8 * 1024 * 1024, total: 16 * 1024 * 1024, stalled: IDLE_MS };
/** A question with every option is far shorter; the length bytes alone must not make us keep 64 KiB. */
const MAX_QUERY_BYTES = 4096;

export interface TcpListenerOptions extends ListenerOptions {
  /** A client announced a message longer than any question. */
  onOversized: () => void;
}

/** Rejects with the bind error. */
export async function listenTcp(options: TcpListenerOptions): Promise<Listener> {
  const { address, clients, shared, descriptor } = options;
  const open = new Set<Socket>();
  const places = new ConnectionPlaces();
  const unsent = createUnsent(UNSENT);
  // Half open: a client that has sent its last question still waits for the answers.
  const server = createServer({ noDelay: true, allowHalfOpen: true }, (socket) => {
    const client = clients.find(socket.remoteAddress ?? '');
    if (!places.reserve(client)) {
      socket.destroy();
      return;
    }
    open.add(socket);
    socket.on('close', () => {
      open.delete(socket);
      places.release(client);
    });
    new TcpConnection(socket, client, options, unsent).serve();
  });
  server.maxConnections = MAX_CONNECTIONS;
  const ipv6Only = isIP(address.host) === 6;
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    const where = descriptor === undefined ? { ...address, reusePort: shared, ipv6Only } : { fd: descriptor };
    server.listen({ ...where, exclusive: true }, () => {
      server.off('error', reject);
      // accept(2) may run out of descriptors; the listener stays.
      server.on('error', () => undefined);
      resolve();
    });
  });
  return {
    pause: () => void server.close(),
    close: () =>
      new Promise((resolve) => {
        // Where it was paused there is nothing to close any more, and this is called all the same.
        server.close(() => resolve());
        for (const socket of open) socket.destroy();
      }),
  };
}

/** How many connections each client has; `null` stands for all strangers together. */
class ConnectionPlaces {
  readonly #open = new Map<Client | null, number>();

  /** Returns false where the client has as many connections as it may. */
  reserve(client: Client | null): boolean {
    const count = this.#open.get(client) ?? 0;
    if (count >= (client === null ? MAX_CONNECTIONS_OF_STRANGERS : MAX_CONNECTIONS_PER_CLIENT)) return false;
    this.#open.set(client, count + 1);
    return true;
  }

  release(client: Client | null): void {
    const count = (this.#open.get(client) ?? 0) - 1;
    if (count > 0) this.#open.set(client, count);
    else this.#open.delete(client);
  }
}

/** One connection: many questions in a row, answered in whatever order the answers are ready (RFC 7766 section 7). */
class TcpConnection {
  readonly #socket: Socket;
  readonly #options: TcpListenerOptions;
  readonly #unsent: Unsent;
  readonly #context: QueryContext;
  readonly #frames = new TcpFrames();
  readonly #out = new Uint8Array(ANSWER_ROOM);
  #inFlight = 0;
  #clientEnded = false;
  /** Runs while a question is incomplete: sending it byte by byte must not keep a connection open. */
  #incompleteTimer: NodeJS.Timeout | undefined;

  constructor(socket: Socket, client: Client | null, options: TcpListenerOptions, unsent: Unsent) {
    this.#socket = socket;
    this.#unsent = unsent;
    this.#options = options;
    this.#context = {
      ...{ view: options.view, client, clients: options.clients, crowd: 0, overTcp: true },
      answerLater: () => (answer, length) => {
        this.#send(answer, length);
        this.#inFlight -= 1;
        this.#work();
      },
    };
  }

  serve(): void {
    const socket = this.#socket;
    socket.setTimeout(IDLE_MS, () => {
      if (this.#inFlight === 0) socket.destroy();
    });
    socket.on('data', (chunk) => {
      this.#frames.append(chunk);
      this.#work();
    });
    socket.on('drain', () => this.#work());
    // The client has no more questions; those in flight are still answered.
    socket.on('end', () => {
      this.#clientEnded = true;
      this.#work();
    });
    socket.on('error', () => socket.destroy());
    socket.on('close', () => clearTimeout(this.#incompleteTimer));
  }

  #isBusy(): boolean {
    return this.#inFlight >= MAX_PIPELINED || this.#socket.writableLength > MAX_UNSENT_BYTES;
  }

  /** Answers every complete question there is room for, then waits for more, for room, or for the end. */
  #work(): void {
    while (!this.#isBusy()) {
      if ((this.#frames.nextLength() ?? 0) > MAX_QUERY_BYTES) {
        this.#options.onOversized();
        this.#socket.destroy();
        return;
      }
      const message = this.#frames.next();
      if (message === null) break;
      this.#stopIncompleteTimer();
      this.#answer(message);
    }
    if (this.#isBusy() || !this.#frames.hasPartial()) this.#stopIncompleteTimer();
    else this.#incompleteTimer ??= setTimeout(() => this.#socket.destroy(), IDLE_MS);
    if (this.#isBusy()) this.#socket.pause();
    else if (this.#socket.isPaused()) this.#socket.resume();
    if (this.#clientEnded && this.#inFlight === 0) this.#socket.end();
  }

  #answer(message: Buffer): void {
    const written = this.#options.responder.answer(this.#context, message, message.length, this.#out);
    if (written === ANSWER_LATER) this.#inFlight += 1;
    else if (written !== NO_ANSWER) this.#send(this.#out, written);
  }

  #send(answer: Uint8Array, length: number): void {
    if (!this.#socket.writable) return;
    this.#socket.write(framed(answer, length));
    this.#unsent.wrote(this.#socket);
  }

  #stopIncompleteTimer(): void {
    clearTimeout(this.#incompleteTimer);
    this.#incompleteTimer = undefined;
  }
}
