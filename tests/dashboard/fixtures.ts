import { test as base, expect, type Page } from '@playwright/test';
import { DASHBOARD_PATH } from '../../shared/schemas/hub-schema.ts';
import { SignInPage } from '../e2e/pages/sign-in-page.ts';
import { findNoFault } from '../support/accessible.ts';
import { startHub, type TestHub, type TestHubOptions } from '../support/hub.ts';
import { DashboardPage } from './dashboard-page.ts';

/** Who is there at the beginning of each spec. */
export const PEOPLE: TestHubOptions = {
  organizations: [{ name: 'acme' }, { name: 'globex' }],
  users: [
    {
      username: 'olivia',
      name: 'Olivia',
      email: 'olivia@acme.example',
      organizations: [{ name: 'acme', role: 'owner' }],
    },
    { username: 'otto', name: 'Otto', organizations: [{ name: 'acme', role: 'owner' }] },
    { username: 'ada', name: 'Ada', organizations: [{ name: 'acme', role: 'auditor' }] },
    { username: 'mia', name: 'Mia', organizations: [{ name: 'acme', role: 'member' }] },
    {
      username: 'gus',
      name: 'Gus',
      organizations: [
        { name: 'acme', role: 'owner' },
        { name: 'globex', role: 'owner' },
      ],
    },
    { username: 'nobody', name: 'Nobody', organizations: [] },
  ],
};

export interface Fixtures {
  /** Of the hub; a spec replaces it with `test.use`. */
  hubOptions: TestHubOptions;
  /** A real hub in a process and a folder of its own, which serves the built dashboard. */
  hub: TestHub;
  /** Opens the dashboard and signs in on the hub's real pages. It may log nothing: a violated policy would be logged. */
  signIn: (username: string, options?: { view?: string; page?: Page }) => Promise<DashboardPage>;
  /** Asserts that axe finds nothing to object to, in both themes. */
  accessible: (page?: Page) => Promise<void>;
}

/** Chromium reports each answer that is no success, which the specs are about, and a field that a test has filled before it got the focus. */
const EXPECTED = /^(Failed to load resource: |Autofocus processing was blocked )/;

export const test = base.extend<Fixtures>({
  hubOptions: [PEOPLE, { option: true }],
  hub: async ({ hubOptions }, use, test) => {
    const hub = await startHub(hubOptions);
    await use(hub);
    if (test.status !== test.expectedStatus) await test.attach('hub.log', { body: hub.log() });
    await hub.stop();
  },
  signIn: async ({ hub, page: first }, use) => {
    const complaints: string[] = [];
    const watched = new Set<Page>();
    const watch = (page: Page): void => {
      if (watched.has(page)) return;
      watched.add(page);
      page.on('console', (message) => {
        if (!EXPECTED.test(message.text())) complaints.push(message.text());
      });
      page.on('pageerror', (error) => complaints.push(error.message));
    };
    await use(async (username, { view, page = first } = {}) => {
      watch(page);
      await page.goto(`${hub.url}${DASHBOARD_PATH}${view === undefined ? '' : `#/${view}`}`);
      await new SignInPage(page).signIn(username, await hub.password(username));
      const dashboard = new DashboardPage(page);
      await expect(dashboard.account).toBeVisible();
      return dashboard;
    });
    expect(complaints).toEqual([]);
  },
  accessible: async ({ page: first }, use) => {
    await use(async (page = first) => {
      const kept = await page.evaluate(() => document.documentElement.dataset.theme);
      // Nothing but the colours differs in the dark.
      for (const [theme, rules] of [['light', undefined] as const, ['dark', ['color-contrast']] as const]) {
        await page.evaluate((wanted) => {
          document.documentElement.dataset.theme = wanted;
        }, theme);
        await base.step(theme, () => findNoFault(page, rules));
      }
      await page.evaluate((theme) => {
        document.documentElement.dataset.theme = theme;
      }, kept);
    });
  },
});

export { expect };
