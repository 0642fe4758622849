import { connect, type Socket } from 'node:net';
import type { SocketAddress } from '../../platform/net/socket-address.ts';
import type { Lookup } from './lookup.ts';
import type { RandomNumbers } from './random-numbers.ts';
import { framed, TcpFrames } from './tcp-frames.ts';
import { ATTEMPT_MS, type AttemptCallback, NO_ANSWER_IN_TIME, type UpstreamChannel } from './upstream-channel.ts';
import { isAnswerTo, questionMessage } from './upstream-message.ts';
import { HEADER_BYTES } from './wire.ts';

/**
 * RFC 7766 section 6.2.2 asks for few. More than one, because some servers answer the questions of a connection one after the
 * other, so that a slow name would hold up all others.
 */
const MAX_CONNECTIONS = 3;
/** RFC 7766 section 6.2.3: closed after this long without a question. */
const IDLE_MS = 10_000;

interface PendingQuestion {
  lookup: Lookup;
  done: AttemptCallback;
  timer: NodeJS.Timeout | undefined;
  connection: Connection | null;
  id: number;
  /** How many answers its connection had given when it was sent. */
  answersBefore: number;
  wasRepeated: boolean;
}

interface Connection {
  socket: Socket;
  inFlight: Map<number, PendingQuestion>;
  frames: TcpFrames;
  /** How many answers it has given. */
  answers: number;
}

/** Asks one upstream over TCP (RFC 7766): many questions per connection, answered in any order. */
export function createTcpConnections({ host, port }: SocketAddress, random: RandomNumbers): UpstreamChannel {
  const connections = new Set<Connection>();
  let closing = false;

  /** An idle connection, a new one, or where there may be no more the one with the fewest questions in flight. */
  const pickConnection = (): Connection => {
    let best: Connection | null = null;
    for (const each of connections) if (best === null || each.inFlight.size < best.inFlight.size) best = each;
    return best !== null && (best.inFlight.size === 0 || connections.size >= MAX_CONNECTIONS) ? best : openConnection();
  };

  const openConnection = (): Connection => {
    const socket = connect({ host, port, noDelay: true });
    const connection: Connection = { socket, inFlight: new Map(), frames: new TcpFrames(), answers: 0 };
    connections.add(connection);
    let error = 'connection closed by the upstream';
    socket.on('error', (failure: NodeJS.ErrnoException) => {
      error = failure.code ?? failure.message;
    });
    // It is about to close: no more questions for it.
    socket.on('end', () => connections.delete(connection));
    socket.on('close', () => repeatOrFailAll(connection, error));
    socket.on('data', (chunk) => receive(connection, chunk));
    socket.setTimeout(IDLE_MS, () => {
      if (connection.inFlight.size === 0) destroy(connection, 'idle');
    });
    return connection;
  };

  const destroy = (connection: Connection, reason: string): void => {
    connections.delete(connection);
    connection.socket.destroy(new Error(reason));
  };

  const send = (pending: PendingQuestion): void => {
    const connection = pickConnection();
    let id = random.uint16();
    while (connection.inFlight.has(id)) id = random.uint16();
    Object.assign(pending, { connection, id, answersBefore: connection.answers });
    connection.inFlight.set(id, pending);
    const message = questionMessage(id, pending.lookup);
    connection.socket.write(framed(message, message.length));
  };

  const receive = (connection: Connection, chunk: Buffer): void => {
    connection.frames.append(chunk);
    for (let frame = connection.frames.next(); frame !== null; frame = connection.frames.next()) {
      if (frame.length < HEADER_BYTES) continue;
      // A copy, because it is changed and kept for longer than the rest of the chunk.
      const answer = Buffer.from(frame);
      const pending = connection.inFlight.get(answer.readUInt16BE(0));
      if (pending === undefined || !isAnswerTo(answer, pending.lookup)) continue;
      connection.answers += 1;
      finish(pending, answer, '');
    }
  };

  const finish = (pending: PendingQuestion, answer: Buffer | null, error: string): void => {
    clearTimeout(pending.timer);
    const { connection } = pending;
    connection?.inFlight.delete(pending.id);
    if (closing && connection?.inFlight.size === 0) destroy(connection, 'closed');
    pending.done(answer, error);
  };

  /** A server may close a connection at any time: where it had answered before, what was in flight is asked once more. */
  const repeatOrFailAll = (connection: Connection, error: string): void => {
    connections.delete(connection);
    for (const pending of [...connection.inFlight.values()]) {
      connection.inFlight.delete(pending.id);
      if (connection.answers > 0 && !pending.wasRepeated && !closing) {
        pending.wasRepeated = true;
        send(pending);
      } else finish(pending, null, error);
    }
  };

  const expire = (pending: PendingQuestion): void => {
    const { connection } = pending;
    // It has answered nothing since: nobody is there, or will answer the other questions either.
    const isDead = connection !== null && connection.answers === pending.answersBefore;
    finish(pending, null, NO_ANSWER_IN_TIME);
    if (isDead) destroy(connection, NO_ANSWER_IN_TIME);
  };

  return {
    ask(lookup, done) {
      const pending: PendingQuestion = {
        ...{ lookup, done, timer: undefined, connection: null, id: 0, answersBefore: 0, wasRepeated: false },
      };
      pending.timer = setTimeout(() => expire(pending), ATTEMPT_MS);
      send(pending);
    },
    closeWhenIdle() {
      closing = true;
      for (const connection of [...connections]) if (connection.inFlight.size === 0) destroy(connection, 'closed');
    },
    close() {
      closing = true;
      for (const connection of [...connections]) {
        for (const pending of [...connection.inFlight.values()]) finish(pending, null, 'closed');
        destroy(connection, 'closed');
      }
    },
  };
}
