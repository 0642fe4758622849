import { createServer, type RequestListener, type Server } from 'node:http';
import { ProblemError } from '../../../shared/problems/problem.ts';
import { listen } from '../../platform/net/listen.ts';

export const LOOPBACK = '127.0.0.1';
const LOOPBACK_V6 = '::1';

/** An answer under way may finish for this long before its connection is cut. */
const FINISH_MS = 3000;
/** Free for one address family is not free for the other; a few tries find one that is free for both. */
const FREE_PORT_TRIES = 8;

export interface Listeners {
  port: number;
  close: () => Promise<void>;
}

/**
 * Listens on `host`, and where that is 127.0.0.1 on ::1 as well: the address given out says `localhost`, and whoever
 * answered on the other family would be handed the passwords.
 *
 * @param port 0 picks a free one
 * @throws ProblemError `port-in-use`, `cannot-listen`
 */
export async function openListeners(host: string, port: number, answer: RequestListener): Promise<Listeners> {
  for (let tries = 1; ; tries += 1) {
    const first = await openOne(host, port, answer);
    try {
      const servers = [first.server];
      if (host === LOOPBACK) {
        const second = await openOne(LOOPBACK_V6, first.port, answer).catch(ignoreMissingFamily);
        if (second !== undefined) servers.push(second.server);
      }
      return { port: first.port, close: async () => void (await Promise.all(servers.map(close))) };
    } catch (error) {
      await close(first.server);
      const taken = error instanceof ProblemError && error.problem.code === 'port-in-use';
      if (!taken || port !== 0 || tries === FREE_PORT_TRIES) throw error;
    }
  }
}

async function openOne(host: string, port: number, answer: RequestListener): Promise<{ server: Server; port: number }> {
  // A million registries take a while on a slow line; headers do not.
  const server = createServer(
    { requestTimeout: 10 * 60_000, headersTimeout: 15_000, keepAliveTimeout: 30_000 },
    answer,
  );
  await listen(server, { host, port, exclusive: true }).catch((error: unknown) => {
    throw listenProblem(error, host, port);
  });
  const address = server.address();
  return { server, port: typeof address === 'object' && address !== null ? address.port : port };
}

function listenProblem(error: unknown, host: string, port: number): ProblemError {
  const code = errno(error);
  return new ProblemError(
    code === 'EADDRINUSE'
      ? {
          code: 'port-in-use',
          message: `Port ${port} on ${host} is in use by another program.`,
          next: 'Stop that program, or set another listen.port; clients must then be told the new address.',
        }
      : {
          code: 'cannot-listen',
          message: `The hub cannot listen on ${host}, port ${port}.`,
          cause: error instanceof Error ? error.message : String(error),
          next: 'Set listen.host to an address of this machine, and listen.port to one that you may use.',
        },
    { cause: error },
  );
}

/** A machine without IPv6 has nobody who could answer there either. */
function ignoreMissingFamily(error: unknown): undefined {
  const cause = error instanceof ProblemError ? errno(error.cause) : undefined;
  if (cause !== 'EADDRNOTAVAIL' && cause !== 'EAFNOSUPPORT') throw error;
}

function errno(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined;
}

async function close(server: Server): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  server.close(() => resolve());
  server.closeIdleConnections();
  const cut = setTimeout(() => server.closeAllConnections(), FINISH_MS);
  await promise;
  clearTimeout(cut);
}
