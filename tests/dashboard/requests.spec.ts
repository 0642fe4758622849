import type { Locator, Page } from '@playwright/test';
import { MyRequests } from '../../shared/schemas/hub/requests.ts';
import { SignInPage } from '../e2e/pages/sign-in-page.ts';
import { forgetPasswords, peopleClient } from '../support/hub-people.ts';
import { expect, test } from './fixtures.ts';

test.beforeEach(async ({ hub }) => {
  await hub.putSettings('acme', { requests: true });
});

const row = (page: Page, host: string): Locator =>
  page.getByRole('listitem').filter({ has: page.getByRole('heading', { name: host, exact: true }) });

test('a registry manager sees who asks and why, and decides', async ({ accessible, hub, page, signIn }) => {
  const mia = peopleClient(hub, 'acme', await hub.signIn('mia'));
  const ada = peopleClient(hub, 'acme', await hub.signIn('ada'));
  const ask = (host: string, reason?: string, who = mia) => who.call('POST', 'requests', { host, reason });
  await ask('gcr.io', 'our base image');
  await ask('gcr.io', 'me too', ada);
  await ask('ghrc.io');
  await ask('registry.k8s.io', 'old cluster <b>images</b>');
  await ask('quay.example', 'please');

  const dashboard = await signIn('olivia', { view: 'requests' });
  await expect(dashboard.navigation.getByRole('link', { name: /4 open requests/ })).toBeVisible();
  await expect(page.getByRole('heading', { level: 2 }).first()).toHaveText('gcr.io');
  await expect(row(page, 'gcr.io')).toContainText('2 people ask');
  await row(page, 'gcr.io').locator('summary').click();
  await expect(row(page, 'gcr.io')).toContainText('“our base image”');
  // What looks like another one has to be looked at: it cannot be allowed with one press.
  await expect(row(page, 'ghrc.io')).toContainText('ghrc.io is not ghcr.io, but looks like it.');
  await expect(row(page, 'ghrc.io').getByRole('button', { name: 'Allow' })).toHaveCount(0);
  // Text of a person stays text.
  await expect(row(page, 'registry.k8s.io')).toContainText('“old cluster <b>images</b>”');
  await accessible();

  await row(page, 'gcr.io').getByRole('button', { name: 'Decide on gcr.io' }).click();
  const dialog = page.getByRole('dialog');
  await expect(dialog.getByLabel('gcr.io', { exact: true })).toBeChecked();
  await expect(dialog.getByLabel(/^storage\.googleapis\.com/)).not.toBeChecked();
  await accessible();
  await dialog.getByRole('radio', { name: 'Decline' }).check();
  await dialog.getByRole('button', { name: 'Decline' }).click();
  await expect(dialog.getByRole('alert').filter({ hasText: 'Give a reason.' })).toBeVisible();
  await dialog.getByRole('radio', { name: 'Suggest a mirror' }).check();
  await dialog.getByLabel('Use instead').fill('mirror.acme.example/gcr');
  await dialog.getByRole('button', { name: 'Suggest' }).click();
  await expect(page.getByRole('status').filter({ hasText: 'Suggested a mirror for gcr.io.' })).toBeVisible();
  await expect(row(page, 'gcr.io')).toHaveCount(0);
  const { items } = await mia.get(MyRequests, 'GET', 'requests/mine');
  expect(items.find(({ host }) => host === 'gcr.io')).toMatchObject({
    state: 'mirror',
    decided: { use: 'mirror.acme.example/gcr' },
  });

  await row(page, 'registry.k8s.io').getByRole('button', { name: 'Allow registry.k8s.io' }).click();
  await expect(page.getByRole('status').filter({ hasText: 'Allowed registry.k8s.io.' })).toBeVisible();
  await expect(dashboard.navigation.getByRole('link', { name: /2 open requests/ })).toBeVisible();

  await dashboard.button('Decided').click();
  await expect(row(page, 'registry.k8s.io')).toContainText('Allowed');
  await expect(row(page, 'registry.k8s.io')).toContainText('olivia');
  await accessible();
  await dashboard.button('Blocked lately').click();
  await expect(dashboard.main).toContainText('No machine reports which hosts it was blocked at.');
  await accessible();
  await dashboard.button('Open').click();
  await page.getByRole('searchbox').fill('please');
  await expect(page.getByRole('heading', { level: 2 })).toHaveText(['quay.example']);
});

test('what somebody else decided meanwhile is said, and what comes in is shown without loading the page again', async ({
  hub,
  page,
  signIn,
}) => {
  const mia = peopleClient(hub, 'acme', await hub.signIn('mia'));
  await mia.call('POST', 'requests', { host: 'one.example' });
  await signIn('olivia', { view: 'requests' });
  await row(page, 'one.example').getByRole('button', { name: 'Decide on one.example' }).click();
  const otto = peopleClient(hub, 'acme', await hub.signIn('otto'));
  const decision = { kind: 'decline', reason: 'no' };
  expect(await otto.outcome('POST', 'requests/decisions', { host: 'one.example', decision })).toBe('200');
  await page.getByRole('dialog').getByRole('radio', { name: 'Decline' }).check();
  await page.getByRole('dialog').getByLabel('Reason').fill('no');
  await page.getByRole('dialog').getByRole('button', { name: 'Decline' }).click();
  await expect(page.getByRole('dialog')).toContainText('There is no open request for one.example any more.');
  await page.keyboard.press('Escape');
  await mia.call('POST', 'requests', { host: 'two.example' });
  await expect(row(page, 'two.example')).toBeVisible({ timeout: 60_000 });
});

test('an auditor sees requests and decides nothing; webhooks are for owners', async ({
  accessible,
  hub,
  page,
  signIn,
}) => {
  const mia = peopleClient(hub, 'acme', await hub.signIn('mia'));
  await mia.call('POST', 'requests', { host: 'one.example' });
  const dashboard = await signIn('ada', { view: 'requests' });
  await expect(row(page, 'one.example')).toBeVisible();
  await expect(page.getByRole('button', { name: /^(?:Allow |Decide on)/ })).toHaveCount(0);
  await expect(dashboard.button('Webhooks')).toHaveCount(0);
  await accessible();
});

test('an owner adds a webhook, sees its secret once, tests and deletes it', async ({
  accessible,
  hub,
  page,
  signIn,
}) => {
  const dashboard = await signIn('olivia', { view: 'requests' });
  await dashboard.button('Webhooks').click();
  await expect(dashboard.main).toContainText('No webhooks yet.');
  await forgetPasswords(hub);
  await dashboard.button('Add webhook').click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Name').fill('Chat');
  await dialog.getByLabel('Address').fill('https://127.0.0.1/hook');
  await accessible();
  await dialog.getByRole('button', { name: 'Create' }).click();
  await dialog.getByRole('button', { name: 'Enter your password again' }).click();
  await new SignInPage(page).signIn('olivia', await hub.password('olivia'));
  // The tab is the same, and what was typed is still there.
  await expect(dialog.getByLabel('Name')).toHaveValue('Chat');
  await dialog.getByRole('button', { name: 'Create' }).click();
  await expect(dialog.getByRole('textbox', { name: 'Secret' })).toHaveValue(/^whsec_/);
  await accessible();
  await dialog.getByRole('button', { name: 'Done' }).click();
  await dashboard.button('Send a test to Chat').click();
  await expect(row(page, 'Chat')).toContainText('Failed');
  await row(page, 'Chat').locator('summary').click();
  await expect(row(page, 'Chat')).toContainText('leads to an address that is not on the public internet');
  await accessible();
  await dashboard.button('Switch Chat off').click();
  await expect(row(page, 'Chat')).toContainText('Off');
  await dashboard.button('Delete Chat').click();
  await dialog.getByRole('button', { name: 'Delete' }).click();
  await expect(dashboard.main).toContainText('No webhooks yet.');
});
