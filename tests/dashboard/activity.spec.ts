import { readFile } from 'node:fs/promises';
import type { Locator, Page } from '@playwright/test';
import { peopleClient } from '../support/hub-people.ts';
import { expect, test } from './fixtures.ts';

const DOCKER = { address: 'docker.io', nickname: 'Docker Hub' };

const entries = (page: Page): Locator =>
  page.getByRole('list', { name: /^(Activity|Aktivität)$/ }).locator(':scope > li');

test('Activity names who did what and when, with what each revision changed', async ({
  accessible,
  hub,
  page,
  signIn,
}) => {
  await hub.putSettings('acme', { registries: [DOCKER, { address: 'ghcr.io', nickname: 'GitHub' }] });
  await hub.putSettings('acme', { mode: 'audit', registries: [{ address: 'ghcr.io', nickname: 'GitHub' }] });
  const dashboard = await signIn('olivia');
  await dashboard.show('Activity');
  await expect(page).toHaveTitle('Activity · acme · Portcullis');
  const changed = entries(page).filter({ hasText: 'Revision 3' });
  await expect(changed).toContainText('olivia changed the allowed registries');
  await expect(changed.getByRole('listitem')).toHaveText(['Mode: audit only', 'Removed docker.io (Docker Hub)']);
  await expect(entries(page).filter({ hasText: 'Revision 2' })).toContainText('Added ghcr.io (GitHub)');
  await expect(entries(page).last()).toContainText('The server created the organization');
  await accessible();
});

test('it speaks the language of whoever reads it', async ({ accessible, hub, page, signIn }) => {
  const owner = peopleClient(hub, 'acme', await hub.signIn('olivia'));
  await owner.call('POST', 'teams', { name: 'platform' });
  await owner.invite('nina', 'registry-manager', { teams: ['platform'] });
  await hub.putSettings('acme', { registries: [DOCKER, { address: 'ghcr.io' }] });
  const dashboard = await signIn('olivia', { view: 'activity' });
  await expect(entries(page).filter({ hasText: 'invited nina as registry-manager, in platform' })).toHaveCount(1);
  await dashboard.openAccount();
  await page.getByRole('radio', { name: 'Deutsch' }).check();
  await page.keyboard.press('Escape');
  const invited = entries(page).filter({ hasText: 'hat jemanden eingeladen' });
  await expect(invited.getByRole('listitem')).toHaveText('nina als Registry-Verwalter eingeladen, im Team platform');
  await expect(entries(page).filter({ hasText: 'Team platform angelegt' })).toHaveCount(1);
  await expect(entries(page).filter({ hasText: 'beim Dashboard angemeldet' })).toHaveCount(1);
  await expect(entries(page).last()).toContainText('acme mit');
  await expect(page.getByRole('list', { name: 'Aktivität' }).locator('[lang=en]')).toHaveCount(0);
  await accessible();
});

test('filters and search narrow it, and clearing them brings everything back', async ({
  accessible,
  hub,
  page,
  signIn,
}) => {
  await hub.putSettings('acme', { registries: [DOCKER, { address: 'ghcr.io' }] });
  await hub.putSettings('acme', { registries: [DOCKER] }, 'otto');
  await signIn('ada', { view: 'activity' });
  await expect(entries(page).last()).toContainText('The server created the organization');
  const all = await entries(page).count();
  expect(all).toBeGreaterThanOrEqual(3);
  await page.getByLabel('What').selectOption('Registries removed');
  await expect(entries(page)).toHaveCount(1);
  await expect(entries(page)).toContainText('otto');
  await page.getByLabel('What').selectOption('Everything');
  await page.getByLabel('User name').fill('olivia');
  await expect(entries(page).filter({ hasText: 'otto' })).toHaveCount(0);
  await page.getByLabel('Search').fill('GHCR');
  await expect(entries(page)).toHaveCount(1);
  await page.getByLabel('To', { exact: true }).fill('2020-01-01');
  await expect(page.getByText('Nothing matches these filters.')).toBeVisible();
  await accessible();
  await page.getByRole('list', { name: 'Activity' }).waitFor({ state: 'detached' });
  await page.locator('.empty-list').getByRole('button', { name: 'Clear filters' }).click();
  await expect.poll(() => entries(page).count()).toBeGreaterThanOrEqual(all);
  await expect(page.getByLabel('Search')).toHaveValue('');
  // An auditor sees everything and takes nothing back.
  await expect(page.getByRole('button', { name: /^Undo/ })).toHaveCount(0);
});

test('a revision is undone from its entry, after what returns has been named', async ({
  accessible,
  hub,
  page,
  signIn,
}) => {
  await hub.putSettings('acme', { registries: [DOCKER, { address: 'quay.io' }] });
  await hub.putSettings('acme', { registries: [DOCKER] });
  await signIn('olivia', { view: 'activity' });
  await page.getByRole('button', { name: 'Undo revision 3' }).click();
  const dialog = page.getByRole('dialog', { name: 'Undo revision 3?' });
  await expect(dialog).toContainText('Added quay.io');
  await accessible();
  await dialog.getByRole('button', { name: 'Restore revision 2' }).click();
  await expect(dialog).toHaveCount(0);
  const restored = entries(page).filter({ hasText: 'Revision 4' });
  await expect(restored).toContainText('restored an earlier revision');
  await expect(restored).toContainText('Restored revision 2');
  const token = await hub.signIn('olivia');
  const answer = await fetch(`${hub.url}/v1/orgs/acme/registry-access/settings`, {
    headers: { authorization: `Bearer ${token}` },
  });
  expect(await answer.json()).toMatchObject({ revision: 4, registries: [DOCKER, { address: 'quay.io' }] });

  await page.getByRole('button', { name: 'Undo revision 2', exact: true }).click();
  await expect(page.getByRole('dialog')).toContainText('2 later revisions are taken back too.');
  await page.getByRole('button', { name: 'Cancel' }).click();
});

test('what fits the filter is saved as a file', async ({ hub, page, signIn }) => {
  await hub.putSettings('acme', { registries: [DOCKER, { address: 'ghcr.io', nickname: '=1+1' }] });
  await signIn('ada', { view: 'activity' });
  await page.getByLabel('What').selectOption('Registries added');
  await expect(entries(page)).toHaveCount(1);
  for (const [button, name] of [
    ['Export CSV', 'activity-acme.csv'],
    ['Export JSON lines', 'activity-acme.jsonl'],
  ] as const) {
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('button', { name: button }).click(),
    ]);
    expect(download.suggestedFilename()).toBe(name);
    const text = await readFile(await download.path(), 'utf8');
    expect(text).toContain('added ghcr.io (=1+1)');
    expect(text).not.toContain('created acme');
  }
});

test('names and changes are text, whatever they say', async ({ hub, page, signIn }) => {
  const nickname = '<img src=x onerror=alert(1)>';
  await hub.putSettings('acme', { registries: [{ address: 'ghcr.io', nickname }], contact: 'javascript:alert(2)' });
  await signIn('olivia', { view: 'activity' });
  await expect(entries(page).filter({ hasText: 'Revision 2' })).toContainText(`Added ghcr.io (${nickname})`);
  await expect(page.locator('main img, main script, main a')).toHaveCount(0);
});

test('older entries come when they are asked for, and a narrow window shows everything', async ({
  accessible,
  hub,
  page,
  signIn,
}) => {
  for (let index = 0; index < 30; index += 1) await hub.putSettings('acme', { contact: `#c${index}` });
  await page.setViewportSize({ width: 380, height: 800 });
  await signIn('olivia', { view: 'activity' });
  await expect(entries(page)).toHaveCount(50);
  await page.getByRole('button', { name: 'Show older' }).click();
  await expect(entries(page).last()).toContainText('created the organization');
  const wide = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  expect(wide).toBe(0);
  await accessible();
});
