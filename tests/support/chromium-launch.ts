import type { LaunchOptions } from '@playwright/test';
import { findChromium } from '../setup/chromium.ts';

/** The Chromium that is installed, kept from everything but the pages it is given. Playwright's own is never downloaded. */
export function chromiumLaunch(env: NodeJS.ProcessEnv): LaunchOptions {
  return {
    executablePath: findChromium(env) ?? '/usr/bin/chromium',
    args: [
      // Chromium's sandbox does not run as root; the pages are our own.
      ...(process.getuid?.() === 0 ? ['--no-sandbox'] : []),
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  };
}
