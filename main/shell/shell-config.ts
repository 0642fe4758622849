import { join } from 'node:path';
import { z } from 'zod';
import { AgentConfig } from '../agent/agent-config.ts';
import { readConfigFile } from '../platform/config-file.ts';
import { agentSocket, agentStateFolder, systemGatewayControl } from '../platform/places.ts';

/** What `--config FILE` may hold: the demo and the tests use it, an installed program does without. */
export const ShellConfig = AgentConfig.extend({
  /** Where the command line finds the agent; the user's usual place if not given. */
  socket: z.string().min(1).optional(),
});
export type ShellConfig = z.output<typeof ShellConfig>;

/** @throws ProblemError `bad-config`. */
export async function readShellConfig(
  file: string | null,
  platform: NodeJS.Platform,
  env: NodeJS.ProcessEnv,
): Promise<ShellConfig & { socket: string; log: string }> {
  const config = file === null ? usualConfig(platform) : await readConfigFile(file, ShellConfig, 'docs/shell.md');
  const { socket = agentSocket(env), log = join(config.stateDir, 'agent.log') } = config;
  return { ...config, socket, log };
}

/** An installed program: this user's folder, the system's gateway, the engine where Docker puts its socket. */
function usualConfig(platform: NodeJS.Platform): ShellConfig {
  const socket = platform === 'win32' ? 'npipe:////./pipe/docker_engine' : 'unix:///var/run/docker.sock';
  return ShellConfig.parse({
    stateDir: agentStateFolder(),
    gatewayControl: systemGatewayControl(platform),
    engine: { kind: 'linux', socket },
  });
}
