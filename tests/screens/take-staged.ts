import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { type BrowserContextOptions, chromium, type Page } from '@playwright/test';
import { DASHBOARD_PATH } from '../../shared/schemas/hub-schema.ts';
import { RegistryAccessPage } from '../dashboard/registry-access-page.ts';
import { SignInPage } from '../e2e/pages/sign-in-page.ts';
import { chromiumLaunch } from '../support/chromium-launch.ts';
import { startHub } from '../support/hub.ts';

/** A part of `npm run screens:dashboard`: the view Registry Access with staged edits, a preview, a conflict, and narrow in German. */
const folder = join(import.meta.dirname, '..', '..', 'docs', 'screens', 'dashboard');

const REGISTRIES = [
  { address: 'docker.io', nickname: 'Docker Hub' },
  { address: 'ghcr.io', nickname: 'GitHub' },
  { address: 'quay.io' },
  { address: 'registry.k8s.io', nickname: 'Kubernetes' },
  { address: 'mcr.microsoft.com' },
  { address: '123456789012.dkr.ecr.eu-central-1.amazonaws.com', nickname: 'Acme production' },
  { address: '*.registry.acme.example', nickname: 'All teams of Acme' },
];

await mkdir(folder, { recursive: true });
const hub = await startHub({
  organizations: [
    { name: 'acme', settings: { enabled: true, mode: 'enforce', contact: '#registries', registries: REGISTRIES } },
  ],
  users: ['olivia', 'otto'].map((username) => ({
    username,
    name: `${username.slice(0, 1).toUpperCase()}${username.slice(1)}`,
    organizations: [{ name: 'acme', role: 'owner' }],
  })),
});
const browser = await chromium.launch(chromiumLaunch(process.env));

async function open(options: BrowserContextOptions): Promise<Page> {
  const context = await browser.newContext({ locale: 'en-GB', timezoneId: 'UTC', ...options });
  const page = await context.newPage();
  await page.goto(`${hub.url}${DASHBOARD_PATH}`);
  await new SignInPage(page).signIn('olivia', await hub.password('olivia'));
  await page.locator('.add-card').waitFor();
  return page;
}

async function stage(page: Page): Promise<void> {
  const view = new RegistryAccessPage(page);
  await view.add('registry.partner.example', 'Partner');
  await view.remove('quay.io');
  await view.address.fill('hub.docker.com/r/acme');
  await view.nickname.focus();
  await page.evaluate(() => scrollTo({ top: 0 }));
}

const save = (page: Page, name: string): Promise<Buffer> =>
  page.screenshot({ path: join(folder, `${name}.png`), animations: 'disabled' });

const WIDE = { viewport: { width: 1180, height: 760 } };
try {
  const light = await open({ ...WIDE, colorScheme: 'light' });
  await stage(light);
  await save(light, 'registry-access');

  const dark = await open({ ...WIDE, colorScheme: 'dark' });
  await stage(dark);
  await dark.getByRole('button', { name: 'Preview' }).click();
  await dark.getByText('newly allowed').waitFor();
  await save(dark, 'preview');

  const narrow = await open({ viewport: { width: 380, height: 760 }, locale: 'de-DE', colorScheme: 'light' });
  await save(narrow, 'narrow-german');

  await hub.putSettings('acme', { registries: [...REGISTRIES, { address: 'nvcr.io', nickname: 'NVIDIA' }] }, 'otto');
  await new RegistryAccessPage(light).save.click();
  await light.locator('.conflict').waitFor();
  await light.evaluate(() => scrollTo({ top: 0 }));
  await save(light, 'conflict');
} finally {
  await browser.close();
  await hub.stop();
}
