import { createServer } from 'node:net';
import { dirname, resolve } from 'node:path';
import { problem } from '../../../shared/problems/catalogue.ts';
import { type Problem, ProblemError } from '../../../shared/problems/problem.ts';
import {
  adminMethods,
  adminSocketOf,
  type ControlEventData,
  type controlEvents,
  controlMethods,
  MAX_CONTROL_LINE,
} from '../../../shared/schemas/control-schema.ts';
import { type RpcConnection, type RpcHandlers, type RpcMethods, serveRpc } from '../../platform/net/json-rpc.ts';
import { listenOnSocket, prepareSocketPath, SocketError } from '../../platform/net/unix-socket.ts';
import { createUnsent, LOCAL_UNSENT } from '../../platform/net/unsent.ts';
import { restrictPipe } from '../native/windows-pipe.ts';

export type ControlHandlers = Omit<RpcHandlers<typeof controlMethods>, 'subscribe'> & { generation: () => number };
export type AdminHandlers = RpcHandlers<typeof adminMethods>;

export interface ControlSocket extends AsyncDisposable {
  publish<E extends keyof typeof controlEvents>(event: E, data: ControlEventData<E>): void;
}

const MAX_CONNECTIONS = 256;

/**
 * Serves the control socket, and the admin socket beside it. The agent believes whoever listens there, so only root or this process's
 * user may be able to put a socket in its place: the folder and all above it are checked.
 * @throws ProblemError `control-untrusted`, `control-in-use`, `control-occupied`, `control-path-too-long`, `control-failed`.
 */
export async function openControlSocket(
  path: string,
  uid: number | undefined,
  handlers: ControlHandlers,
  adminHandlers: AdminHandlers,
): Promise<ControlSocket> {
  await using opening = new AsyncDisposableStack();
  const subscribers = new Set<RpcConnection>();
  const { generation, ...rest } = handlers;
  // The agent runs as the user: what it may do is decided by documents, not by who connects. See docs/gateway.md.
  const subscribe: RpcHandlers<typeof controlMethods>['subscribe'] = (_params, subscriber) => {
    subscribers.add(subscriber);
    return { generation: generation() };
  };
  const control = { path, uid, mode: uid === 0 ? 0o666 : 0o600, clients: 'everyone-here' } as const;
  opening.use(await openRpcSocket(control, controlMethods, { ...rest, subscribe }, (gone) => subscribers.delete(gone)));
  const admin = { path: adminSocketOf(path), uid, mode: 0o600, clients: 'administrators' } as const;
  opening.use(await openRpcSocket(admin, adminMethods, adminHandlers));
  const opened = opening.move();

  return {
    publish(event, data) {
      for (const subscriber of subscribers) subscriber.notify(event, data);
    },
    [Symbol.asyncDispose]: () => opened.disposeAsync(),
  };
}

interface RpcSocketPlace {
  path: string;
  uid: number | undefined;
  mode: number;
  /** The same for Windows. */
  clients: 'everyone-here' | 'administrators';
}

/** A server of one method table on a socket of its own, which only those who may by `mode` can open. */
async function openRpcSocket<M extends RpcMethods>(
  { path, uid, mode, clients }: RpcSocketPlace,
  methods: M,
  handlers: RpcHandlers<M>,
  onGone: (connection: RpcConnection) => void = () => undefined,
): Promise<AsyncDisposable> {
  const connections = new Set<RpcConnection>();
  const unsent = createUnsent(LOCAL_UNSENT);
  const server = createServer((stream) => {
    const connection = serveRpc(stream, methods, handlers, {
      maxLine: MAX_CONTROL_LINE,
      unsent,
      onClose: (gone) => {
        connections.delete(gone);
        onGone(gone);
      },
    });
    connections.add(connection);
  });
  server.maxConnections = MAX_CONNECTIONS;
  try {
    await prepareSocketPath({ path, uid, folderMode: uid === 0 ? 0o755 : 0o700, foldersToCheck: 'all' });
    await listenOnSocket(server, path, mode);
    if (process.platform === 'win32') await restrictPipe(path, clients);
  } catch (error) {
    throw new ProblemError(socketProblem(path, error), { cause: error });
  }
  return {
    async [Symbol.asyncDispose]() {
      const closed = new Promise<void>((done) => server.close(() => done()));
      for (const connection of connections) connection.close();
      await closed;
    },
  };
}

function socketProblem(path: string, error: unknown): Problem {
  const cause = error instanceof Error ? error.message : String(error);
  switch (error instanceof SocketError ? error.fault : null) {
    case 'path-too-long':
      return problem('control-path-too-long', {}, { cause });
    case 'untrusted-folder':
      return problem('control-untrusted', { folder: dirname(resolve(path)) }, { cause });
    case 'in-use':
      return problem('control-in-use', { path }, { cause });
    case 'occupied':
      return problem('control-occupied', { path }, { cause });
    default:
      return problem('control-failed', { path }, { cause });
  }
}
