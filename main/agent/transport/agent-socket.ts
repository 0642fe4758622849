import { createServer, type Server, type Socket } from 'node:net';
import { dirname } from 'node:path';
import { problem } from '../../../shared/problems/catalogue.ts';
import { ProblemError } from '../../../shared/problems/problem.ts';
import { createClient, createDispatch, type IpcClient } from '../../../shared/schemas/ipc.ts';
import { MAX_MESSAGE_BYTES } from '../../../shared/schemas/ipc-schema.ts';
import { parseJson } from '../../../shared/schemas/parse-json.ts';
import { makePrivateFolder } from '../../platform/fs/atomic-file.ts';
import type { Logger } from '../../platform/log/logger.ts';
import { answerLines, readLines } from '../../platform/net/lines.ts';
import {
  connectToOwned,
  listenOnSocket,
  type OpenPipe,
  prepareSocketPath,
  SocketError,
} from '../../platform/net/unix-socket.ts';
import { createUnsent, LOCAL_UNSENT } from '../../platform/net/unsent.ts';
import { type AgentHandle, sendEvents } from './agent-handle.ts';

/** The agent's own socket: JSON lines for the CLI, mode 0600 in a folder of mode 0700, so that only its user can connect. */
export interface AgentSocket {
  path: string;
  close(): Promise<void>;
}

const MAX_CONNECTIONS = 256;
/** Of one peer. */
const MAX_REQUESTS_AT_ONCE = 32;

/**
 * @throws ProblemError `agent-running` when another agent answers there, `agent-socket-occupied` when something else is there,
 *   `agent-socket-untrusted` when others can write to its folder, `agent-socket` for any other failure.
 */
export async function serveAgentSocket(
  path: string,
  agent: AgentHandle<'owner'>,
  logger: Logger,
): Promise<AgentSocket> {
  const log = logger.child({ part: 'agent-socket' });
  const dispatch = createDispatch(agent.handlers, 'owner');
  const peers = new Set<Socket>();
  const unsent = createUnsent(LOCAL_UNSENT);
  const server = createServer((peer) => {
    peers.add(peer);
    const send = (message: object): void => {
      if (!peer.writable) return;
      peer.write(`${JSON.stringify(message)}\n`);
      unsent.wrote(peer);
    };
    const stop = sendEvents(agent, send);
    peer.on('error', (error) => log.warn({ error: error.message }, 'connection failed'));
    peer.on('close', () => {
      peers.delete(peer);
      stop();
    });
    answerLines(
      peer,
      { maxBytes: MAX_MESSAGE_BYTES, maxAtOnce: MAX_REQUESTS_AT_ONCE },
      async (line) => send(await dispatch(parseJson(line))),
      () => {
        send({ id: null, error: problem('ipc-too-long') });
        peer.end();
      },
    );
  });
  server.maxConnections = MAX_CONNECTIONS;
  await listen(server, path);
  return {
    path,
    async close() {
      for (const peer of peers) peer.destroy();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

async function listen(server: Server, path: string): Promise<void> {
  const uid = process.geteuid?.();
  if (uid !== undefined) await makePrivateFolder(dirname(path));
  try {
    await prepareSocketPath({ path, uid, folderMode: 0o700, foldersToCheck: 'own' });
    await listenOnSocket(server, path, 0o600);
  } catch (error) {
    throw socketProblem(path, error);
  }
}

function socketProblem(path: string, error: unknown): ProblemError {
  const cause = error instanceof Error ? error.message : String(error);
  switch (error instanceof SocketError ? error.fault : null) {
    case 'in-use':
      return new ProblemError(problem('agent-running', {}, { cause }), { cause: error });
    case 'occupied':
      return new ProblemError(problem('agent-socket-occupied', { path }, { cause }), { cause: error });
    case 'untrusted-folder':
      return new ProblemError(problem('agent-socket-untrusted', { folder: dirname(path) }, { cause }), {
        cause: error,
      });
    default:
      return new ProblemError(problem('agent-socket', { path }, { cause }), { cause: error });
  }
}

/**
 * The other end, for the CLI. The socket has to be the user's own or root's: what it says is trusted, and an address of its choice opened.
 *
 * @throws ProblemError `agent-not-running`.
 */
export async function connectToAgent(path: string, openPipe?: OpenPipe): Promise<{ client: IpcClient; close(): void }> {
  const socket = await connectToOwned(path, process.geteuid?.(), openPipe).catch((error: Error) => {
    throw new ProblemError(problem('agent-not-running', {}, { cause: error.message }), { cause: error });
  });
  const client = createClient((message) => {
    // Nobody would ever answer.
    if (!socket.writable) throw new ProblemError(problem('agent-gone'));
    socket.write(`${JSON.stringify(message)}\n`);
  });
  readLines(
    socket,
    MAX_MESSAGE_BYTES,
    (line) => client.receive(parseJson(line)),
    () => socket.destroy(),
  );
  socket.on('error', () => socket.destroy());
  socket.on('close', () => client.fail(problem('agent-gone')));
  return { client, close: () => socket.destroy() };
}
