import { AxeBuilder } from '@axe-core/playwright';
import { test as base, expect } from '@playwright/test';
import { setBridgeStage } from '../support/electron/bridge-stage.ts';
import { allOf, caveats, listOf, refusedHosts, registries, transitions } from '../support/panel-data.ts';
import { type PanelStage, setPanelStage } from '../support/panel-stage.ts';
import { inputsFor, snapshotOf } from '../support/snapshots.ts';
import { PanelPage } from './pages/panel-page.ts';

export interface Front {
  /** `browser`: served over HTTP, as headless. `bridge`: over the preload script and the shell's IPC, as in Electron. */
  front: 'browser' | 'bridge';
}

interface Fixtures {
  /** An agent that plays what the test says; no panel is open yet. */
  agent: PanelStage;
  /** A panel opened on that agent, in state `enforcing`. It may log nothing: a violated policy would be logged. */
  panel: PanelPage;
  /** Asserts that axe finds nothing to object to. */
  accessible: () => Promise<void>;
}

export const test = base.extend<Front & Fixtures>({
  front: ['browser', { option: true }],
  agent: async ({ front, page }, use) => {
    const first = snapshotOf(inputsFor.enforcing, { caveats: [...caveats] });
    const agent = front === 'browser' ? await setPanelStage(first) : await setBridgeStage(page, first);
    agent.answer({
      'registries.list': listOf(registries),
      'denials.list': allOf(refusedHosts),
      'transitions.list': allOf(transitions),
    });
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
  accessible: async ({ page }, use) => {
    await use(async () => {
      const { violations } = await new AxeBuilder({ page }).analyze();
      expect(violations.map(({ id, nodes }) => ({ id, where: nodes.map(({ html }) => html) }))).toEqual([]);
    });
  },
});
export { expect };
