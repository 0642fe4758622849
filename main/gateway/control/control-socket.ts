import { chmod, lstat, unlink } from 'node:fs/promises';
import { connect, createServer, type Server } from 'node:net';
import { dirname, resolve } from 'node:path';
import { ProblemError } from '../../../shared/problems/problem.ts';
import {
  adminMethods,
  adminSocketOf,
  type ControlEventData,
  type controlEvents,
  controlMethods,
  MAX_CONTROL_LINE,
} from '../../../shared/schemas/control-schema.ts';
import { makeFolders } from '../../platform/fs/make-folders.ts';
import { type RpcConnection, type RpcHandlers, type RpcMethods, serveRpc } from '../../platform/net/json-rpc.ts';
import { listen } from '../../platform/net/listen.ts';

export interface ControlSocket {
  publish<E extends keyof typeof controlEvents>(event: E, data: ControlEventData<E>): void;
  close(): Promise<void>;
}

/** sun_path of unix(7), less its final zero byte. */
const MAX_PATH_BYTES = 107;
const MAX_CONNECTIONS = 256;

/**
 * Serves the control socket, and the admin socket beside it. Whoever listens there is believed by the agent, so only root or this
 * process's user may be able to put a socket at its place: the folder and all above it are judged.
 * @throws ProblemError `control-untrusted`, `control-in-use`, `control-failed`.
 */
export async function openControlSocket(
  path: string,
  uid: number | undefined,
  handlers: Omit<RpcHandlers<typeof controlMethods>, 'subscribe'> & { generation: () => number },
  adminHandlers: RpcHandlers<typeof adminMethods>,
): Promise<ControlSocket> {
  const longest = adminSocketOf(path);
  if (Buffer.byteLength(longest) > MAX_PATH_BYTES) {
    throw new ProblemError({
      code: 'control-failed',
      message: `The path of the control socket has more than ${MAX_PATH_BYTES} bytes, which no socket can have.`,
      cause: longest.slice(0, 200),
      next: 'Choose a shorter path.',
    });
  }
  if (uid !== undefined) await prepareFolder(dirname(resolve(path)), uid);
  const subscribers = new Set<RpcConnection>();
  const { generation, ...rest } = handlers;
  // The agent runs as the user: what it may do is decided by documents, not by who connects. See docs/gateway.md.
  const control = await openRpcSocket(
    path,
    uid === 0 ? 0o666 : 0o600,
    controlMethods,
    {
      ...rest,
      subscribe: (_params, subscriber) => {
        subscribers.add(subscriber);
        return { generation: generation() };
      },
    },
    (gone) => subscribers.delete(gone),
  );
  const admin = await openRpcSocket(adminSocketOf(path), 0o600, adminMethods, adminHandlers).catch(async (error) => {
    await control.close();
    throw error;
  });

  return {
    publish(event, data) {
      for (const subscriber of subscribers) subscriber.notify(event, data);
    },
    close: async () => {
      await Promise.all([control.close(), admin.close()]);
    },
  };
}

/** A server of one method table on a socket of its own, which only those who may by `mode` can open. */
async function openRpcSocket<M extends RpcMethods>(
  path: string,
  mode: number,
  methods: M,
  handlers: RpcHandlers<M>,
  onGone: (connection: RpcConnection) => void = () => undefined,
): Promise<{ close(): Promise<void> }> {
  await removeDeadSocket(path);
  const connections = new Set<RpcConnection>();
  const server: Server = createServer((socket) => {
    const connection = serveRpc(socket, methods, handlers, {
      maxLine: MAX_CONTROL_LINE,
      onClose: (gone) => {
        connections.delete(gone);
        onGone(gone);
      },
    });
    connections.add(connection);
  });
  server.maxConnections = MAX_CONNECTIONS;
  // It is made within this call. With a mode that comes later, there would be a moment for those who may not open it.
  const umask = process.platform === 'win32' ? null : process.umask(0o777 & ~mode);
  const listening = listen(server, { path });
  if (umask !== null) process.umask(umask);
  await listening.catch((error: Error) => {
    throw cannotListen(path, error);
  });
  return {
    close: () =>
      new Promise((done) => {
        server.close(() => done());
        for (const connection of connections) connection.close();
      }),
  };
}

function cannotListen(path: string, error: Error): ProblemError {
  return new ProblemError({
    code: 'control-failed',
    message: `The control socket ${path} cannot be made.`,
    cause: error.message,
    next: 'Check that its folder exists and belongs to the user of the gateway.',
  });
}

async function prepareFolder(folder: string, uid: number): Promise<void> {
  try {
    const made = await makeFolders(folder, 0o755);
    // The umask must not make it unreadable for those who connect, nor writable for anyone else.
    if (made) await chmod(folder, uid === 0 ? 0o755 : 0o700);
  } catch (error) {
    throw cannotListen(folder, error instanceof Error ? error : new Error(String(error)));
  }
  for (let at = folder; ; at = dirname(at)) {
    const stats = await lstat(at);
    // A link's target is where the walk up would have to go on; none is needed here.
    const sticky = at !== folder && (stats.mode & 0o1000) !== 0 && stats.uid === 0;
    const writable = (stats.mode & 0o022) !== 0 && !sticky;
    if (!stats.isDirectory() || (stats.uid !== 0 && stats.uid !== uid) || writable) {
      throw new ProblemError({
        code: 'control-untrusted',
        message: `Somebody else could put a false control socket into ${folder}.`,
        cause: `${at}: owner ${stats.uid}, mode ${(stats.mode & 0o7777).toString(8)}${stats.isDirectory() ? '' : ', no folder'}`,
        next: 'Use a folder that only root or the user of the gateway can write, such as /run/portcullis.',
      });
    }
    if (dirname(at) === at) return;
  }
}

/** A socket left by a process that was killed is removed; one that somebody answers on is not. */
async function removeDeadSocket(path: string): Promise<void> {
  const alive = await new Promise<boolean>((done) => {
    const probe = connect(path);
    probe.once('connect', () => {
      probe.destroy();
      done(true);
    });
    probe.once('error', (error: NodeJS.ErrnoException) =>
      done(error.code !== 'ENOENT' && error.code !== 'ECONNREFUSED'),
    );
  });
  if (alive) {
    throw new ProblemError({
      code: 'control-in-use',
      message: `Another gateway is running: something answers on ${path}.`,
      next: 'Stop it first, or choose another path.',
    });
  }
  const stats = await lstat(path).catch(() => null);
  if (stats?.isSocket()) await unlink(path).catch(() => undefined);
}
