import { chmodSync, lstatSync, statSync, unlinkSync } from 'node:fs';
import { connect, createServer, type Socket } from 'node:net';
import { dirname } from 'node:path';
import { ProblemError } from '../../../shared/problems/problem.ts';
import { createClient, createDispatch, type IpcClient } from '../../../shared/schemas/ipc.ts';
import { MAX_MESSAGE_BYTES } from '../../../shared/schemas/ipc-schema.ts';
import { parseJson } from '../../../shared/schemas/parse-json.ts';
import { makePrivateFolder } from '../../platform/fs/atomic-file.ts';
import type { Logger } from '../../platform/log/logger.ts';
import { readLines } from '../../platform/net/lines.ts';
import { listen } from '../../platform/net/listen.ts';
import { type AgentHandle, sendEvents } from './agent-handle.ts';

/** The agent's own socket: JSON lines for the CLI, mode 0600 in a folder of mode 0700, so that only its user is heard. */
export interface AgentSocket {
  path: string;
  close(): Promise<void>;
}

const MAX_UNSENT_BYTES = 4 * 1024 * 1024;

/** @throws ProblemError `agent-running` when another agent answers there, `agent-socket` when it cannot be made. */
export async function serveAgentSocket(path: string, agent: AgentHandle<'owner'>, log: Logger): Promise<AgentSocket> {
  const dispatch = createDispatch(agent.handlers, 'owner');
  const peers = new Set<Socket>();
  const server = createServer((peer) => {
    peers.add(peer);
    const send = (message: object): void => {
      if (!peer.writable) return;
      peer.write(`${JSON.stringify(message)}\n`);
      if (peer.writableLength > MAX_UNSENT_BYTES) peer.destroy();
    };
    const stop = sendEvents(agent, send);
    peer.on('error', (error) => log.warn({ error: error.message }, 'agent socket: connection failed'));
    peer.on('close', () => {
      peers.delete(peer);
      stop();
    });
    readLines(
      peer,
      MAX_MESSAGE_BYTES,
      async (line) => send(await dispatch(parseJson(line))),
      () => {
        send({ id: null, error: { code: 'ipc-too-long', message: 'The message is longer than 1 MiB.' } });
        peer.end();
      },
    );
  });

  const named = path.startsWith('\\\\.\\pipe\\');
  if (!named) {
    await makePrivateFolder(dirname(path));
    checkFolder(dirname(path));
    await removeStale(path);
  }
  await listen(server, { path }).catch((error: Error) => {
    throw cannotListen(path, error);
  });
  if (!named) chmodSync(path, 0o600);
  return {
    path,
    async close() {
      for (const peer of peers) peer.destroy();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

/** Where another user could put a socket of theirs, the command line would holdReading it. */
function checkFolder(folder: string): void {
  const uid = process.geteuid?.();
  if (uid === undefined) return;
  const { uid: owner, mode } = statSync(folder);
  if ((owner === uid || owner === 0) && (mode & 0o022) === 0) return;
  throw new ProblemError({
    code: 'agent-socket',
    message: `Another user could take the place of the agent's socket in ${folder}.`,
    cause: `owner ${owner}, mode ${(mode & 0o7777).toString(8)}`,
    next: 'Set XDG_RUNTIME_DIR to a folder of your own, or take it away.',
  });
}

/** @throws Error if the socket is another user's: what it says would be believed, and an address of its choice opened. */
function checkOwner(path: string): void {
  const uid = process.geteuid?.();
  if (uid === undefined) return;
  const { uid: owner } = lstatSync(path);
  if (owner !== uid && owner !== 0) throw new Error(`${path} belongs to user ${owner}, neither to you nor to root`);
}

/** A socket that nobody answers on is what a killed agent left behind; one that answers belongs to a running one. */
async function removeStale(path: string): Promise<void> {
  const answered = await new Promise<boolean>((resolve) => {
    const probe = connect(path);
    probe.once('connect', () => {
      probe.destroy();
      resolve(true);
    });
    probe.once('error', () => resolve(false));
  });
  if (answered) {
    throw new ProblemError({
      code: 'agent-running',
      message: 'Portcullis is already running for this user.',
      cause: `${path} answers`,
      next: 'Use the one that runs ("portcullis open"), or quit it first.',
    });
  }
  try {
    unlinkSync(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw cannotListen(path, error as Error);
  }
}

function cannotListen(path: string, error: Error): ProblemError {
  return new ProblemError({
    code: 'agent-socket',
    message: `The agent's socket ${path} cannot be made.`,
    cause: error.message,
    next: 'Make sure that its folder is yours and that its path is shorter than 100 characters.',
  });
}

/**
 * The other end, for the CLI.
 *
 * @throws ProblemError `agent-not-running`.
 */
export async function connectToAgent(path: string): Promise<{ client: IpcClient; close(): void }> {
  const notRunning = (error: unknown): ProblemError =>
    new ProblemError({
      code: 'agent-not-running',
      message: 'Portcullis is not running for this user.',
      cause: error instanceof Error ? error.message : String(error),
      next: 'Start it, then try again. What the gateway enforces does not depend on it.',
    });
  try {
    checkOwner(path);
  } catch (error) {
    throw notRunning(error);
  }
  const socket = connect(path);
  await new Promise<void>((resolve, reject) => {
    socket.once('connect', resolve);
    socket.once('error', (error) => reject(notRunning(error)));
  });
  const client = createClient((message) => socket.write(`${JSON.stringify(message)}\n`));
  const gone = {
    code: 'agent-gone',
    message: 'Portcullis ended while it was asked.',
    next: 'Start it again. What the gateway enforces does not depend on it.',
  };
  readLines(
    socket,
    MAX_MESSAGE_BYTES,
    (line) => client.receive(parseJson(line)),
    () => socket.destroy(),
  );
  socket.on('error', () => socket.destroy());
  socket.on('close', () => client.fail(gone));
  return { client, close: () => socket.destroy() };
}
