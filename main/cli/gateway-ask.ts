import type { Socket } from 'node:net';
import { problem } from '../../shared/problems/catalogue.ts';
import { type Problem, ProblemError } from '../../shared/problems/problem.ts';
import { MAX_CONTROL_LINE } from '../../shared/schemas/control-schema.ts';
import { connectRpc, type RpcClient, type RpcMethods } from '../platform/net/json-rpc.ts';
import { connectToOwned, SocketError } from '../platform/net/unix-socket.ts';
import type { GatewayPlace } from './gateway-place.ts';
import { silentProblem, stoppedProblem } from './gateway-problems.ts';
import { openPipe } from './open-pipe.ts';

/**
 * Calls the running gateway; no agent is needed. The socket has to belong to root or to this user, because the answers are believed.
 *
 * @param path of the socket: the control socket of `place`, or the admin socket beside it.
 * @param limitMs how long an answer may take: a gateway that hangs keeps its socket open.
 * @throws ProblemError `gateway-stopped`, `gateway-silent`, `gateway-away`, `gateway-untrusted`, `admin-only`, and those of the gateway.
 */
export async function askGateway<M extends RpcMethods, T>(
  place: GatewayPlace,
  path: string,
  methods: M,
  limitMs: number,
  ask: (gateway: RpcClient<M, Record<never, never>>) => Promise<T>,
): Promise<T> {
  let socket: Socket | undefined;
  let isOver = false;
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      reject(new ProblemError(silentProblem(place, process.platform, `${path}: no answer within ${limitMs / 1000} s`)));
    }, limitMs);
  });
  const answer = async (): Promise<T> => {
    socket = await connectToOwned(path, process.geteuid?.(), openPipe).catch((error: unknown) => {
      throw new ProblemError(connectProblem(place, path, error), { cause: error });
    });
    if (isOver) socket.destroy();
    return ask(connectRpc(socket, methods, {}, { maxLine: MAX_CONTROL_LINE }));
  };
  try {
    return await Promise.race([answer(), late]);
  } finally {
    isOver = true;
    clearTimeout(timer);
    socket?.destroy();
  }
}

function connectProblem(place: GatewayPlace, path: string, error: unknown): Problem {
  if (error instanceof SocketError) return problem('gateway-untrusted', { path }, { cause: error.message });
  const code = error instanceof Error && 'code' in error ? String(error.code) : String(error);
  const cause = `${path}: ${code}`;
  switch (code) {
    case 'EACCES':
    case 'EPERM':
      return problem('admin-only', {}, { cause });
    case 'ENOENT':
    case 'ECONNREFUSED':
      return stoppedProblem(place, cause);
    // More connections wait than it accepts.
    case 'EAGAIN':
    case 'EBUSY':
      return silentProblem(place, process.platform, cause);
    default:
      return problem('gateway-away', {}, { cause });
  }
}
