import { test as base, expect } from '@playwright/test';
import { findNoFault } from '../support/accessible.ts';
import { setBridgeStage } from '../support/electron/bridge-stage.ts';
import { closeElectronStages, type ElectronStage, setElectronStage } from '../support/electron/electron-stage.ts';
import { allOf, caveats, listOf, refusedHosts, registries, transitions } from '../support/panel-data.ts';
import { type PanelStage, setPanelStage } from '../support/panel-stage.ts';
import { inputsFor, snapshotOf } from '../support/snapshots.ts';
import { PanelPage } from './pages/panel-page.ts';

export interface Front {
  /**
   * `browser`: served over HTTP, as headless. `bridge`: over the preload script and the shell's IPC, as in Electron. `electron`: in a
   * real one, by playwright.electron.config.ts.
   */
  front: 'browser' | 'bridge' | 'electron';
}

interface Fixtures {
  /** An agent that plays what the test says; no panel is open yet. */
  agent: PanelStage;
  /** A panel opened on that agent, in state `enforcing`. It may log nothing: a violated policy would be logged. */
  panel: PanelPage;
  /** Asserts that axe finds nothing to object to. */
  accessible: () => Promise<void>;
  /** What is on the clipboard, which the page itself may write and not read. */
  clipboard: () => Promise<string>;
}

/** What every panel of these tests shows first. */
const FIRST = snapshotOf(inputsFor.enforcing, { caveats: [...caveats] });

function answerLists(agent: PanelStage): void {
  agent.answer({
    'registries.list': listOf(registries),
    'denials.list': allOf(refusedHosts),
    'transitions.list': allOf(transitions),
  });
}

const inChromium = base.extend<Front & Fixtures>({
  front: ['browser', { option: true }],
  agent: async ({ front, page }, use) => {
    const agent = front === 'bridge' ? await setBridgeStage(page, FIRST) : await setPanelStage(FIRST);
    answerLists(agent);
    await use(agent);
    await agent.close();
  },
  panel: async ({ agent, page }, use) => {
    const complaints: string[] = [];
    page.on('console', (message) => {
      // Chromium reports each failed attempt to reconnect; that is what those tests are about.
      if (!message.text().includes('/ipc')) complaints.push(message.text());
    });
    page.on('pageerror', (error) => complaints.push(error.message));
    await page.goto(agent.address());
    const panel = new PanelPage(page);
    await panel.shows('enforcing');
    await use(panel);
    expect(complaints).toEqual([]);
  },
  accessible: async ({ page }, use) => use(() => findNoFault(page)),
  clipboard: async ({ context, page }, use) => {
    await context.grantPermissions(['clipboard-read', 'clipboard-write']);
    await use(() => page.evaluate(() => navigator.clipboard.readText()));
  },
});

/** The same in a real Electron: none of Playwright's own browsers is started. */
const inElectron = inChromium.extend<{ stage: ElectronStage }, { endElectron: undefined }>({
  front: 'electron',
  endElectron: [
    // biome-ignore lint/correctness/noEmptyPattern: Playwright reads the fixtures' names off this pattern
    async ({}, use) => {
      await use(undefined);
      await closeElectronStages();
    },
    { scope: 'worker', auto: true },
  ],
  stage: async ({ colorScheme, locale, timezoneId, viewport }, use) => {
    const stage = await setElectronStage(FIRST, {
      ...(colorScheme === undefined ? {} : { colorScheme }),
      ...(locale === undefined ? {} : { locale }),
      ...(timezoneId === undefined ? {} : { timezoneId }),
    });
    try {
      // Whatever the display allows the window to be.
      if (viewport !== null) await stage.page.setViewportSize(viewport);
      await use(stage);
    } finally {
      await stage.close();
    }
  },
  agent: async ({ stage }, use) => {
    answerLists(stage);
    await use(stage);
  },
  context: async ({ stage }, use) => use(stage.app.context()),
  page: async ({ stage }, use) => use(stage.page),
  clipboard: async ({ stage }, use) => use(() => stage.app.evaluate(({ clipboard }) => clipboard.readText())),
});

export const test: typeof inChromium = process.env.PORTCULLIS_FRONT === 'electron' ? inElectron : inChromium;
export { expect };
