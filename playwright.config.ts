import { defineConfig } from '@playwright/test';
import type { Front } from './tests/e2e/fixtures.ts';
import { chromiumLaunch } from './tests/support/chromium-launch.ts';

/**
 * The panel in the Chromium that is installed; none is downloaded. It is served to a browser here; playwright.electron.config.ts runs the
 * same specs in a real Electron. What counts a double of Electron runs over its preload script in Chromium (`bridge`). A test that is
 * about one of them is tagged with its name; `@shell` is about Electron, a real one too.
 */
/** Of a real Electron only. */
const electronOnly = ['electron*.spec.ts', 'desktop*.spec.ts'];
/** About the panel alone, whatever shows it: a run that shows it in a real Electron does not do it here once more. */
const panelAlone = ['grants.spec.ts', 'overview.spec.ts', 'states.spec.ts', 'views.spec.ts'];

export default defineConfig<Front>({
  testDir: 'tests/e2e',
  outputDir: 'test-results',
  fullyParallel: true,
  workers: 2,
  retries: 0,
  forbidOnly: process.env.CI === 'true',
  // They only end what hangs: the slowest spec takes a third of this on a machine with twice as many busy processes as cores.
  timeout: 240_000,
  expect: { timeout: 60_000 },
  reporter: 'list',
  use: {
    // What hangs is named, before the whole test runs out of time.
    actionTimeout: 100_000,
    navigationTimeout: 100_000,
    browserName: 'chromium',
    viewport: { width: 1180, height: 860 },
    locale: 'en-GB',
    timezoneId: 'UTC',
    // Its pictures of every step take a third of the processor: `--trace retain-on-failure` where one is wanted.
    trace: 'off',
    launchOptions: chromiumLaunch(process.env),
  },
  projects: [
    {
      name: 'browser',
      grepInvert: /@bridge|@shell/,
      testIgnore: process.env.PORTCULLIS_ALSO_IN_ELECTRON === 'true' ? [...electronOnly, ...panelAlone] : electronOnly,
    },
    {
      name: 'bridge',
      testMatch: ['bridge.spec.ts', 'requests.spec.ts'],
      grepInvert: /@browser/,
      use: { front: 'bridge' },
    },
    // Over a real hub.
    { name: 'dashboard', testDir: 'tests/dashboard' },
  ],
});
