import { type Browser, chromium, type Page } from '@playwright/test';
import { startTestAgent, type TestAgent } from '../support/agent.ts';
import { chromiumLaunch } from '../support/chromium-launch.ts';
import { servePanel } from '../support/served-panel.ts';

/** Milliseconds, one per round. */
export interface PanelTimes {
  /** From asking for the page to its headline being painted: what the tray's click waits for, without a window made ahead. */
  openToPainted: number[];
  /** From a click in the navigation to the view being painted. */
  clickToPainted: number[];
  /** From the owner's "Save & Apply" to the gateway's first decision by the new list. */
  savedToEnforced: number[];
  /** From the owner's "Save & Apply" to green again with the new revision, proven, in an open panel. */
  savedToGreen: number[];
}

const PATIENCE = 60_000;

/**
 * What a person waits for, on the real hub, gateway and agent, in a real browser.
 *
 * @param rounds how often each is measured, after one that does not count
 */
export async function panelTimes(rounds: number): Promise<PanelTimes> {
  const real = await startTestAgent();
  const served = await servePanel(real.agent);
  const browser = await chromium.launch(chromiumLaunch(process.env));
  const times: PanelTimes = { openToPainted: [], clickToPainted: [], savedToEnforced: [], savedToGreen: [] };
  try {
    await real.signIn('mia');
    await real.until('enforcing');
    for (let round = 0; round <= rounds; round += 1) {
      const { page, painted } = await openPanel(browser, served.address());
      const clicked = await clickToPainted(page);
      const { revision } = await real.hub.putSettings('acme', { registries: [] });
      await showsGreen(page, revision);
      const start = performance.now();
      const address = `round${round}.example`;
      const enforced = allowedSince(real, address, start);
      const saved = await real.hub.putSettings('acme', { registries: [{ address }] });
      await showsGreen(page, saved.revision);
      const green = performance.now() - start;
      await page.close();
      // What compiles while it runs has had its turn.
      if (round === 0) continue;
      times.openToPainted.push(painted);
      times.clickToPainted.push(clicked);
      times.savedToEnforced.push(await enforced);
      times.savedToGreen.push(green);
    }
    return times;
  } finally {
    await browser.close();
    await served.close();
    await real.stop();
  }
}

async function openPanel(browser: Browser, address: string): Promise<{ page: Page; painted: number }> {
  const page = await browser.newPage();
  await page.goto(address, { waitUntil: 'commit' });
  // The page's own clock starts with the navigation.
  const painted = await page.evaluate(
    () =>
      new Promise<number>((resolve) => {
        const look = () => {
          if (document.querySelector('main h1') === null) requestAnimationFrame(look);
          else requestAnimationFrame(() => setTimeout(() => resolve(performance.now())));
        };
        look();
      }),
  );
  return { page, painted };
}

async function clickToPainted(page: Page): Promise<number> {
  return page.evaluate(
    () =>
      new Promise<number>((resolve) => {
        const start = performance.now();
        document.querySelector<HTMLAnchorElement>('nav a[href="#/registries"]')?.click();
        const look = () => {
          if (document.querySelector('main[data-view=registries] h1') === null) requestAnimationFrame(look);
          else {
            requestAnimationFrame(() =>
              setTimeout(() => {
                resolve(performance.now() - start);
                location.hash = '#/overview';
              }),
            );
          }
        };
        look();
      }),
  );
}

/** Asks until the name is no longer blocked: there is no resolver behind, so the answer is then another failure. */
async function allowedSince({ gateway }: TestAgent, name: string, start: number): Promise<number> {
  while ((await gateway.query(name)).rcode === 'NXDOMAIN') {
    if (performance.now() - start > PATIENCE) throw new Error(`${name} is still blocked`);
  }
  return performance.now() - start;
}

/** Revision and green belong to one and the same moment on screen. */
async function showsGreen(page: Page, revision: number): Promise<void> {
  await page.waitForFunction(
    (wanted) =>
      document.querySelector('.banner.tone-green[data-state=enforcing]') !== null &&
      document.body.innerText.includes(`revision ${wanted}`),
    revision,
    { timeout: PATIENCE },
  );
}
