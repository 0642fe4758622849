import { join } from 'node:path';
import { AgentProcessConfig } from '../agent/agent-config.ts';
import { readConfigFile } from '../platform/config-file.ts';
import { agentSocket, agentStateFolder, systemGatewayControl } from '../platform/places.ts';

/**
 * The configuration of `--config FILE`, which the demo and the tests use; an installed program does without.
 *
 * @throws ProblemError `bad-config`.
 */
export async function readShellConfig(
  file: string | null,
  platform: NodeJS.Platform,
  env: NodeJS.ProcessEnv,
): Promise<AgentProcessConfig & { socket: string; log: string }> {
  const config =
    file === null ? usualConfig(platform) : await readConfigFile(file, AgentProcessConfig, 'docs/agent.md');
  const { socket = agentSocket(env), log = join(config.stateDir, 'agent.log') } = config;
  return { ...config, socket, log };
}

/** An installed program: this user's folder, the system's gateway, the engine where Docker puts its socket. */
function usualConfig(platform: NodeJS.Platform): AgentProcessConfig {
  const socket = platform === 'win32' ? 'npipe:////./pipe/docker_engine' : 'unix:///var/run/docker.sock';
  return AgentProcessConfig.parse({
    stateDir: agentStateFolder(),
    gatewayControl: systemGatewayControl(platform),
    engine: { kind: 'linux', socket },
  });
}
