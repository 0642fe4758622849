import { problem } from '../../shared/problems/catalogue.ts';
import { ProblemError } from '../../shared/problems/problem.ts';
import type { AgentConfig } from '../agent/agent-config.ts';
import { runAgent } from '../agent/run-agent.ts';
import type { SecretStore } from '../agent/session/secret-store.ts';
import { serveAgentSocket } from '../agent/transport/agent-socket.ts';
import type { Logger } from '../platform/log/logger.ts';
import type { OpenPipe } from '../platform/net/unix-socket.ts';
import { systemClock } from '../platform/time/clock.ts';
import type { SupervisedAgent } from './agent-supervisor.ts';
import { SCHEME } from './deep-link.ts';
import type { ElectronApi } from './electron-api.ts';
import { electronFetch } from './electron-fetch.ts';
import type { ShellPreferences } from './preferences.ts';

export interface TrayAgentDeps {
  electron: Pick<ElectronApi, 'session'>;
  config: AgentConfig;
  socketPath: string;
  secrets: SecretStore;
  preferences: ShellPreferences;
  openInBrowser: (address: string) => Promise<boolean>;
  openPanel: () => void;
  onSignInPage: (address: string) => void;
  openPipe: OpenPipe;
  log: Logger;
}

/** The agent together with the socket at which the command line finds it: they start and stop together. */
export async function startTrayAgent(deps: TrayAgentDeps): Promise<SupervisedAgent> {
  const { openInBrowser, secrets, preferences, log } = deps;
  await using starting = new AsyncDisposableStack();
  const agent = await runAgent(deps.config, {
    clock: systemClock,
    fetch: electronFetch(deps.electron.session.fromPartition('agent', { cache: false })),
    secrets,
    openInBrowser,
    platform: process.platform,
    // A link that names nothing to check opens the panel.
    panelLink: `${SCHEME}://open`,
    preferences,
    openPipe: deps.openPipe,
    log,
  });
  starting.defer(() => agent.stop());
  const handlers: SupervisedAgent['handlers'] = {
    ...agent.handlers,
    'session.signIn': async (args) => {
      const answer = await agent.handlers['session.signIn'](args);
      deps.onSignInPage(answer.authorizationUrl);
      return answer;
    },
  };
  const openPanel = async ({ print }: { print: boolean }): Promise<{ url: null }> => {
    if (print) throw new ProblemError(problem('no-address'));
    deps.openPanel();
    return { url: null };
  };
  const socketHandlers = { ...handlers, 'panel.open': openPanel };
  const socket = await serveAgentSocket(deps.socketPath, { ...agent, handlers: socketHandlers }, log);
  starting.defer(() => socket.close());
  const running = starting.move();
  return { ...agent, handlers, stop: () => running.disposeAsync() };
}
