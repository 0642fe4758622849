import { join } from 'node:path';
import { AgentProcessConfig } from '../agent/agent-config.ts';
import { defaultConfig } from '../agent/default-config.ts';
import { readConfigFile } from '../platform/fs/config-file.ts';
import { agentSocket } from '../platform/fs/places.ts';

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
    file === null ? defaultConfig(platform) : await readConfigFile(file, AgentProcessConfig, 'docs/agent.md');
  const { socket = agentSocket(env), log = join(config.stateDir, 'agent.log') } = config;
  return { ...config, socket, log };
}
