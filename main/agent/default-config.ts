import { agentStateFolder, systemGatewayControl } from '../platform/fs/places.ts';
import { AgentProcessConfig } from './agent-config.ts';

/** The configuration of an installed program: this user's folder, the system's gateway, the attached engine or Docker's usual one. */
export function defaultConfig(platform: NodeJS.Platform): AgentProcessConfig {
  return AgentProcessConfig.parse({
    stateDir: agentStateFolder(),
    gatewayControl: systemGatewayControl(platform),
    engine: { kind: 'linux' },
  });
}
