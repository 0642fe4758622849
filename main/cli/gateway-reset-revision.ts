import { adminMethods, adminSocketOf } from '../../shared/schemas/control-schema.ts';
import { askGateway } from './gateway-ask.ts';
import { thisGateway } from './this-gateway.ts';

/** It is on disk before it is acknowledged. */
const ANSWER_MS = 10_000;

/**
 * `portcullis gateway reset-revision --org X`: calls the running gateway at the socket that only root can open.
 * @throws ProblemError as `askGateway`, or of its configuration.
 */
export async function resetRevision(org: string, configFile?: string): Promise<string> {
  const place = await thisGateway(configFile);
  const { forgotten } = await askGateway(place, adminSocketOf(place.control), adminMethods, ANSWER_MS, (gateway) =>
    gateway.call('resetRevision', { org }),
  );
  const what = forgotten.map(({ iss, revision }) => `revision ${revision} from ${iss}`).join(', ');
  return `Reset for ${org}: ${what}. The next policy is accepted at any revision; until then the current one stays in force.`;
}
