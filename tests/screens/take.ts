import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { type BrowserContextOptions, chromium } from '@playwright/test';
import { DEFAULT_SIZE } from '../../main/shell/window-placement.ts';
import type { Problem } from '../../shared/problems/problem.ts';
import type { Snapshot } from '../../shared/schemas/snapshot.ts';
import type { StateId } from '../../shared/state/derive-state.ts';
import { PanelPage } from '../e2e/pages/panel-page.ts';
import { chromiumLaunch } from '../support/chromium-launch.ts';
import { allOf, caveats, listOf, refusedHosts, refusedImage, registries, transitions } from '../support/panel-data.ts';
import { setPanelStage } from '../support/panel-stage.ts';
import { problem as anyProblem, inputsFor, snapshotOf } from '../support/snapshots.ts';

/**
 * `npm run screens` draws the pictures of the documentation anew; `npm run screens -- FOLDER` puts every state and every
 * view, in both themes, wide and narrow, whole, into a folder to look at.
 */
const folder = process.argv[2];
const docs = join(import.meta.dirname, '..', '..', 'docs');
const STATES = Object.keys(inputsFor) as StateId[];
const VIEWS = ['Registries', 'Activity', 'Caveats', 'Settings'] as const;
const LIGHT: BrowserContextOptions = { colorScheme: 'light', viewport: { width: 1040, height: 470 } };

/** What stands in the pictures where tests are content with any problem. */
const PROBLEMS: Partial<Record<StateId, Problem>> = {
  'enforcing-stale': {
    code: 'server-unreachable',
    message: 'The server of acme cannot be reached.',
    cause: 'connect ETIMEDOUT 203.0.113.7:443',
    next: 'Check your network or VPN.',
  },
  'not-enforcing': {
    code: 'probe-passed',
    message: 'A test name that must be blocked was answered.',
    cause: 'the engine was told 10.0.0.5 by 10.0.0.53',
    next: 'Run the checks. If this persists, contact your administrator.',
  },
};

const browser = await chromium.launch(chromiumLaunch(process.env));
const agent = await setPanelStage(snapshotOf(inputsFor.enforcing));
agent.answer({
  'registries.list': listOf(registries),
  'denials.list': allOf(refusedHosts),
  'transitions.list': allOf(transitions),
  'decide.explain': async () => refusedImage,
});

function pictured(state: StateId): Snapshot {
  const real = JSON.stringify(PROBLEMS[state] ?? anyProblem);
  const snapshot = snapshotOf(inputsFor[state], { caveats });
  return JSON.parse(JSON.stringify(snapshot).replaceAll(JSON.stringify(anyProblem), real));
}

async function open(options: BrowserContextOptions): Promise<PanelPage> {
  const context = await browser.newContext({ locale: 'en-GB', timezoneId: 'UTC', ...options });
  const page = await context.newPage();
  await page.goto(agent.address());
  await page.locator('main h1').first().waitFor();
  return new PanelPage(page);
}

async function save(panel: PanelPage, path: string): Promise<void> {
  await panel.page.screenshot({ path, fullPage: folder !== undefined, animations: 'disabled' });
}

async function takeStates(
  panel: PanelPage,
  states: readonly StateId[],
  file: (state: string) => string,
): Promise<void> {
  for (const state of states) {
    agent.play(pictured(state));
    await panel.shows(state);
    await save(panel, file(state));
  }
}

async function takeViews(panel: PanelPage, file: (view: string) => string): Promise<void> {
  agent.play(pictured('enforcing'));
  await panel.shows('enforcing');
  await panel.ask('gcr.io/distroless/static');
  await panel.check.locator('[data-allowed]').waitFor();
  for (const view of VIEWS) {
    await panel.goTo(view);
    await panel.page.locator(`main[data-view=${view.toLowerCase()}] h1`).waitFor();
    await save(panel, file(view.toLowerCase()));
  }
}

try {
  if (folder === undefined) {
    const screen = (name: string) => join(docs, 'screens', `${name}.png`);
    await mkdir(join(docs, 'screens'), { recursive: true });
    const readme = await open({ ...LIGHT, viewport: { width: 1120, height: 720 } });
    await takeStates(readme, ['enforcing'], () => join(docs, 'panel.png'));
    const panel = await open(LIGHT);
    await takeStates(panel, STATES, screen);
    await takeViews(panel, screen);
    const dark = await open({ ...LIGHT, colorScheme: 'dark' });
    await takeStates(dark, ['enforcing'], () => screen('dark'));
    const tray = await open({ ...LIGHT, viewport: DEFAULT_SIZE });
    await takeStates(tray, ['enforcing'], () => screen('tray'));
    const german = await open({ ...LIGHT, locale: 'de-DE' });
    await takeStates(german, ['enforcing'], () => screen('german'));
  } else {
    await mkdir(folder, { recursive: true });
    for (const colorScheme of ['light', 'dark'] as const) {
      for (const width of [1180, 480, 360]) {
        const panel = await open({ colorScheme, viewport: { width, height: 860 } });
        const file = (name: string) => join(folder, `${name}-${colorScheme}-${width}.png`);
        await takeStates(panel, STATES, file);
        await takeViews(panel, file);
      }
    }
  }
} finally {
  await browser.close();
  await agent.close();
}
