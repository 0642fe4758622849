import { defineConfig } from '@playwright/test';

/**
 * The panel's specs in a real Electron: `npm run test:electron`. Left out is what is about the panel in a browser (tagged, or a file that
 * opens one), and what only a double of Electron can count.
 */
process.env.PORTCULLIS_FRONT = 'electron';

export default defineConfig({
  testDir: 'tests/e2e',
  testIgnore: ['demo.spec.ts', 'every-state.spec.ts'],
  grepInvert: /@browser|@bridge/,
  outputDir: 'test-results',
  workers: 1,
  retries: 0,
  forbidOnly: process.env.CI === 'true',
  timeout: 240_000,
  expect: { timeout: 60_000 },
  reporter: 'list',
  use: {
    locale: 'en-GB',
    timezoneId: 'UTC',
    viewport: { width: 1180, height: 860 },
  },
});
