import { join } from 'node:path';
import * as electron from 'electron';
import { loadPanelFiles } from '../../../main/agent/transport/panel-files.ts';
import { silentLogger } from '../../../main/platform/log/logger.ts';
import { systemClock } from '../../../main/platform/time/clock.ts';
import { createAgentSupervisor } from '../../../main/shell/agent-supervisor.ts';
import { hardenContents } from '../../../main/shell/hardening.ts';
import { PANEL_SCHEME } from '../../../main/shell/panel-protocol.ts';
import { startShell } from '../../../main/shell/shell.ts';
import { wordsFor } from '../../../shared/messages/words.ts';
import { remoteAgent } from './remote-agent.ts';

/** Electron with the real shell, and an agent that a test plays at a socket: the environment tells where that and the build are. */
const {
  PORTCULLIS_STAGE_SOCKET: socket = '',
  PORTCULLIS_STAGE_ROOT: root = '',
  PORTCULLIS_STAGE_FOLDER: folder = '',
} = process.env;
const { app, protocol } = electron;
const log = silentLogger();

app.enableSandbox();
app.setPath('userData', folder);
protocol.registerSchemesAsPrivileged([
  { scheme: PANEL_SCHEME, privileges: { standard: true, secure: true, supportFetchAPI: true } },
]);
hardenContents(app, () => undefined, log);

const supervisor = createAgentSupervisor({
  startAgent: () => remoteAgent(socket, () => supervisor.restartAfter(new Error('the agent hung up'))),
  clock: systemClock,
  log,
});

void app.whenReady().then(() => {
  const shell = startShell({
    electron,
    supervisor,
    platform: process.platform,
    clock: systemClock,
    words: (language) => wordsFor(language, app.getLocale()),
    log,
    preferences: { notifications: () => false, window: () => null, rememberWindow: () => undefined },
    loginItem: { set: async () => undefined },
    // As a window like any other, so that it does not hide when the test looks elsewhere.
    trayHost: false,
    files: loadPanelFiles(join(root, 'out', 'renderer')),
    paths: { preload: join(root, 'out', 'preload', 'preload.cjs'), assets: join(root, 'assets'), logs: folder },
    devTools: true,
  });
  app.on('before-quit', () => shell.release());
  supervisor.start();
  shell.open(null);
});
