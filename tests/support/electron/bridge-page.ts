import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from '@playwright/test';
import { systemClock } from '../../../main/platform/clock.ts';
import { silentLogger } from '../../../main/platform/logger.ts';
import { type AgentKeeper, createAgentKeeper, type KeptAgent } from '../../../main/shell/agent-keeper.ts';
import { isFromPanel } from '../../../main/shell/hardening.ts';
import { servePanel } from '../../../main/shell/panel-ipc.ts';
import { PANEL_URL, panelProtocol } from '../../../main/shell/panel-protocol.ts';
import { wordsFor } from '../../../main/shell/words.ts';
import { loadPanelFiles } from '../../../main/transport/panel-files.ts';
import { BUILT_PANEL } from '../served-panel.ts';
import { ContentsDouble, createElectronDouble } from './double.ts';
import { installPreload } from './page-stand-ins.ts';

const BUILT_PRELOAD = join(BUILT_PANEL, '..', 'preload', 'preload.cjs');

/** Chromium loads no `app://`, so the same answers come from here. A host below `localhost` is as trustworthy as a scheme of our own. */
const ORIGIN = 'http://panel.localhost';

export interface BridgePage {
  address(): string;
  keeper: AgentKeeper;
  /** How often the page asked to be hidden. */
  hides(): number;
  close(): Promise<void>;
}

/**
 * The built panel with the built preload script, in Chromium instead of Electron: behind them are the shell's real protocol handler, IPC
 * and keeper of an agent. What only Electron could do is played: the context bridge, and the way between the processes.
 */
export async function openBridgePage(page: Page, startAgent: () => Promise<KeptAgent>): Promise<BridgePage> {
  const double = createElectronDouble();
  const contents = new ContentsDouble();
  contents.url = PANEL_URL;
  const keeper = createAgentKeeper({ startAgent, clock: systemClock, log: silentLogger() });
  let hides = 0;
  servePanel({
    ipcMain: double.electron.ipcMain,
    keeper,
    isPanel: (event) => isFromPanel(event, contents),
    onHide: () => {
      hides += 1;
    },
    log: silentLogger(),
  });

  const serve = panelProtocol(loadPanelFiles(BUILT_PANEL), () => wordsFor('system', 'en'));
  await page.route(`${ORIGIN}/**`, async (route) => {
    const { pathname, search } = new URL(route.request().url());
    const answer = serve(new Request(`app://panel${pathname}${search}`, { method: route.request().method() }));
    await route.fulfill({
      status: answer.status,
      headers: Object.fromEntries(answer.headers),
      body: Buffer.from(await answer.arrayBuffer()),
    });
  });
  await page.exposeFunction('portcullisToMain', (_kind: string, channel: string, args: unknown[]) =>
    double.message({ contents }, channel, ...args),
  );
  // One after the other: an event must not overtake another.
  let sending: Promise<unknown> = Promise.resolve();
  contents.onSent = (channel, args) => {
    sending = sending.then(() =>
      page
        .evaluate(
          ([name, values]) => {
            const { portcullisFromMain } = window as {
              portcullisFromMain?: (channel: string, args: unknown[]) => void;
            };
            portcullisFromMain?.(name, values);
          },
          [channel, args] as const,
        )
        // The page is just being left: whatever comes next asks for a snapshot itself.
        .catch(() => undefined),
    );
  };
  await page.addInitScript(installPreload, readFileSync(BUILT_PRELOAD, 'utf8'));
  keeper.start();
  return {
    address: () => `${ORIGIN}/`,
    keeper,
    hides: () => hides,
    close: () => keeper.stop(),
  };
}
