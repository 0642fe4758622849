import { connect, type Socket } from 'node:net';
import { waitFor } from '../../support/background-process.ts';

/** Event streams held by plain sockets: a client that costs next to nothing itself. */
export interface HeldStreams {
  readonly count: number;
  /** Milliseconds from `start` until the first and the last had that revision. */
  arrivals(revision: number, start: number): Promise<{ first: number; last: number }>;
  close(): void;
}

interface Stream {
  socket: Socket;
  /** Of the newest revision, and when it came. */
  revision: number;
  at: number;
}

/** Connections that are opened at a time. */
const OPENING = 100;
const REVISION = /data: \{"org":"[^"]+","revision":(\d+)\}/g;

/** Opens `count` streams, shared out among the tokens; resolves when each has had its first event. */
export async function holdStreams(url: string, tokens: readonly string[], count: number): Promise<HeldStreams> {
  const { host, port } = new URL(url);
  const streams: Stream[] = [];
  let next = 0;

  async function open(): Promise<void> {
    while (next < count) {
      const index = next;
      next += 1;
      const socket = connect(Number(port), '127.0.0.1');
      const stream: Stream = { socket, revision: 0, at: 0 };
      streams.push(stream);
      socket.setEncoding('latin1');
      const { promise: begun, resolve, reject } = Promise.withResolvers<void>();
      socket.on('error', reject).on('data', (text) => {
        if (String(text).startsWith('HTTP/1.1') && !String(text).startsWith('HTTP/1.1 200')) {
          return reject(new Error(`stream ${index}: ${String(text).slice(0, 400)}`));
        }
        for (const [, revision] of String(text).matchAll(REVISION)) {
          stream.revision = Number(revision);
          stream.at = performance.now();
          resolve();
        }
      });
      socket.write(
        `GET /v1/orgs/acme/registry-access/events HTTP/1.1\r\nhost: ${host}\r\n` +
          `authorization: Bearer ${tokens[index % tokens.length]}\r\n\r\n`,
      );
      await begun;
    }
  }
  await Promise.all(Array.from({ length: OPENING }, open));

  return {
    count,
    async arrivals(revision, start) {
      await waitFor('the last stream', () => streams.every((one) => one.revision >= revision), 600_000);
      const times = streams.map(({ at }) => at - start).sort((a, b) => a - b);
      return { first: times[0] ?? 0, last: times.at(-1) ?? 0 };
    },
    close() {
      for (const { socket } of streams) socket.destroy();
    },
  };
}
