import { once } from 'node:events';
import { connect } from 'node:net';
import { ProblemError } from '../../shared/problems/problem.ts';
import { MAX_CONTROL_LINE } from '../../shared/schemas/control-schema.ts';
import { connectRpc, type RpcClient, type RpcMethods } from '../platform/net/json-rpc.ts';

/**
 * Asks the running gateway by its socket at `path`, also where no agent runs.
 *
 * @throws ProblemError `gateway-away`, `admin-only`, and whatever the gateway answers with.
 */
export async function askGateway<M extends RpcMethods, T>(
  path: string,
  methods: M,
  ask: (gateway: RpcClient<M, Record<never, never>>) => Promise<T>,
): Promise<T> {
  const socket = connect(path);
  await once(socket, 'connect').catch((error: NodeJS.ErrnoException) => {
    throw unreachable(path, error);
  });
  const gateway = connectRpc(socket, methods, {}, { maxLine: MAX_CONTROL_LINE });
  try {
    return await ask(gateway);
  } finally {
    gateway.close();
  }
}

function unreachable(path: string, error: NodeJS.ErrnoException): ProblemError {
  const cause = `${path}: ${error.code ?? error.message}`;
  if (error.code === 'EACCES' || error.code === 'EPERM') {
    return new ProblemError({
      code: 'admin-only',
      message: 'Only root may tell the gateway to do this.',
      cause,
      next: 'Run it with sudo.',
    });
  }
  return new ProblemError({
    code: 'gateway-away',
    message: 'The gateway is not running, so there is nobody to ask.',
    cause,
    next: 'Start it (systemctl start portcullis-gateway), then run this again.',
  });
}
