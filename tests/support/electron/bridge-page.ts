import { join } from 'node:path';
import type { Page } from '@playwright/test';
import { loadPanelFiles } from '../../../main/agent/transport/panel-files.ts';
import { silentLogger } from '../../../main/platform/log/logger.ts';
import { systemClock } from '../../../main/platform/time/clock.ts';
import {
  type AgentSupervisor,
  createAgentSupervisor,
  type SupervisedAgent,
} from '../../../main/shell/agent-supervisor.ts';
import { isFromPanel } from '../../../main/shell/hardening.ts';
import { servePanel } from '../../../main/shell/panel-ipc.ts';
import { PANEL_URL, panelProtocol } from '../../../main/shell/panel-protocol.ts';
import { wordsFor } from '../../../shared/messages/words.ts';
import type { ShellMessage } from '../../../shared/schemas/shell-message.ts';
import { BUILT_PANEL } from '../served-panel.ts';
import { ContentsDouble, createElectronDouble } from './double.ts';
import { playedAddress, playPage } from './played-page.ts';

export interface BridgePage {
  address(): string;
  supervisor: AgentSupervisor;
  /** How often the page asked to be hidden. */
  hides(): number;
  /** Tells the page, as the shell does. */
  notify(message: ShellMessage): void;
  close(): Promise<void>;
}

/**
 * The built panel with the built preload script, in Chromium instead of Electron: behind them are the shell's real protocol handler, IPC
 * and supervisor of an agent. What only Electron could do is played: the context bridge, and the way between the processes.
 */
export async function openBridgePage(page: Page, startAgent: () => Promise<SupervisedAgent>): Promise<BridgePage> {
  const { electron, message } = createElectronDouble();
  const contents = new ContentsDouble();
  contents.url = PANEL_URL;
  const supervisor = createAgentSupervisor({ startAgent, clock: systemClock, log: silentLogger() });
  let hides = 0;
  const { notify } = servePanel({
    ipcMain: electron.ipcMain,
    supervisor,
    isPanel: (event) => isFromPanel(event, contents),
    onHide: () => {
      hides += 1;
    },
    log: silentLogger(),
  });
  const serve = panelProtocol(loadPanelFiles(BUILT_PANEL), () => wordsFor('system', 'en'));
  await playPage(page, { contents, serve, message, preload: join(BUILT_PANEL, '..', 'preload', 'preload.cjs') });
  supervisor.start();
  return {
    address: () => playedAddress(PANEL_URL),
    supervisor,
    hides: () => hides,
    notify,
    close: () => supervisor.stop(),
  };
}
