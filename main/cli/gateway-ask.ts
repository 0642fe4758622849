import { problem } from '../../shared/problems/catalogue.ts';
import { ProblemError } from '../../shared/problems/problem.ts';
import { MAX_CONTROL_LINE } from '../../shared/schemas/control-schema.ts';
import { connectRpc, type RpcClient, type RpcMethods } from '../platform/net/json-rpc.ts';
import { connectToOwned, SocketError } from '../platform/net/unix-socket.ts';

/**
 * Calls the running gateway at its socket `path`; no agent is needed. The socket has to belong to root or to this user, because
 * the answers are believed.
 *
 * @throws ProblemError `gateway-away`, `gateway-untrusted`, `admin-only`, and those of the gateway.
 */
export async function askGateway<M extends RpcMethods, T>(
  path: string,
  methods: M,
  ask: (gateway: RpcClient<M, Record<never, never>>) => Promise<T>,
): Promise<T> {
  const socket = await connectToOwned(path, process.geteuid?.()).catch((error: unknown) => {
    throw new ProblemError(connectProblem(path, error), { cause: error });
  });
  const gateway = connectRpc(socket, methods, {}, { maxLine: MAX_CONTROL_LINE });
  try {
    return await ask(gateway);
  } finally {
    gateway.close();
  }
}

function connectProblem(path: string, error: unknown) {
  if (error instanceof SocketError) return problem('gateway-untrusted', { path }, { cause: error.message });
  const code = error instanceof Error && 'code' in error ? error.code : String(error);
  const cause = `${path}: ${code}`;
  if (code === 'EACCES' || code === 'EPERM') return problem('admin-only', {}, { cause });
  return problem('gateway-away', {}, { cause });
}
