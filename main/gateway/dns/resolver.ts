import { createSocket, type Socket as UdpSocket } from 'node:dgram';
import { connect, isIP } from 'node:net';
import type { SocketAddress } from '../../platform/socket-address.ts';
import type { RandomNumbers } from './random-numbers.ts';
import { capTtls, FLAG, HEADER_BYTES, OUR_UDP_BYTES, RCODE, TYPE } from './wire.ts';

/** A policy may change at any moment; what was once answered is forgotten after a minute. */
export const MOST_TTL_SECONDS = 60;

/** Questions under way at once; above that, SERVFAIL at once: a flood must not grow our memory. */
const MAX_IN_FLIGHT = 4096;
const ATTEMPT_MS = 1500;
const MAX_ATTEMPTS = 3;
const TCP_MS = 4000;
/** Source ports in use at once per upstream; each serves so many questions and is then exchanged (RFC 5452 section 9.2). */
const POOL_SIZE = 16;
const QUESTIONS_PER_PORT = 1024;

/** A silent upstream is asked last, and asked by ourselves after so long, then ever less often, until it answers again. */
const FIRST_CHECK_MS = 1_000;
const LAST_CHECK_MS = 30_000;

/** What to ask: the question's bytes (name, type, class) as the client spelled them, and what it said about itself. */
export interface Lookup {
  question: Uint8Array;
  /** RD, AD and CD of the client, at their places in the header's flags. */
  flags: number;
  hasOpt: boolean;
  dnssecOk: boolean;
}

export interface Resolver {
  /** `done` is never called before this returns; it gets a whole answer, its TTLs capped and its id 0 (a copy of its own), or null when no upstream gave one. */
  resolve(lookup: Lookup, done: (answer: Buffer | null) => void): void;
  setUpstreams(upstreams: SocketAddress[]): void;
  close(): void;
}

/** `. NS IN` */
const ROOT_LOOKUP: Lookup = { question: Uint8Array.of(0, 0, 2, 0, 1), flags: FLAG.RD, hasOpt: false, dnssecOk: false };

/** One question to the upstreams, through all its attempts. */
interface Pending {
  lookup: Lookup;
  done: (answer: Buffer | null) => void;
  attempt: number;
  /** Whom to ask, in this order and then again from the start. */
  order: readonly SocketAddress[];
  /** SERVFAIL or REFUSED of one upstream: passed on if no other does better. */
  lastFailure: Buffer | null;
}

interface Sent {
  pending: Pending;
  timer: NodeJS.Timeout;
}

interface PoolSocket {
  socket: UdpSocket;
  upstream: SocketAddress;
  inFlight: Map<number, Sent>;
  asked: number;
  ready: boolean;
  waiting: Buffer[];
}

/**
 * Asks the configured upstreams and no one else. Over UDP with a random id from a random port, over TCP where the answer
 * was cut; an answer counts only if its id, sender and question, spelling included, are those asked (RFC 5452 section 9.1).
 */
export function createResolver(upstreams: SocketAddress[], random: RandomNumbers): Resolver {
  let current = upstreams;
  let pools = new Map<string, (PoolSocket | undefined)[]>();
  /** The configured ones, those that are silent last. */
  let order = upstreams;
  let silent = new Map<SocketAddress, { failures: number; timer: NodeJS.Timeout }>();
  let inFlight = 0;
  let closed = false;

  const reorder = (): void => {
    order = [...current.filter((each) => !silent.has(each)), ...current.filter((each) => silent.has(each))];
  };

  /** No client waits for the outcome of a check: the name servers of the root, which every resolver knows. */
  const noteSilence = (upstream: SocketAddress): void => {
    if (closed || silent.has(upstream) || !current.includes(upstream)) return;
    const check = (failures: number): NodeJS.Timeout =>
      setTimeout(
        () => {
          inFlight += 1;
          const done = (answer: Buffer | null): void => {
            if (!silent.has(upstream) || closed) return;
            if (answer === null) silent.set(upstream, { failures, timer: check(failures + 1) });
            else silent.delete(upstream);
            reorder();
          };
          ask({ lookup: ROOT_LOOKUP, done, attempt: MAX_ATTEMPTS - 1, order: [upstream], lastFailure: null });
        },
        Math.min(LAST_CHECK_MS, FIRST_CHECK_MS * 2 ** failures),
      ).unref();
    silent.set(upstream, { failures: 0, timer: check(0) });
    reorder();
  };

  const forgetSilence = (): void => {
    for (const { timer } of silent.values()) clearTimeout(timer);
    silent = new Map();
  };

  const finish = (pending: Pending, answer: Buffer | null): void => {
    inFlight -= 1;
    if (answer !== null && !capTtls(answer, answer.length, MOST_TTL_SECONDS)) answer = null;
    if (answer !== null) {
      answer[0] = 0;
      answer[1] = 0;
    }
    pending.done(answer);
  };

  const next = (pending: Pending): void => {
    pending.attempt += 1;
    if (closed || pending.attempt >= MAX_ATTEMPTS) finish(pending, pending.lastFailure);
    else ask(pending);
  };

  const ask = (pending: Pending): void => {
    const upstream = pending.order[pending.attempt % pending.order.length] as SocketAddress;
    const pool = poolSocket(upstream);
    let id = random.uint16();
    while (pool.inFlight.has(id)) id = random.uint16();
    const timer = setTimeout(() => {
      pool.inFlight.delete(id);
      retireIfUsedUp(pool);
      noteSilence(upstream);
      next(pending);
    }, ATTEMPT_MS);
    pool.inFlight.set(id, { pending, timer });
    pool.asked += 1;
    const message = questionMessage(id, pending.lookup);
    if (pool.ready) send(pool, message);
    else pool.waiting.push(message);
  };

  const send = (pool: PoolSocket, message: Buffer): void => {
    pool.socket.send(message, (error) => {
      if (error) breakSocket(pool);
    });
  };

  const poolSocket = (upstream: SocketAddress): PoolSocket => {
    const key = `${upstream.host} ${upstream.port}`;
    const sockets = pools.get(key) ?? [];
    pools.set(key, sockets);
    const index = random.uint16() % POOL_SIZE;
    const existing = sockets[index];
    if (existing && existing.asked < QUESTIONS_PER_PORT) return existing;
    const made = openSocket(upstream);
    sockets[index] = made;
    if (existing) retireIfUsedUp(existing);
    return made;
  };

  const openSocket = (upstream: SocketAddress): PoolSocket => {
    const socket = createSocket({ type: isIP(upstream.host) === 6 ? 'udp6' : 'udp4' });
    const pool: PoolSocket = { socket, upstream, inFlight: new Map(), asked: 0, ready: false, waiting: [] };
    socket.on('message', (message) => receive(pool, message));
    socket.on('error', () => breakSocket(pool));
    // Connected: the kernel drops what others send, and reports an upstream that is not there at once.
    socket.connect(upstream.port, upstream.host, () => {
      pool.ready = true;
      for (const message of pool.waiting.splice(0)) send(pool, message);
    });
    return pool;
  };

  /** An ICMP error or a failed send: everything that waits on this socket goes to the next upstream at once. */
  const breakSocket = (pool: PoolSocket): void => {
    pool.asked = QUESTIONS_PER_PORT;
    const sent = [...pool.inFlight.values()];
    pool.inFlight.clear();
    retireIfUsedUp(pool);
    if (sent.length > 0) noteSilence(pool.upstream);
    for (const { pending, timer } of sent) {
      clearTimeout(timer);
      next(pending);
    }
  };

  const retireIfUsedUp = (pool: PoolSocket): void => {
    if (pool.asked < QUESTIONS_PER_PORT || pool.inFlight.size > 0) return;
    const sockets = pools.get(`${pool.upstream.host} ${pool.upstream.port}`);
    const index = sockets?.indexOf(pool) ?? -1;
    if (sockets && index !== -1) sockets[index] = undefined;
    closeQuietly(pool.socket);
  };

  const receive = (pool: PoolSocket, message: Buffer): void => {
    if (message.length < HEADER_BYTES) return;
    const id = message.readUInt16BE(0);
    const sent = pool.inFlight.get(id);
    if (!sent || !answers(message, sent.pending.lookup)) return;
    pool.inFlight.delete(id);
    clearTimeout(sent.timer);
    retireIfUsedUp(pool);
    judge(sent.pending, message, pool.upstream);
  };

  const judge = (pending: Pending, message: Buffer, upstream: SocketAddress): void => {
    if ((message.readUInt16BE(2) & FLAG.TC) !== 0) {
      askOverTcp(upstream, questionMessage(random.uint16(), pending.lookup), (answer) => {
        if (answer !== null && answers(answer, pending.lookup)) accept(pending, answer);
        else next(pending);
      });
      return;
    }
    accept(pending, message);
  };

  const accept = (pending: Pending, answer: Buffer): void => {
    const rcode = answer.readUInt16BE(2) & 0xf;
    if (rcode === RCODE.SERVFAIL || rcode === RCODE.REFUSED) {
      pending.lastFailure = answer;
      if (pending.order.length > 1) {
        next(pending);
        return;
      }
    }
    finish(pending, answer);
  };

  return {
    resolve(lookup, done) {
      if (closed || current.length === 0 || inFlight >= MAX_IN_FLIGHT) {
        queueMicrotask(() => done(null));
        return;
      }
      inFlight += 1;
      ask({ lookup, done, attempt: 0, order, lastFailure: null });
    },
    setUpstreams(changed) {
      current = changed;
      order = changed;
      forgetSilence();
      const old = pools;
      pools = new Map();
      for (const sockets of old.values()) {
        for (const pool of sockets) {
          if (!pool) continue;
          pool.asked = QUESTIONS_PER_PORT;
          if (pool.inFlight.size === 0) closeQuietly(pool.socket);
        }
      }
    },
    close() {
      closed = true;
      forgetSilence();
      for (const sockets of pools.values()) for (const pool of sockets) if (pool) breakSocket(pool);
    },
  };
}

function closeQuietly(socket: UdpSocket): void {
  try {
    socket.close();
  } catch {
    // Closed already: an error event and a time-out may both retire it.
  }
}

/** A message of our own with the client's question: OPT is hop by hop and never passed on as it came (RFC 6891 section 6.1.1). */
function questionMessage(id: number, lookup: Lookup): Buffer {
  const { question } = lookup;
  const message = Buffer.alloc(HEADER_BYTES + question.length + (lookup.hasOpt ? 11 : 0));
  message.writeUInt16BE(id, 0);
  message.writeUInt16BE(lookup.flags & (FLAG.RD | FLAG.AD | FLAG.CD), 2);
  message.writeUInt16BE(1, 4);
  message.set(question, HEADER_BYTES);
  if (lookup.hasOpt) {
    const at = HEADER_BYTES + question.length;
    message.writeUInt16BE(1, 10);
    message.writeUInt16BE(TYPE.OPT, at + 1);
    message.writeUInt16BE(OUR_UDP_BYTES, at + 3);
    if (lookup.dnssecOk) message[at + 7] = 0x80;
  }
  return message;
}

/** Whether `message` is an answer to exactly this question. */
function answers(message: Buffer, lookup: Lookup): boolean {
  const { question } = lookup;
  if (message.length < HEADER_BYTES + question.length) return false;
  const flags = message.readUInt16BE(2);
  if ((flags & FLAG.QR) === 0 || (flags & FLAG.OPCODE) !== 0) return false;
  if (message.readUInt16BE(4) !== 1) return false;
  return message.compare(question, 0, question.length, HEADER_BYTES, HEADER_BYTES + question.length) === 0;
}

/** RFC 7766 section 5: over TCP when the answer over UDP was cut. One connection per question; `done` is called once. */
function askOverTcp(upstream: SocketAddress, message: Buffer, done: (answer: Buffer | null) => void): void {
  const id = message.readUInt16BE(0);
  let parts: Buffer[] = [];
  let held = 0;
  let finished = false;
  const socket = connect({ host: upstream.host, port: upstream.port });
  const timer = setTimeout(() => finish(null), TCP_MS);
  const finish = (answer: Buffer | null): void => {
    if (finished) return;
    finished = true;
    clearTimeout(timer);
    socket.destroy();
    done(answer);
  };
  socket.on('connect', () => {
    const length = Buffer.alloc(2);
    length.writeUInt16BE(message.length);
    socket.write(Buffer.concat([length, message]));
  });
  socket.on('data', (chunk) => {
    parts.push(chunk);
    held += chunk.length;
    if (held < 2) return;
    const whole = parts.length === 1 ? chunk : Buffer.concat(parts);
    parts = [whole];
    const length = whole.readUInt16BE(0);
    if (held < 2 + length) return;
    const answer = Buffer.from(whole.subarray(2, 2 + length));
    finish(length >= HEADER_BYTES && answer.readUInt16BE(0) === id ? answer : null);
  });
  socket.on('error', () => finish(null));
  socket.on('close', () => finish(null));
}
