import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { type BrowserContextOptions, chromium, type Page } from '@playwright/test';
import { DASHBOARD_PATH } from '../../shared/schemas/hub-schema.ts';
import { SignInPage } from '../e2e/pages/sign-in-page.ts';
import { chromiumLaunch } from '../support/chromium-launch.ts';
import { startHub } from '../support/hub.ts';
import { peopleClient } from '../support/hub-people.ts';
import { reportingAgent } from '../support/machine-client.ts';
import { signingGateway } from '../support/signing-gateway.ts';

/**
 * A part of `npm run screens:dashboard`: draws the dashboard's pictures of the documentation anew, over a real hub; with a FOLDER it puts every view into it,
 * in both themes and languages, wide and narrow, whole, to look at.
 */
const folder = process.argv[2];
const docs = join(import.meta.dirname, '..', '..', 'docs', 'screens', 'dashboard');
const VIEWS = ['registry-access', 'requests', 'activity', 'people', 'machines', 'roll-out'] as const;
const WIDE: BrowserContextOptions = { colorScheme: 'light', viewport: { width: 1120, height: 640 } };

const person = (username: string, role: 'owner' | 'registry-manager' | 'auditor' | 'member') => ({
  username,
  name: `${username[0]?.toUpperCase()}${username.slice(1)}`,
  email: `${username}@acme.example`,
  organizations: [{ name: 'acme', role }],
});

const hub = await startHub({
  organizations: [{ name: 'acme' }],
  users: [
    person('olivia', 'owner'),
    person('otto', 'owner'),
    person('rita', 'registry-manager'),
    person('ada', 'auditor'),
    person('mia', 'member'),
    person('max', 'member'),
  ],
});
const browser = await chromium.launch(chromiumLaunch(process.env));

/** What an ordinary organization has saved, a revision each. */
async function fill(): Promise<void> {
  const registries: { address: string; nickname?: string }[] = [{ address: 'docker.io', nickname: 'Docker Hub' }];
  for (const [address, nickname] of [
    ['ghcr.io', 'GitHub packages'],
    ['registry.acme.example', 'Acme production'],
    ['registry-dev.acme.example:5000', 'Acme development'],
    ['quay.io', 'Quay'],
    ['mcr.microsoft.com', 'Microsoft'],
    ['*.gitlab.acme.example', 'GitLab'],
  ] as const) {
    registries.push({ address, nickname });
    await hub.putSettings('acme', { registries: [...registries], contact: '#registries' });
  }
  await hub.putSettings('acme', {
    registries: registries.filter(({ address }) => address !== 'quay.io'),
    contact: '#registries',
  });
  await request();
  await report();
}

/** What people ask for. */
async function request(): Promise<void> {
  await hub.putSettings('acme', { requests: true });
  for (const [username, subject, reason] of [
    ['mia', 'gcr.io/distroless/static:nonroot', 'Base image of the new build.'],
    ['max', 'gcr.io/kaniko-project/executor', 'Our pipeline builds with it.'],
    ['rita', 'registry.k8s.io/pause:3.10', 'Local cluster.'],
    ['max', 'ghrc.io/acme/tool', undefined],
  ] as const) {
    const [host] = subject.split('/');
    await peopleClient(hub, 'acme', await hub.signIn(username)).call('POST', 'requests', { host, subject, reason });
  }
}

/** Machines that enforce, and some that need somebody. */
async function report(): Promise<void> {
  const olivia = peopleClient(hub, 'acme', await hub.signIn('olivia'));
  const claims = [{}, {}, {}, { attachment: null }, {}];
  for (const [index, change] of claims.entries()) {
    const gateway = await signingGateway(hub.url);
    const person = ['mia', 'max', 'rita'][index % 3] ?? 'mia';
    await reportingAgent(hub, 'acme', await hub.signIn(person)).report(gateway, change);
    // The last one has not been enrolled yet.
    if (index < claims.length - 1) await olivia.call('POST', 'machines/enrolments', { thumbprints: [gateway.jkt] });
  }
}

async function open(options: BrowserContextOptions): Promise<Page> {
  const context = await browser.newContext({ locale: 'en-GB', timezoneId: 'UTC', ...options });
  const page = await context.newPage();
  await page.goto(`${hub.url}${DASHBOARD_PATH}`);
  await new SignInPage(page).signIn('olivia', await hub.password('olivia'));
  await page.locator('details.account').waitFor();
  return page;
}

async function take(page: Page, views: readonly string[], path: (view: string) => string): Promise<void> {
  for (const view of views) {
    await page.goto(`${hub.url}${DASHBOARD_PATH}#/${view}`);
    await page.locator(`main[data-view=${view}] h1`).waitFor();
    await page.waitForFunction(() => document.querySelector('main .waiting, main [aria-busy=true]') === null);
    await page.screenshot({ path: path(view), fullPage: folder !== undefined, animations: 'disabled' });
  }
}

try {
  await fill();
  if (folder === undefined) {
    // The first is in the documentation with staged edits (take-staged.ts).
    await take(await open(WIDE), VIEWS.slice(1), (view) => join(docs, `${view}.png`));
  } else {
    await mkdir(folder, { recursive: true });
    for (const colorScheme of ['light', 'dark'] as const) {
      for (const [width, locale] of [
        [1280, 'en-GB'],
        [800, 'de-DE'],
        [380, 'de-DE'],
        [380, 'en-GB'],
      ] as const) {
        const page = await open({ colorScheme, locale, viewport: { width, height: 860 } });
        await take(page, VIEWS, (view) => join(folder, `${view}-${colorScheme}-${width}-${locale.slice(0, 2)}.png`));
        await page.context().close();
      }
    }
  }
} finally {
  await browser.close();
  await hub.stop();
}
