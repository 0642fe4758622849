import { connect, type Socket } from 'node:net';
import type { SocketAddress } from '../../platform/net/socket-address.ts';
import type { Lookup } from './lookup.ts';
import type { RandomNumbers } from './random-numbers.ts';
import { framed, TcpFrames } from './tcp-frames.ts';
import {
  ATTEMPT_MS,
  type AttemptCallback,
  LATEST_MS,
  type LateCallback,
  NO_ANSWER_IN_TIME,
  type UpstreamChannel,
} from './upstream-channel.ts';
import { answerTo, questionMessage } from './upstream-message.ts';
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
  late: LateCallback;
  /** `done` was told that there is no answer. */
  isLate: boolean;
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
  /** Those that further questions may use. */
  const connections = new Set<Connection>();
  /** These, and those that only wait for their last answers. */
  const open = new Set<Connection>();
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
    open.add(connection);
    let error = 'connection closed by the upstream';
    socket.on('error', (failure: NodeJS.ErrnoException) => {
      error = failure.code ?? failure.message;
    });
    // It is about to close: no more questions for it.
    socket.on('end', () => connections.delete(connection));
    socket.on('close', () => {
      open.delete(connection);
      repeatOrFailAll(connection, error);
    });
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
      const ours = pending === undefined ? null : answerTo(answer, pending.lookup);
      if (pending === undefined || ours === null) continue;
      connection.answers += 1;
      finish(pending, ours, '');
    }
  };

  const finish = (pending: PendingQuestion, answer: Buffer | null, error: string): void => {
    clearTimeout(pending.timer);
    const { connection } = pending;
    connection?.inFlight.delete(pending.id);
    if (connection?.inFlight.size === 0 && !connections.has(connection)) destroy(connection, 'closed');
    if (!pending.isLate) pending.done(answer, error);
    else pending.late(answer);
  };

  /** Whether a question may be asked once more, because its connection had answered before: not for an upstream that is dead. */
  const mayRepeat = ({ answers }: Connection, pending: PendingQuestion): boolean =>
    answers > 0 && !pending.wasRepeated && !pending.isLate && !closing;

  const repeat = (pending: PendingQuestion): void => {
    pending.wasRepeated = true;
    send(pending);
  };

  /** A server may close a connection at any time. */
  const repeatOrFailAll = (connection: Connection, error: string): void => {
    connections.delete(connection);
    for (const pending of [...connection.inFlight.values()]) {
      connection.inFlight.delete(pending.id);
      if (mayRepeat(connection, pending)) repeat(pending);
      else finish(pending, null, error);
    }
  };

  const expire = (pending: PendingQuestion): void => {
    const { connection } = pending;
    pending.isLate = true;
    pending.timer = setTimeout(() => finish(pending, null, NO_ANSWER_IN_TIME), LATEST_MS - ATTEMPT_MS);
    if (connection !== null && connection.answers === pending.answersBefore) leave(connection);
    pending.done(null, NO_ANSWER_IN_TIME);
  };

  /** It has answered nothing for long: it is dead, or answers one question after the other. Others do not wait for it. */
  const leave = (connection: Connection): void => {
    connections.delete(connection);
    for (const pending of [...connection.inFlight.values()].filter((each) => mayRepeat(connection, each))) {
      connection.inFlight.delete(pending.id);
      repeat(pending);
    }
  };

  return {
    ask(lookup, done, late) {
      const pending: PendingQuestion = {
        ...{
          lookup,
          done,
          late,
          isLate: false,
          timer: undefined,
          connection: null,
          id: 0,
          answersBefore: 0,
          wasRepeated: false,
        },
      };
      pending.timer = setTimeout(() => expire(pending), ATTEMPT_MS);
      send(pending);
    },
    closeWhenIdle() {
      closing = true;
      const idle = [...connections].filter(({ inFlight }) => inFlight.size === 0);
      connections.clear();
      for (const connection of idle) destroy(connection, 'closed');
    },
    close() {
      closing = true;
      for (const connection of [...open]) {
        for (const pending of [...connection.inFlight.values()]) finish(pending, null, 'closed');
        destroy(connection, 'closed');
      }
    },
  };
}
