import { createServer, type IncomingMessage, type RequestListener, type Server, type ServerResponse } from 'node:http';
import { problem } from '../../../shared/problems/catalogue.ts';
import { ProblemError } from '../../../shared/problems/problem.ts';
import { dropStalled } from '../../platform/net/drop-stalled.ts';
import { listen } from '../../platform/net/listen.ts';
import { responseWith } from './hub-response.ts';

export const LOOPBACK = '127.0.0.1';
const LOOPBACK_V6 = '::1';

/** How long a request in progress may take to finish before its connection is closed. */
const GRACE_MS = 3000;
/** So long a client may take nothing of an answer. */
const STALLED_MS = 60_000;
/** Each of them may hold some memory and a descriptor. A fleet keeps one stream per machine open here: bigger ones use the static export. */
const MAX_CONNECTIONS = 50_000;
/** A port that is free on IPv4 may be taken on IPv6. */
const FREE_PORT_ATTEMPTS = 8;

export interface Listeners {
  port: number;
  close: () => Promise<void>;
}

/**
 * Listens on `host`, and for 127.0.0.1 on ::1 as well: the public address says `localhost`, and another program
 * listening on ::1 would be sent the passwords.
 *
 * @param port 0 picks a free one
 * @param headers on every response; what answers may override them
 * @throws ProblemError `port-in-use`, `cannot-listen`
 */
export async function openListeners(
  host: string,
  port: number,
  headers: Readonly<Record<string, string>>,
  answer: RequestListener,
): Promise<Listeners> {
  const open = (at: string, on: number) => openServer(at, on, responseWith(headers), answer);
  for (let attempt = 1; ; attempt += 1) {
    const first = await open(host, port);
    try {
      const servers = [first.server];
      if (host === LOOPBACK) {
        const second = await open(LOOPBACK_V6, first.port).catch(ignoreMissingIpv6);
        if (second !== undefined) servers.push(second.server);
      }
      return { port: first.port, close: async () => void (await Promise.all(servers.map(close))) };
    } catch (error) {
      await close(first.server);
      const portTaken = error instanceof ProblemError && error.problem.code === 'port-in-use';
      if (!portTaken || port !== 0 || attempt === FREE_PORT_ATTEMPTS) throw error;
    }
  }
}

async function openServer(
  host: string,
  port: number,
  response: typeof ServerResponse<IncomingMessage>,
  answer: RequestListener,
): Promise<{ server: Server; port: number }> {
  const server = createServer(
    {
      // Uploading a million registries takes a while on a slow line; headers do not.
      ...{ requestTimeout: 10 * 60_000, headersTimeout: 15_000, keepAliveTimeout: 30_000 },
      // Most requests have no body, and a stream for it costs as much as finding out who is asking.
      optimizeEmptyRequests: true,
      ServerResponse: response,
    },
    answer,
  );
  server.maxConnections = MAX_CONNECTIONS;
  dropStalled(server, STALLED_MS);
  await listen(server, { host, port, exclusive: true }).catch((error: unknown) => {
    throw listenProblem(error, host, port);
  });
  const address = server.address();
  return { server, port: typeof address === 'object' && address !== null ? address.port : port };
}

function listenProblem(error: unknown, host: string, port: number): ProblemError {
  if (errno(error) === 'EADDRINUSE') return new ProblemError(problem('port-in-use', { host, port }), { cause: error });
  const cause = error instanceof Error ? error.message : String(error);
  return new ProblemError(problem('cannot-listen', { host, port }, { cause }), { cause: error });
}

/** Without IPv6 no other program can listen on ::1 either. */
function ignoreMissingIpv6(error: unknown): undefined {
  const code = error instanceof ProblemError ? errno(error.cause) : undefined;
  if (code !== 'EADDRNOTAVAIL' && code !== 'EAFNOSUPPORT') throw error;
}

function errno(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined;
}

async function close(server: Server): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  server.close(() => resolve());
  server.closeIdleConnections();
  const timer = setTimeout(() => server.closeAllConnections(), GRACE_MS);
  await promise;
  clearTimeout(timer);
}
