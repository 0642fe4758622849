import { connect } from 'node:net';
import { adminMethods, adminSocketOf, MAX_CONTROL_LINE } from '../../shared/control-schema.ts';
import { ProblemError } from '../../shared/problem.ts';
import { readGatewayConfig } from '../gateway/gateway-config.ts';
import { connectRpc } from '../platform/json-rpc.ts';

/**
 * `portcullis gateway reset-revision --org X`: asks the running gateway, by the socket that only root can open.
 * @throws ProblemError `admin-only`, `gateway-away`, or the gateway's own.
 */
export async function resetRevision(org: string, configFile: string): Promise<string> {
  const { control } = await readGatewayConfig(configFile);
  const path = adminSocketOf(control);
  const socket = connect(path);
  await new Promise<void>((resolve, reject) => {
    socket.once('connect', resolve);
    socket.once('error', (error: NodeJS.ErrnoException) => reject(cannotReach(path, error)));
  });
  const gateway = connectRpc(socket, adminMethods, {}, { maxLine: MAX_CONTROL_LINE });
  try {
    const { forgotten } = await gateway.call('resetRevision', { org });
    const what = forgotten.map(({ iss, revision }) => `revision ${revision} of ${iss}`).join(', ');
    return `Forgotten for ${org}: ${what}. The next policy is accepted whatever its revision is; until then the last one stays in force.`;
  } finally {
    gateway.close();
  }
}

function cannotReach(path: string, error: NodeJS.ErrnoException): ProblemError {
  if (error.code === 'EACCES' || error.code === 'EPERM') {
    return new ProblemError({
      code: 'admin-only',
      message: 'Only root can reset the revisions that the gateway has seen.',
      cause: `${path}: ${error.code}`,
      next: 'Run it with sudo.',
    });
  }
  return new ProblemError({
    code: 'gateway-away',
    message: 'The gateway is not running, so there is nobody to tell.',
    cause: `${path}: ${error.code ?? error.message}`,
    next: 'Start it (systemctl start portcullis-gateway), then run this again.',
  });
}
