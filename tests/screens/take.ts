import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { chromium } from '@playwright/test';
import type { StateId } from '../../shared/state/derive-state.ts';
import { PanelPage } from '../e2e/pages/panel-page.ts';
import { chromiumLaunch } from '../support/chromium-launch.ts';
import { allOf, caveats, listOf, refusedHosts, refusedImage, registries, transitions } from '../support/panel-data.ts';
import { setPanelStage } from '../support/panel-stage.ts';
import { inputsFor, snapshotOf } from '../support/snapshots.ts';

/**
 * `npm run screens` draws the pictures of the documentation anew; `npm run screens -- FOLDER` puts every state, in both
 * themes, wide and narrow, into a folder to look at.
 */
const root = join(import.meta.dirname, '..', '..');
const folder = process.argv[2];

const browser = await chromium.launch(chromiumLaunch(process.env));
const agent = await setPanelStage(snapshotOf(inputsFor.enforcing));
agent.answer({
  'registries.list': listOf(registries),
  'denials.list': allOf(refusedHosts),
  'transitions.list': allOf(transitions),
  'decide.explain': async () => refusedImage,
});

async function take(states: StateId[], colorScheme: 'light' | 'dark', width: number, file: (state: StateId) => string) {
  const viewport = { width, height: 720 };
  const context = await browser.newContext({ colorScheme, viewport, locale: 'en-GB', timezoneId: 'UTC' });
  const page = await context.newPage();
  await page.goto(agent.address());
  const panel = new PanelPage(page);
  for (const state of states) {
    agent.play(snapshotOf(inputsFor[state], { caveats: [...caveats] }));
    await panel.shows(state);
    await page.screenshot({ path: file(state), fullPage: folder !== undefined, animations: 'disabled' });
  }
  await context.close();
}

try {
  if (folder === undefined) {
    const docs = join(root, 'docs');
    await mkdir(join(docs, 'screens'), { recursive: true });
    await take(['enforcing'], 'light', 1120, () => join(docs, 'panel.png'));
    const others: StateId[] = ['sign-in-required', 'locked', 'not-enforcing'];
    await take(others, 'light', 1120, (state) => join(docs, 'screens', `${state}.png`));
  } else {
    await mkdir(folder, { recursive: true });
    for (const theme of ['light', 'dark'] as const) {
      for (const [size, width] of [
        ['wide', 1180],
        ['narrow', 360],
      ] as const) {
        const all = Object.keys(inputsFor) as StateId[];
        await take(all, theme, width, (state) => join(folder, `${state}-${theme}-${size}.png`));
      }
    }
  }
} finally {
  await browser.close();
  await agent.close();
}
