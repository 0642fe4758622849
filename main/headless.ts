import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { z } from 'zod';
import { AgentProcessConfig } from './agent/agent-config.ts';
import { runAgent } from './agent/run-agent.ts';
import { problemLine, runCommandLine } from './cli/run-command-line.ts';
import { aborted } from './platform/aborted.ts';
import { makePrivateFolder } from './platform/atomic-file.ts';
import { systemClock } from './platform/clock.ts';
import { readConfigFile } from './platform/config-file.ts';
import { createLogger } from './platform/logger.ts';
import { openInBrowser } from './platform/open-in-browser.ts';
import { followSystemNetwork } from './platform/outbound.ts';
import { agentSocket } from './platform/places.ts';
import { stopSignal } from './platform/stop-signal.ts';
import { endWithoutKeyring } from './session/end-without-keyring.ts';
import { keyringSecretStore, loadKeytar } from './session/keyring.ts';
import { fileSecretStore } from './session/secret-store.ts';
import { serveAgentSocket } from './transport/agent-socket.ts';
import { createPanelAccess } from './transport/panel-access.ts';
import { loadPanelFiles } from './transport/panel-files.ts';
import { createPanelOpener } from './transport/panel-opener.ts';
import { startPanelServer } from './transport/panel-server.ts';

/**
 * The agent without Electron, for servers, remote machines and CI: `node main/headless.ts --config FILE`. It serves the
 * panel to a browser on loopback and the calls to the command line, and prints one JSON line with the panel's origin once it does.
 */
const HeadlessConfig = AgentProcessConfig.extend({
  /** 0 picks a free one. */
  panelPort: z.number().int().min(0).max(65535).default(0),
});

const PANEL = join(import.meta.dirname, '..', 'out', 'renderer');

process.exitCode = await runCommandLine(async () => {
  const { values } = parseArgs({ options: { config: { type: 'string' } } });
  if (values.config === undefined) throw new Error('--config FILE is missing');
  const config = await readConfigFile(values.config, HeadlessConfig, 'docs/agent.md');
  const log = createLogger('agent', config.log);
  const stop = stopSignal();
  followSystemNetwork(process.env);
  const { socket: socketPath = agentSocket(process.env), panelPort, secretFile, ...agentConfig } = config;
  const files = loadPanelFiles(PANEL);

  // Taken down in the opposite order. Nothing of it loosens what the gateway enforces.
  await using parts = new AsyncDisposableStack();
  const secrets =
    secretFile === undefined
      ? keyringSecretStore({ load: loadKeytar, account: config.stateDir, clock: systemClock, log })
      : fileSecretStore(secretFile);
  parts.defer(() =>
    endWithoutKeyring(secrets, {
      log,
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
});
