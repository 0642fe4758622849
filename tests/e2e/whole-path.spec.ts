import { test as base, expect } from '@playwright/test';
import { startTestAgent, type TestAgent } from '../support/agent.ts';
import { openBridgePage } from '../support/electron/bridge-page.ts';
import { type ElectronPage, openElectronPage } from '../support/electron/electron-stage.ts';
import { servePanel } from '../support/served-panel.ts';
import { TestBrowser } from '../support/test-browser.ts';
import type { Front } from './fixtures.ts';
import { PanelPage } from './pages/panel-page.ts';
import { SignInPage } from './pages/sign-in-page.ts';

const ALLOWED = 'registry.allowed.example';
const OTHER = 'registry.other.example';

/** What a person does on the page of the organization. */
type SignIn = Pick<SignInPage, 'signIn' | 'cancel'>;

interface Fixtures {
  real: TestAgent;
  /** The panel's page, wherever it is. */
  served: { address(): string; close(): Promise<void> };
  panel: PanelPage;
  openSignIn: () => Promise<SignIn>;
}

/** Nothing is played here: the real server of the organization, the real gateway, the real agent, its real panel. */
const inChromium = base.extend<Front & Fixtures>({
  front: ['browser', { option: true }],
  // biome-ignore lint/correctness/noEmptyPattern: Playwright reads the fixtures' names off this pattern
  real: async ({}, use) => {
    const real = await startTestAgent();
    await real.hub.putSettings('acme', {
      registries: [{ address: ALLOWED, nickname: 'Acme production' }],
      contact: 'olivia@acme.example',
    });
    await use(real);
    await real.stop();
  },
  served: async ({ front, real, page }, use) => {
    const served =
      front === 'bridge' ? await openBridgePage(page, async () => real.agent) : await servePanel(real.agent);
    await use(served);
    await served.close();
  },
  panel: async ({ served, page }, use) => {
    const complaints: string[] = [];
    page.on('console', (message) => complaints.push(message.text()));
    await page.goto(served.address());
    await use(new PanelPage(page));
    expect(complaints.filter((text) => !text.includes('/ipc'))).toEqual([]);
  },
  // In a browser the panel opens the page of the sign-in itself; over the bridge it has the agent do it.
  openSignIn: async ({ context, front, panel, real }, use) => {
    await use(async () => {
      if (front === 'browser') {
        const opening = context.waitForEvent('page');
        await panel.button('Sign in').click();
        return new SignInPage(await opening);
      }
      await panel.button('Sign in').click();
      await expect.poll(() => real.opened).toHaveLength(1);
      const page = await context.newPage();
      await page.goto(real.opened[0] ?? '');
      return new SignInPage(page);
    });
  },
});

/** The same in a real Electron, which shows nothing but the panel: the page of the organization is gone through without a window. */
const inElectron = inChromium.extend<{ stage: ElectronPage }>({
  front: 'electron',
  stage: async ({ locale, real, timezoneId }, use) => {
    const handlers = { ...real.agent.handlers, 'panel.open': async () => ({ url: null }) };
    const stage = await openElectronPage(
      { ...real.agent, handlers },
      { locale: locale ?? 'en-GB', timezoneId: timezoneId ?? 'UTC' },
    );
    await use(stage);
    await stage.close();
  },
  served: async ({ stage }, use) => use({ address: stage.address, close: async () => undefined }),
  context: async ({ stage }, use) => use(stage.app.context()),
  page: async ({ stage }, use) => use(stage.page),
  openSignIn: async ({ panel, real }, use) => {
    await use(async () => {
      await panel.button('Sign in').click();
      await expect.poll(() => real.opened).toHaveLength(1);
      const browser = new TestBrowser();
      await browser.open(real.opened[0] ?? '');
      const press = async (action: string, values: Record<string, string> = {}): Promise<void> => {
        await browser.submit(values, { name: 'action', value: action });
      };
      return {
        signIn: (username, password) => press('sign-in', { username, password }),
        cancel: () => press('cancel'),
      };
    });
  },
});

const test: typeof inChromium = process.env.PORTCULLIS_FRONT === 'electron' ? inElectron : inChromium;

test('from "sign in" to a list that is in force, its change, and out again', async ({ openSignIn, panel, real }) => {
  await panel.shows('sign-in-required');
  await expect(panel.managedBy).toContainText(real.gateway.managedFolder);
  await panel.ask(`${ALLOWED}/app`);
  await expect(panel.check).toContainText('All pulls are blocked until a member of acme signs in.');

  const signIn = await openSignIn();
  await signIn.signIn('mia', await real.hub.password('mia'));
  await panel.shows('enforcing');
  await panel.page.bringToFront();
  await expect(panel.headline).toHaveText('Restricted by acme');
  await expect(panel.banner).toContainText('demo, no engine attached');
  await expect(panel.managedBy).toContainText('Mia, signed in');
  await expect(panel.proof).toContainText(/Lookups \(DNS\)Blocked a test name/);
  await expect(panel.registries).toContainText('Acme production');
  await expect(panel.check.locator('[data-allowed=true]')).toBeVisible();

  await panel.ask(OTHER);
  await expect(panel.check).toContainText(`${OTHER} is blocked by acme.`);
  await real.hub.putSettings('acme', { registries: [{ address: ALLOWED }, { address: OTHER }] });
  await expect(panel.check.locator('[data-allowed=true]')).toBeVisible();
  await expect(panel.registries).toContainText(OTHER);

  await panel.button('Sync now').click();
  await expect(panel.policy.getByRole('status')).toHaveText('Up to date');

  await panel.button('Sign out').click();
  await panel.page.getByRole('dialog').getByRole('button', { name: 'Sign out' }).click();
  await panel.shows('sign-in-required');
});

test('a sign-in that is cancelled on the page is said to be, and can be tried again', async ({ openSignIn, panel }) => {
  await panel.shows('sign-in-required');
  const signIn = await openSignIn();
  await signIn.cancel();
  await panel.page.bringToFront();
  await expect(panel.banner).toContainText(/cancel/i);
  await expect(panel.button('Sign in')).toBeEnabled();
});

test('a gateway that dies takes the green away at once', async ({ openSignIn, panel, real }) => {
  await panel.shows('sign-in-required');
  const signIn = await openSignIn();
  await signIn.signIn('mia', await real.hub.password('mia'));
  await panel.shows('enforcing');
  await real.gateway.halt('SIGKILL');
  await panel.shows('locked');
  await expect(panel.banner).toContainText('The filter is not responding, so all pulls are blocked');
});
