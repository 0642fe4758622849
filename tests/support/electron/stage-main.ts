import { join } from 'node:path';
import * as electron from 'electron';
import { loadPanelFiles } from '../../../main/agent/transport/panel-files.ts';
import { silentLogger } from '../../../main/platform/log/logger.ts';
import { runCommand } from '../../../main/platform/process/run-command.ts';
import { systemClock } from '../../../main/platform/time/clock.ts';
import { createAgentSupervisor } from '../../../main/shell/agent-supervisor.ts';
import { hardenContents } from '../../../main/shell/hardening.ts';
import { PANEL_SCHEME } from '../../../main/shell/panel-protocol.ts';
import { startShell } from '../../../main/shell/shell.ts';
import { hasTrayHost } from '../../../main/shell/tray-host.ts';
import { wordsFor } from '../../../shared/messages/words.ts';
import type { Denial } from '../../../shared/schemas/control-schema.ts';
import { subscribe } from '../../../shared/subscribe.ts';
import { remoteAgent } from './remote-agent.ts';

export interface StageInTest {
  deny(denial: Denial): void;
  remembered(): electron.Rectangle | null;
  forget(): void;
}

/** Electron with the real shell, and an agent that a test plays at a socket: the environment tells where that and the build are. */
const {
  PORTCULLIS_STAGE_SOCKET: socket = '',
  PORTCULLIS_STAGE_ROOT: root = '',
  PORTCULLIS_STAGE_FOLDER: folder = '',
  PORTCULLIS_STAGE_DESKTOP: onDesktop,
} = process.env;
const { app, protocol } = electron;
const log = silentLogger();

app.enableSandbox();
app.setPath('userData', folder);
protocol.registerSchemesAsPrivileged([
  { scheme: PANEL_SCHEME, privileges: { standard: true, secure: true, supportFetchAPI: true } },
]);
hardenContents(app, () => undefined, log);

/** Denials that a test plays, which a socket does not carry. */
const denials = new Set<(denial: Denial) => void>();
/** Where the window was left. */
let remembered: electron.Rectangle | null = null;

/** What a test reaches from outside. */
const inTest: StageInTest = {
  deny(denial) {
    for (const listener of denials) listener(denial);
  },
  remembered: () => remembered,
  forget() {
    remembered = null;
  },
};
Object.assign(globalThis, { inTest });

const supervisor = createAgentSupervisor({
  startAgent: async () => ({
    ...(await remoteAgent(socket, () => supervisor.restartAfter(new Error('the agent hung up')))),
    onDenial: (listener) => subscribe(denials, listener),
  }),
  clock: systemClock,
  log,
});

void app.whenReady().then(async () => {
  const shell = startShell({
    electron,
    supervisor,
    platform: process.platform,
    clock: systemClock,
    words: (language) => wordsFor(language, app.getLocale()),
    log,
    preferences: {
      notifications: () => onDesktop !== undefined,
      window: () => remembered,
      rememberWindow: (bounds) => {
        remembered = bounds;
      },
    },
    // Without a desktop a window like any other, so that it does not hide when the test looks elsewhere.
    trayHost: onDesktop !== undefined && (await hasTrayHost(process.platform, runCommand)) === 'shown',
    onTrayHost: () => undefined,
    files: loadPanelFiles(join(root, 'out', 'renderer')),
    paths: { preload: join(root, 'out', 'preload', 'preload.cjs'), assets: join(root, 'assets'), logs: folder },
    devTools: true,
  });
  app.on('before-quit', () => shell.release());
  supervisor.start();
  if (onDesktop === undefined) shell.open(null);
});
