import { connect, type Socket } from 'node:net';
import type { SocketAddress } from '../../platform/net/socket-address.ts';
import type { Lookup } from './lookup.ts';
import type { RandomNumbers } from './random-numbers.ts';
import { isAnswerTo, questionMessage } from './upstream-message.ts';
import { ATTEMPT_MS, NO_ANSWER_IN_TIME, type UpstreamTransport } from './upstream-transport.ts';
import { HEADER_BYTES } from './wire.ts';

/**
 * RFC 7766 section 6.2.2 wants few of them. More than one, because there are servers that answer the questions of a connection
 * one after the other, so that a slow name would hold up all others.
 */
const MOST_CONNECTIONS = 3;
/** RFC 7766 section 6.2.3: without a question for so long, it is closed. */
const IDLE_MS = 10_000;

interface Waiting {
  lookup: Lookup;
  done: (answer: Buffer | null, error: string) => void;
  timer: NodeJS.Timeout | undefined;
  on: Connection | null;
  id: number;
  /** Answers that its connection had given when this was asked. */
  answersBefore: number;
  isRepeated: boolean;
}

interface Connection {
  socket: Socket;
  waiting: Map<number, Waiting>;
  held: Buffer;
  answers: number;
}

/** Asks one upstream over TCP (RFC 7766): many questions on a connection that is kept, answered in whatever order. */
export function createTcpConnections({ host, port }: SocketAddress, random: RandomNumbers): UpstreamTransport {
  const connections = new Set<Connection>();
  let retired = false;

  const pick = (): Connection => {
    let best: Connection | null = null;
    for (const each of connections) if (best === null || each.waiting.size < best.waiting.size) best = each;
    return best !== null && (best.waiting.size === 0 || connections.size >= MOST_CONNECTIONS) ? best : open();
  };

  const open = (): Connection => {
    const socket = connect({ host, port, noDelay: true });
    const connection: Connection = { socket, waiting: new Map(), held: Buffer.alloc(0), answers: 0 };
    connections.add(connection);
    let error = 'closed by the upstream';
    socket.on('error', (failure: NodeJS.ErrnoException) => {
      error = failure.code ?? failure.message;
    });
    // No question must be given to one that is on its way out.
    socket.on('end', () => connections.delete(connection));
    socket.on('close', () => ended(connection, error));
    socket.on('data', (chunk) => receive(connection, chunk));
    socket.setTimeout(IDLE_MS, () => {
      if (connection.waiting.size === 0) giveUp(connection, 'idle');
    });
    return connection;
  };

  const giveUp = (connection: Connection, why: string): void => {
    connections.delete(connection);
    connection.socket.destroy(new Error(why));
  };

  const send = (waiting: Waiting): void => {
    const connection = pick();
    let id = random.uint16();
    while (connection.waiting.has(id)) id = random.uint16();
    Object.assign(waiting, { on: connection, id, answersBefore: connection.answers });
    connection.waiting.set(id, waiting);
    const message = questionMessage(id, waiting.lookup);
    const length = Buffer.alloc(2);
    length.writeUInt16BE(message.length);
    // Both in one segment: RFC 7766 section 8.
    connection.socket.write(Buffer.concat([length, message]));
  };

  const finish = (waiting: Waiting, answer: Buffer | null, error: string): void => {
    clearTimeout(waiting.timer);
    const connection = waiting.on;
    connection?.waiting.delete(waiting.id);
    if (retired && connection?.waiting.size === 0) giveUp(connection, 'closed');
    waiting.done(answer, error);
  };

  const receive = (connection: Connection, chunk: Buffer): void => {
    connection.held = connection.held.length === 0 ? chunk : Buffer.concat([connection.held, chunk]);
    for (;;) {
      const { held } = connection;
      const length = held.length < 2 ? null : held.readUInt16BE(0);
      if (length === null || held.length < 2 + length) return;
      connection.held = held.subarray(2 + length);
      if (length < HEADER_BYTES) continue;
      // A copy: it outlives what else came in the same chunk, and is written to.
      const answer = Buffer.from(held.subarray(2, 2 + length));
      const waiting = connection.waiting.get(answer.readUInt16BE(0));
      if (waiting === undefined || !isAnswerTo(answer, waiting.lookup)) continue;
      connection.answers += 1;
      finish(waiting, answer, '');
    }
  };

  /** A server may close a connection whenever it likes: what was under way on one that had served before is asked once more. */
  const ended = (connection: Connection, error: string): void => {
    connections.delete(connection);
    for (const waiting of [...connection.waiting.values()]) {
      connection.waiting.delete(waiting.id);
      if (connection.answers > 0 && !waiting.isRepeated && !retired) {
        waiting.isRepeated = true;
        send(waiting);
      } else finish(waiting, null, error);
    }
  };

  return {
    ask(lookup, done) {
      const waiting: Waiting = {
        ...{ lookup, done, on: null, id: 0, answersBefore: 0, isRepeated: false },
        timer: undefined,
      };
      waiting.timer = setTimeout(() => {
        const connection = waiting.on;
        // Nothing at all since then: whoever is at the other end, if anybody is, will not answer the others either.
        const isDead = connection !== null && connection.answers === waiting.answersBefore;
        finish(waiting, null, NO_ANSWER_IN_TIME);
        if (isDead) giveUp(connection, NO_ANSWER_IN_TIME);
      }, ATTEMPT_MS);
      send(waiting);
    },
    retire() {
      retired = true;
      for (const connection of [...connections]) if (connection.waiting.size === 0) giveUp(connection, 'closed');
    },
    close() {
      retired = true;
      for (const connection of [...connections]) {
        for (const waiting of [...connection.waiting.values()]) finish(waiting, null, 'closed');
        giveUp(connection, 'closed');
      }
    },
  };
}
