import { createSocket, type Socket as DatagramSocket } from 'node:dgram';
import { connect, isIPv6, type Socket } from 'node:net';
import type { Logger } from '../../platform/log/logger.ts';
import type { Clock } from '../../platform/time/clock.ts';
import type { Activity } from '../store/activity.ts';
import type { Changes } from '../store/changes.ts';
import type { Facts } from '../store/facts.ts';
import type { Leases } from '../store/leases.ts';
import { syslogMessage } from './rfc5424.ts';

export interface SyslogReceiver {
  host: string;
  port: number;
  protocol: 'udp' | 'tcp';
}

const RETRY_MS = 5_000;
const CONNECT_MS = 10_000;
const BATCH = 100;
/** A number that is missing may be of a transaction that is under way; none takes as long. */
const UNSETTLED_MS = 30_000;
const SENT = 'syslog-sent';
const LEASE = 'syslog';

/** A way to the receiver. */
interface Line {
  /** Settles once the system has taken the message. */
  send: (message: Buffer) => Promise<void>;
  close: () => void;
}

/**
 * Sends the activity of all organizations to a syslog receiver, in order. The database is the queue: what was sent is remembered there, so
 * that an outage or a restart loses nothing that a connection has not taken. UDP itself promises nothing. One of several hubs on a database
 * sends at a time; what one had sent that was killed before it was noted, the next one sends again.
 */
export async function startSyslog(
  receiver: SyslogReceiver,
  deps: {
    activity: Activity;
    facts: Facts;
    leases: Leases;
    changes: Pick<Changes, 'onLook'>;
    clock: Clock;
    log: Logger;
    hostname: string;
    pid: number;
  },
): Promise<{ stop: () => Promise<void> }> {
  const { activity, facts, leases, clock, hostname, pid } = deps;
  const log = deps.log.child({ part: 'syslog' });
  let line: Line | null = null;
  let running: Promise<void> | null = null;
  let again = false;
  let stopped = false;
  let isDown = false;
  let cancelRetry = (): void => {};
  // A receiver that is new gets what happens from now on.
  const latest = await activity.latest();
  await facts.once(SENT, () => String(latest));
  let sent = 0;

  /** Nothing where another hub sends. */
  const next = async () =>
    (await leases.hold(LEASE)) ? settled(await activity.after(sent, BATCH), sent, clock.wall()) : [];

  async function sendAll(): Promise<void> {
    do {
      again = false;
      if (!(await leases.hold(LEASE))) return;
      sent = Number((await facts.get(SENT)) ?? 0);
      for (let batch = await next(); batch.length > 0; batch = await next()) {
        for (const entry of batch) {
          if (stopped) break;
          line ??= await (receiver.protocol === 'tcp' ? tcpLine(receiver, drop) : udpLine(receiver));
          await line.send(syslogMessage(entry, hostname, pid));
          sent = entry.item.id;
          if (isDown) log.info({ receiver }, 'syslog receiver answers again');
          isDown = false;
        }
        await facts.set(SENT, String(sent));
        if (stopped) return;
      }
    } while (again);
  }

  function wake(): void {
    again = true;
    if (stopped || running !== null) return;
    cancelRetry();
    running = sendAll()
      .catch(async (error: unknown) => {
        drop();
        if (!isDown) log.warn({ receiver, err: error }, 'syslog receiver does not answer; trying again');
        isDown = true;
        await noteSent().catch(() => undefined);
        if (!stopped) cancelRetry = clock.after(RETRY_MS, wake);
      })
      .finally(() => {
        running = null;
        if (again && !isDown) wake();
      });
  }

  /** After a failure, where no other hub has taken over. */
  async function noteSent(): Promise<void> {
    if (sent > 0 && (await leases.hold(LEASE))) await facts.set(SENT, String(sent));
  }

  function drop(): void {
    line?.close();
    line = null;
  }

  // While it is away, the next attempt takes what has come meanwhile.
  const wakeIfUp = (): void => (isDown ? undefined : wake());
  const unsubscribe = activity.onRecord(wakeIfUp);
  const stopLooking = deps.changes.onLook(async () => wakeIfUp());
  wake();
  return {
    stop: async () => {
      unsubscribe();
      stopLooking();
      stopped = true;
      cancelRetry();
      drop();
      await running;
      await leases.release(LEASE).catch(() => undefined);
    },
  };
}

/**
 * The entries before the first that may still be preceded by one that is not saved yet: hubs that share a database take their numbers before
 * they save. Anything older is settled. @param now milliseconds since 1970
 */
export function settled<Entry extends { item: { id: number; at: string } }>(
  entries: readonly Entry[],
  after: number,
  now: number,
): Entry[] {
  const end = entries.findIndex(({ item }, index) => {
    const before = entries[index - 1]?.item.id ?? after;
    return item.id !== before + 1 && Math.abs(now - Date.parse(item.at)) < UNSETTLED_MS;
  });
  return end === -1 ? [...entries] : entries.slice(0, end);
}

async function tcpLine({ host, port }: SyslogReceiver, onLost: () => void): Promise<Line> {
  const { promise, resolve, reject } = Promise.withResolvers<Socket>();
  const socket = connect({ host, port });
  socket.setTimeout(CONNECT_MS, () => socket.destroy(new Error('no connection in time')));
  socket.once('connect', () => {
    socket.setTimeout(0);
    resolve(socket);
  });
  socket.once('error', reject);
  socket.once('close', () => {
    reject(new Error('closed'));
    onLost();
  });
  // What a receiver says back is of no interest, but its end has to be noticed.
  socket.resume();
  await promise;
  return {
    send: (message) => {
      const sending = Promise.withResolvers<void>();
      const framed = Buffer.concat([Buffer.from(`${message.byteLength} `), message]);
      const lost = (): void => sending.reject(new Error('the connection was lost'));
      socket.once('close', lost);
      // Octet counting (RFC 6587 section 3.4.1).
      socket.write(framed, (error) => {
        socket.off('close', lost);
        if (error == null) sending.resolve();
        else sending.reject(error);
      });
      return sending.promise;
    },
    close: () => socket.destroy(),
  };
}

async function udpLine({ host, port }: SyslogReceiver): Promise<Line> {
  const socket: DatagramSocket = createSocket({ type: isIPv6(host) ? 'udp6' : 'udp4' });
  // A refusal that comes back by ICMP says nothing about what arrived.
  socket.on('error', () => undefined);
  socket.unref();
  return {
    send: (message) => {
      const { promise, resolve, reject } = Promise.withResolvers<void>();
      socket.send(message, port, host, (error) => (error === null ? resolve() : reject(error)));
      return promise;
    },
    close: () => socket.close(),
  };
}
