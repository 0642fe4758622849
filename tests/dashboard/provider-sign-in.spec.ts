import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DASHBOARD_PATH } from '../../shared/schemas/hub-schema.ts';
import { startHub } from '../support/hub.ts';
import { placeForHub } from '../support/providers/hub-at-provider.ts';
import { startShapedProvider } from '../support/providers/shaped-provider.ts';
import { DashboardPage } from './dashboard-page.ts';
import { expect, test } from './fixtures.ts';

test('an owner signs in at the provider, and sees that people come from there', async ({ page, accessible }) => {
  const place = await placeForHub();
  const folder = await mkdtemp(join(tmpdir(), 'portcullis-provider-'));
  const clientSecretFile = join(folder, 'secret');
  await writeFile(clientSecretFile, place.secret);
  const provider = await startShapedProvider('okta', {
    issuer: 'loopback',
    client: { id: 'portcullis-hub', secret: place.secret, redirectUris: [place.redirectUri] },
    people: { olga: { name: 'Olga', organizations: ['acme-owners'] } },
  });
  const hub = await startHub({
    organizations: [{ name: 'acme' }],
    users: [],
    listen: { port: place.port },
    identity: {
      ...{ issuer: provider.issuer, clientId: provider.clientId, clientSecretFile, rolesClaim: '/groups' },
      roles: [{ value: 'acme-owners', organization: 'acme', role: 'owner' }],
    },
  });
  try {
    await page.goto(`${hub.url}${DASHBOARD_PATH}#/people`);
    await page.locator('input[name=login]').fill('olga');
    await page.locator('input[name=password]').fill('any');
    await page.locator('button[type=submit]').click();
    await page.locator('button[type=submit]', { hasText: 'Continue' }).click();
    await expect(new DashboardPage(page).account).toBeVisible();
    await expect(page.getByText(`People, roles and teams come from ${new URL(provider.issuer).host}`)).toBeVisible();
    await expect(page.getByRole('row').filter({ hasText: 'Olga' })).toContainText('Owner');
    await expect(page.getByRole('button', { name: /Olga/ }).and(page.locator('.person-name'))).toHaveCount(0);
    await accessible();
  } finally {
    await hub.stop();
    await provider.stop();
    await rm(folder, { recursive: true, force: true });
  }
});
