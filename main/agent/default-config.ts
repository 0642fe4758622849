import { agentStateFolder, systemGatewayControl } from '../platform/fs/places.ts';
import { AgentProcessConfig } from './agent-config.ts';

/** The configuration of an installed program: this user's folder, the system's gateway, Docker's usual socket. */
export function defaultConfig(platform: NodeJS.Platform): AgentProcessConfig {
  const socket = platform === 'win32' ? 'npipe:////./pipe/docker_engine' : 'unix:///var/run/docker.sock';
  return AgentProcessConfig.parse({
    stateDir: agentStateFolder(),
    gatewayControl: systemGatewayControl(platform),
    engine: { kind: 'linux', socket },
  });
}
