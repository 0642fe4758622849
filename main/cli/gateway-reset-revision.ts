import { adminMethods, adminSocketOf } from '../../shared/schemas/control-schema.ts';
import { readGatewayConfig } from '../gateway/service/gateway-config.ts';
import { askGateway } from './gateway-ask.ts';

/**
 * `portcullis gateway reset-revision --org X`: asks the running gateway, by the socket that only root can open.
 * @throws ProblemError as `askGateway`, or of its configuration.
 */
export async function resetRevision(org: string, configFile: string): Promise<string> {
  const { control } = await readGatewayConfig(configFile);
  const { forgotten } = await askGateway(adminSocketOf(control), adminMethods, (gateway) =>
    gateway.call('resetRevision', { org }),
  );
  const what = forgotten.map(({ iss, revision }) => `revision ${revision} of ${iss}`).join(', ');
  return `Forgotten for ${org}: ${what}. The next policy is accepted whatever its revision is; until then the last one stays in force.`;
}
