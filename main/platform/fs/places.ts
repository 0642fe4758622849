import { createHash } from 'node:crypto';
import { homedir, userInfo } from 'node:os';
import { isAbsolute, join } from 'node:path';
import envPaths from 'env-paths';

/** The state folder of this user's agent. */
export function agentStateFolder(): string {
  return envPaths('portcullis', { suffix: '' }).data;
}

/** The control socket of an installed gateway. */
export function systemGatewayControl(platform: NodeJS.Platform): string {
  if (platform === 'win32') return '\\\\.\\pipe\\portcullis-gateway';
  return platform === 'darwin' ? '/var/run/portcullis/control.sock' : '/run/portcullis/control.sock';
}

/** The folder of the demo (`npm start`): hub, gateway and agent. */
export function demoFolder(): string {
  return envPaths('portcullis-demo', { suffix: '' }).data;
}

/**
 * Where an agent listens for the command line. On Unix a socket in the user's runtime folder (XDG Base Directory Specification),
 * or in its state folder if there is none. A relative runtime folder is ignored: it would lead to a socket in whichever folder
 * a command is run. On Windows a pipe named for the user, because pipes have no folders.
 *
 * @param folder the agent's own folder, if it is not the user's usual one.
 */
export function agentSocket(env: NodeJS.ProcessEnv, folder?: string): string {
  if (process.platform === 'win32') {
    const whose = folder ?? join(homedir(), userInfo().username);
    return `\\\\.\\pipe\\portcullis-${createHash('sha256').update(whose).digest('hex').slice(0, 32)}`;
  }
  if (folder !== undefined) return join(folder, 'run', 'agent.sock');
  const runtime = env.XDG_RUNTIME_DIR ?? '';
  return join(isAbsolute(runtime) ? runtime : agentStateFolder(), 'portcullis', 'agent.sock');
}

/** The sockets where the command line looks for an agent, in this order: the user's own, then the demo's. */
export function agentSockets(env: NodeJS.ProcessEnv): string[] {
  const named = env.PORTCULLIS_AGENT_SOCKET;
  return named ? [named] : [agentSocket(env), agentSocket(env, demoFolder())];
}
