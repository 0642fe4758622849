import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { z } from 'zod';
import { problemLine } from '../../shared/problems/problem-line.ts';
import { makePrivateFolder } from '../platform/fs/atomic-file.ts';
import { agentSocket } from '../platform/fs/places.ts';
import { createLogger } from '../platform/log/logger.ts';
import { followSystemNetwork } from '../platform/net/outbound.ts';
import type { OpenPipe } from '../platform/net/unix-socket.ts';
import { aborted } from '../platform/process/aborted.ts';
import { stopSignal } from '../platform/process/stop-signal.ts';
import { systemClock } from '../platform/time/clock.ts';
import { AgentProcessConfig } from './agent-config.ts';
import { openInBrowser } from './open-in-browser.ts';
import { runAgent } from './run-agent.ts';
import { endWithoutKeyring } from './session/end-without-keyring.ts';
import { openSecretStore } from './session/open-secret-store.ts';
import { serveAgentSocket } from './transport/agent-socket.ts';
import { createPanelAccess } from './transport/panel-access.ts';
import { loadPanelFiles } from './transport/panel-files.ts';
import { createPanelOpener } from './transport/panel-opener.ts';
import { startPanelServer } from './transport/panel-server.ts';

/** The configuration of `portcullis agent run`. */
export const HeadlessConfig = AgentProcessConfig.extend({
  /** 0 picks a free one. */
  panelPort: z.number().int().min(0).max(65535).default(0),
});
export type HeadlessConfig = z.infer<typeof HeadlessConfig>;

/**
 * The agent without Electron, for servers, remote machines and CI. It serves the panel to a browser on loopback, and calls to the
 * command line. It prints one JSON line with the panel's origin when ready, and resolves after SIGTERM or SIGINT.
 *
 * @param panelFolder the built panel.
 * @param openPipe how the gateway's pipe is opened on Windows.
 * @throws ProblemError `panel-not-built`, `panel-port`, `agent-running`, `cannot-write`, and others of its parts.
 */
export async function runHeadless(config: HeadlessConfig, panelFolder: string, openPipe: OpenPipe): Promise<void> {
  const log = createLogger('agent', config.log);
  const stop = stopSignal();
  const networkProblem = await followSystemNetwork(process.env);
  const { socket: socketPath = agentSocket(process.env), panelPort, secretFile, ...agentConfig } = config;
  const files = loadPanelFiles(panelFolder);

  // Released in the opposite order. Nothing of it loosens what the gateway enforces.
  await using parts = new AsyncDisposableStack();
  const secrets = openSecretStore(config, systemClock, log);
  parts.defer(() =>
    endWithoutKeyring(secrets, {
      ...{ clock: systemClock, log },
      say: (problem) => process.stderr.write(`${problemLine(problem)}\n`),
      kill: () => process.kill(process.pid, 'SIGKILL'),
    }),
  );
  const agent = await runAgent(agentConfig, {
    clock: systemClock,
    fetch,
    secrets,
    openInBrowser,
    platform: process.platform,
    networkProblem,
    openPipe,
    log,
  });
  parts.defer(() => agent.stop());

  const access = createPanelAccess(() => performance.now(), randomBytes);
  const panel = await startPanelServer({ agent, access, files, port: panelPort, log });
  parts.defer(() => panel.close());

  const folder = join(config.stateDir, 'open');
  await makePrivateFolder(folder);
  const open = createPanelOpener({ origin: panel.origin, access, folder, openInBrowser });
  const socket = await serveAgentSocket(
    socketPath,
    { ...agent, handlers: { ...agent.handlers, 'panel.open': open } },
    log,
  );
  parts.defer(() => socket.close());

  process.stdout.write(`${JSON.stringify({ ready: true, panel: panel.origin, socket: socket.path })}\n`);
  await aborted(stop);
}
