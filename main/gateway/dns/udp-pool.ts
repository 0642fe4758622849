import { createSocket } from 'node:dgram';
import { isIP } from 'node:net';
import { performance } from 'node:perf_hooks';
import type { SocketAddress } from '../../platform/net/socket-address.ts';
import type { ConnectedUdpSocket, LinuxUdp, UdpHearing } from '../native/linux-udp.ts';
import type { Lookup } from './lookup.ts';
import type { RandomNumbers } from './random-numbers.ts';
import { isAnswerTo, questionMessage } from './upstream-message.ts';
import { ATTEMPT_MS, NO_ANSWER_IN_TIME, type UpstreamTransport } from './upstream-transport.ts';
import { HEADER_BYTES } from './wire.ts';

/**
 * Source ports in use at once; each serves so many questions, for so long, and is then exchanged (RFC 5452 section 9.2): whoever
 * finds out by trying which ports are open (https://www.saddns.net) has found out about those of before.
 */
const POOL_SIZE = 16;
const QUESTIONS_PER_PORT = 1024;
const PORT_MS = 1_000;

interface Sent {
  lookup: Lookup;
  done: (answer: Buffer | null, error: string) => void;
  /** When it is given up. */
  until: number;
}

interface PoolSocket {
  socket: ConnectedUdpSocket;
  /** By id; what was asked first is first. */
  inFlight: Map<number, Sent>;
  asked: number;
  openedAt: number;
}

/**
 * Asks one upstream over UDP, each question with a random id from a random port.
 * @param linux null where the system has no such calls
 * @param now milliseconds; never run backwards
 */
export function createUdpPool(
  upstream: SocketAddress,
  random: RandomNumbers,
  linux: LinuxUdp | null,
  now: () => number = () => performance.now(),
): UpstreamTransport {
  const native = linux === null || upstream.host.includes('%') ? null : linux;
  const sockets: (PoolSocket | undefined)[] = new Array(POOL_SIZE).fill(undefined);
  /** Those, and those that only wait for their last answers. */
  const alive = new Set<PoolSocket>();
  /** No reason for a thread to stay: that is the sockets' part. */
  let timer: NodeJS.Timeout | undefined;

  const pick = (): PoolSocket => {
    const index = random.uint16() % POOL_SIZE;
    const existing = sockets[index];
    if (existing && existing.asked < QUESTIONS_PER_PORT && now() - existing.openedAt < PORT_MS) return existing;
    const made = open();
    sockets[index] = made;
    if (existing) {
      existing.asked = QUESTIONS_PER_PORT;
      closeIfUsedUp(existing);
    }
    return made;
  };

  const open = (): PoolSocket => {
    const hear: UdpHearing = {
      message: (message) => receive(pool, message),
      error: (error) => fail(pool, error.code),
    };
    const socket = native === null ? connectByDgram(upstream, hear) : native.connect(upstream, hear);
    const pool: PoolSocket = { socket, inFlight: new Map(), asked: 0, openedAt: now() };
    alive.add(pool);
    return pool;
  };

  /** An ICMP error or a failed send: everything that waits on this socket has failed, at once. */
  const fail = (pool: PoolSocket, why: string): void => {
    pool.asked = QUESTIONS_PER_PORT;
    const sent = [...pool.inFlight.values()];
    pool.inFlight.clear();
    closeIfUsedUp(pool);
    for (const { done } of sent) done(null, why);
  };

  const closeIfUsedUp = (pool: PoolSocket): void => {
    if (pool.asked < QUESTIONS_PER_PORT || pool.inFlight.size > 0) return;
    const index = sockets.indexOf(pool);
    if (index !== -1) sockets[index] = undefined;
    alive.delete(pool);
    pool.socket.close();
  };

  /** Gives up what has waited too long. One timer for all: they wait equally long, and most of them not even for the timer. */
  const giveUp = (): void => {
    timer = undefined;
    const at = now();
    const late: Sent[] = [];
    let next = Number.POSITIVE_INFINITY;
    for (const pool of alive) {
      for (const [id, sent] of pool.inFlight) {
        if (sent.until > at) {
          next = Math.min(next, sent.until);
          break;
        }
        pool.inFlight.delete(id);
        late.push(sent);
      }
      closeIfUsedUp(pool);
    }
    if (next !== Number.POSITIVE_INFINITY) timer = setTimeout(giveUp, Math.ceil(next - at)).unref();
    for (const { done } of late) done(null, NO_ANSWER_IN_TIME);
  };

  const receive = (pool: PoolSocket, message: Buffer): void => {
    if (message.length < HEADER_BYTES) return;
    const id = message.readUInt16BE(0);
    const sent = pool.inFlight.get(id);
    if (!sent || !isAnswerTo(message, sent.lookup)) return;
    pool.inFlight.delete(id);
    closeIfUsedUp(pool);
    sent.done(message, '');
  };

  return {
    ask(lookup, done) {
      const pool = pick();
      let id = random.uint16();
      while (pool.inFlight.has(id)) id = random.uint16();
      pool.inFlight.set(id, { lookup, done, until: now() + ATTEMPT_MS });
      timer ??= setTimeout(giveUp, ATTEMPT_MS).unref();
      pool.asked += 1;
      pool.socket.send(questionMessage(id, lookup));
    },
    retire() {
      for (const pool of alive) {
        pool.asked = QUESTIONS_PER_PORT;
        closeIfUsedUp(pool);
      }
    },
    close() {
      clearTimeout(timer);
      for (const pool of alive) fail(pool, 'closed');
    },
  };
}

/** Node's own socket. Connected: the kernel drops what others send, and reports an upstream that is not there at once. */
function connectByDgram({ host, port }: SocketAddress, hear: UdpHearing): ConnectedUdpSocket {
  const socket = createSocket({ type: isIP(host) === 6 ? 'udp6' : 'udp4' });
  let early: Uint8Array[] | null = [];
  const failed = (error: NodeJS.ErrnoException): void =>
    hear.error(Object.assign(error, { code: error.code ?? error.message }));
  const send = (message: Uint8Array): void =>
    socket.send(message, (error) => {
      if (error) failed(error);
    });
  socket.on('message', (message) => hear.message(message));
  socket.on('error', failed);
  // With an error, of which Node's types do not know.
  socket.connect(port, host, (error?: NodeJS.ErrnoException) => {
    const messages = early ?? [];
    early = null;
    if (error) failed(error);
    else for (const message of messages) send(message);
  });
  return {
    send(message) {
      if (early === null) send(message);
      else early.push(message);
    },
    close() {
      try {
        socket.close();
      } catch {
        // Closed already: an error event and a time-out may both do it.
      }
    },
  };
}
