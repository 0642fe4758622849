import { performance } from 'node:perf_hooks';
import type { SocketAddress } from '../../platform/net/socket-address.ts';
import type { ConnectedUdpSocket, UdpTransport } from '../native/udp-transport.ts';
import type { Lookup } from './lookup.ts';
import type { RandomNumbers } from './random-numbers.ts';
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
 * Source ports in use at once, each for this many questions and this long (RFC 5452 section 9.2): whoever finds out which ports
 * are open by trying (https://www.saddns.net) has found out about earlier ones.
 */
const POOL_SIZE = 16;
const QUESTIONS_PER_PORT = 1024;
const PORT_MS = 1_000;

interface PendingQuestion {
  lookup: Lookup;
  done: AttemptCallback;
  late: LateCallback;
  /** When it fails, or being late is given up, on the pool's clock. */
  deadline: number;
}

interface PoolSocket {
  socket: ConnectedUdpSocket;
  /** By id, the oldest question first. */
  inFlight: Map<number, PendingQuestion>;
  /** Those that have failed, but may still be answered. */
  late: Map<number, PendingQuestion>;
  asked: number;
  openedAt: number;
}

/**
 * Asks one upstream over UDP, each question with a random id from a random port.
 * @param now milliseconds; never run backwards
 */
export function createUdpPool(
  upstream: SocketAddress,
  random: RandomNumbers,
  udp: UdpTransport,
  now: () => number = () => performance.now(),
): UpstreamChannel {
  const sockets: (PoolSocket | undefined)[] = new Array(POOL_SIZE).fill(undefined);
  /** These, and those that only wait for their last answers. */
  const open = new Set<PoolSocket>();
  /** Does not keep the thread alive: the sockets do. */
  let expiryTimer: NodeJS.Timeout | undefined;
  /** When that is due, on the pool's clock. */
  let expiresAt = Number.POSITIVE_INFINITY;

  const pickSocket = (): PoolSocket => {
    const index = random.uint16() % POOL_SIZE;
    const existing = sockets[index];
    if (existing && existing.asked < QUESTIONS_PER_PORT && now() - existing.openedAt < PORT_MS) return existing;
    const opened = openSocket();
    sockets[index] = opened;
    if (existing) {
      existing.asked = QUESTIONS_PER_PORT;
      closeIfUsedUp(existing);
    }
    return opened;
  };

  const openSocket = (): PoolSocket => {
    const socket = udp.connect(upstream, {
      message: (message) => receive(pooled, message),
      error: (error) => failAll(pooled, error.code),
    });
    const pooled: PoolSocket = { socket, inFlight: new Map(), late: new Map(), asked: 0, openedAt: now() };
    open.add(pooled);
    return pooled;
  };

  /** After an ICMP error or a failed send everything in flight on this socket has failed. */
  const failAll = (pooled: PoolSocket, error: string): void => {
    pooled.asked = QUESTIONS_PER_PORT;
    const failed = [...pooled.inFlight.values()];
    const late = [...pooled.late.values()];
    pooled.inFlight.clear();
    pooled.late.clear();
    closeIfUsedUp(pooled);
    for (const { done } of failed) done(null, error);
    for (const pending of late) pending.late(null);
  };

  const closeIfUsedUp = (pooled: PoolSocket): void => {
    if (pooled.asked < QUESTIONS_PER_PORT || pooled.inFlight.size > 0 || pooled.late.size > 0) return;
    const index = sockets.indexOf(pooled);
    if (index !== -1) sockets[index] = undefined;
    open.delete(pooled);
    pooled.socket.close();
  };

  const expireAt = (deadline: number): void => {
    if (deadline >= expiresAt) return;
    clearTimeout(expiryTimer);
    expiresAt = deadline;
    expiryTimer = setTimeout(expire, Math.ceil(deadline - now())).unref();
  };

  /** Fails what has waited too long. One timer for all questions: all wait equally long, and few until the timer. */
  const expire = (): void => {
    expiresAt = Number.POSITIVE_INFINITY;
    const at = now();
    const expired: PendingQuestion[] = [];
    const gaveUp: LateCallback[] = [];
    let nextDeadline = Number.POSITIVE_INFINITY;
    const takeExpired = (
      questions: Map<number, PendingQuestion>,
      take: (pending: PendingQuestion, id: number) => void,
    ) => {
      for (const [id, pending] of questions) {
        if (pending.deadline > at) {
          nextDeadline = Math.min(nextDeadline, pending.deadline);
          break;
        }
        questions.delete(id);
        take(pending, id);
      }
    };
    for (const pooled of open) {
      takeExpired(pooled.inFlight, (pending, id) => {
        pending.deadline += LATEST_MS - ATTEMPT_MS;
        pooled.late.set(id, pending);
        expired.push(pending);
      });
      takeExpired(pooled.late, ({ late }) => gaveUp.push(late));
      closeIfUsedUp(pooled);
    }
    expireAt(nextDeadline);
    for (const { done } of expired) done(null, NO_ANSWER_IN_TIME);
    for (const late of gaveUp) late(null);
  };

  const receive = (pooled: PoolSocket, message: Buffer): void => {
    if (message.length < HEADER_BYTES) return;
    const id = message.readUInt16BE(0);
    const pending = pooled.inFlight.get(id) ?? pooled.late.get(id);
    const answer = pending ? answerTo(message, pending.lookup) : null;
    if (!pending || answer === null) return;
    const isInTime = pooled.inFlight.delete(id);
    if (!isInTime) pooled.late.delete(id);
    closeIfUsedUp(pooled);
    if (isInTime) pending.done(answer, '');
    else pending.late(answer);
  };

  return {
    ask(lookup, done, late) {
      const pooled = pickSocket();
      const deadline = now() + ATTEMPT_MS;
      let id = random.uint16();
      while (pooled.inFlight.has(id) || pooled.late.has(id)) id = random.uint16();
      pooled.inFlight.set(id, { lookup, done, late, deadline });
      expireAt(deadline);
      pooled.asked += 1;
      pooled.socket.send(questionMessage(id, lookup));
    },
    closeWhenIdle() {
      for (const pooled of open) {
        pooled.asked = QUESTIONS_PER_PORT;
        closeIfUsedUp(pooled);
      }
    },
    close() {
      clearTimeout(expiryTimer);
      for (const pooled of open) failAll(pooled, 'closed');
    },
  };
}
