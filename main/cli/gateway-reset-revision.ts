import { adminMethods, adminSocketOf } from '../../shared/schemas/control-schema.ts';
import { readGatewayConfig } from '../gateway/service/gateway-config.ts';
import { askGateway } from './gateway-ask.ts';

/**
 * `portcullis gateway reset-revision --org X`: calls the running gateway at the socket that only root can open.
 * @throws ProblemError as `askGateway`, or of its configuration.
 */
export async function resetRevision(org: string, configFile: string): Promise<string> {
  const { control } = await readGatewayConfig(configFile);
  const { forgotten } = await askGateway(adminSocketOf(control), adminMethods, (gateway) =>
    gateway.call('resetRevision', { org }),
  );
  const what = forgotten.map(({ iss, revision }) => `revision ${revision} from ${iss}`).join(', ');
  return `Reset for ${org}: ${what}. The next policy is accepted at any revision; until then the current one stays in force.`;
}
