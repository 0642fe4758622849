import { RegistryAccessSettingsAnswer } from '../../shared/schemas/hub-schema.ts';
import type { TestHub } from '../support/hub.ts';
import { expect, test } from './fixtures.ts';
import { RegistryAccessPage } from './registry-access-page.ts';

test.use({ timezoneId: 'Europe/Berlin' });

async function settings(hub: TestHub): Promise<RegistryAccessSettingsAnswer> {
  const answer = await fetch(`${hub.url}/v1/orgs/acme/registry-access/settings`, {
    headers: { authorization: `Bearer ${await hub.signIn('olivia')}` },
  });
  return RegistryAccessSettingsAnswer.parse(await answer.json());
}
async function createTeams(hub: TestHub, ...names: string[]): Promise<void> {
  const authorization = `Bearer ${await hub.signIn('olivia')}`;
  for (const name of names) {
    const headers = { authorization, 'content-type': 'application/json' };
    await fetch(`${hub.url}/v1/orgs/acme/teams`, { method: 'POST', headers, body: JSON.stringify({ name }) });
  }
}
/** A year that the tests do not reach. */
const LATER = '2099-12-04T17:00:00Z';

test('a registry is allowed until a time and for a team, shown in the reader’s time with its zone', async ({
  accessible,
  hub,
  page,
  signIn,
}) => {
  await createTeams(hub, 'data', 'platform');
  await signIn('olivia');
  const view = new RegistryAccessPage(page);
  await view.address.fill('gcr.io');
  await view.form.getByRole('radio', { name: 'With a limit' }).check();
  await view.create.click();
  await expect(view.form.getByRole('alert')).toHaveText('Choose a time, a team, or both.');
  await accessible();
  await expect(view.form).toContainText('Time zone: Europe/Berlin.');
  await view.form.getByLabel('Until', { exact: true }).fill('2020-01-01T00:00');
  await expect(view.form.getByRole('alert')).toHaveText('This time has passed.');
  await view.form.getByLabel('Until', { exact: true }).fill('2099-12-04T18:00');
  await view.form.getByRole('checkbox', { name: 'platform' }).check();
  await view.create.click();
  await expect(view.bar.getByRole('status')).toHaveText('1 added');
  const row = view.row('gcr.io');
  await expect(row).toContainText('until Fri, Dec 4, 2099, 6:00 PM GMT+1');
  await expect(row).toContainText('for team platform');
  await page.getByRole('button', { name: 'Show changes' }).click();
  await expect(view.bar).toContainText('Added gcr.io, until Fri, Dec 4, 2099, 6:00 PM GMT+1, for team platform');
  await page.getByRole('button', { name: 'Preview' }).click();
  await expect(page.getByRole('dialog')).toContainText('newly allowed with a limit');
  await page.getByRole('button', { name: 'Close' }).click();
  await view.save.click();
  await expect(view.bar).toContainText('Saved as revision 2.');
  expect(await settings(hub)).toMatchObject({
    registries: [{ address: 'docker.io' }],
    grants: [{ address: 'gcr.io', until: LATER, teams: ['platform'] }],
  });
});

test('limits are changed and taken back in the row, and an expired one is marked', async ({
  accessible,
  hub,
  page,
  signIn,
}) => {
  await createTeams(hub, 'data', 'platform');
  await hub.putSettings('acme', {
    grants: [
      { address: 'gcr.io', until: LATER },
      { address: 'quay.io', nickname: 'Quay', teams: ['platform'] },
      { address: 'ghcr.io', until: new Date(Date.now() + 45_000).toISOString() },
    ],
  });
  await signIn('olivia');
  const view = new RegistryAccessPage(page);
  await expect(view.row('ghcr.io')).toContainText('expired', { timeout: 120_000 });
  await accessible();

  await view.row('quay.io').getByRole('button').first().click();
  await view.row('quay.io').getByRole('checkbox', { name: 'data' }).check();
  await expect(view.row('quay.io')).toContainText('for teams platform, data');
  await expect(view.bar.getByRole('status')).toHaveText('1 changed');
  await view.row('quay.io').getByRole('checkbox', { name: 'data' }).uncheck();
  await expect(view.bar).toBeHidden();

  await view.row('quay.io').getByRole('checkbox', { name: 'platform' }).uncheck();
  await expect(view.row('quay.io').getByRole('alert')).toHaveText('Choose a time, a team, or both.');
  await view.save.click();
  await expect(view.bar.getByRole('alert')).toContainText('nothing was saved');
  await view.row('quay.io').getByRole('button', { name: 'Until 1 week from now' }).click();
  await page.getByRole('button', { name: 'Remove gcr.io until', exact: false }).click();
  await expect(view.bar.getByRole('status')).toHaveText('1 removed, 1 changed');
  await accessible();
  await view.save.click();
  await expect(view.bar).toContainText('Saved as revision 3.');
  const { grants = [] } = await settings(hub);
  expect(grants).toMatchObject([{ address: 'quay.io', nickname: 'Quay', until: expect.any(String) }]);

  await page.getByRole('button', { name: 'History' }).click();
  const latest = page.getByRole('dialog').getByRole('listitem').first();
  await expect(latest).toContainText('Removed ghcr.io, which has expired');
  await expect(latest).toContainText('Removed gcr.io, until Fri, Dec 4, 2099');
  await page.getByRole('button', { name: 'Restore revision 2' }).click();
  await expect(page.getByRole('dialog')).toContainText('gcr.io');
  await page.getByRole('dialog').getByRole('button', { name: 'Restore', exact: true }).click();
  await expect(view.bar).toContainText('Saved as revision 4.');
  expect((await settings(hub)).grants).toMatchObject([{ address: 'gcr.io', until: LATER }, { teams: ['platform'] }]);
});

test('suggestions, requests and support are staged and saved like all else', async ({
  accessible,
  hub,
  page,
  signIn,
}) => {
  await hub.putSettings('acme', { hints: [{ address: 'gcr.io', use: 'mirror/gcr' }] });
  await signIn('olivia');
  const view = new RegistryAccessPage(page);
  await page.locator('.setting-group > summary').click();
  await page.getByRole('switch', { name: 'Access requests' }).click();
  await page.getByLabel('Support', { exact: true }).fill('Ask in #registries');
  await page.getByLabel('Support page').fill('http://help.acme.example');
  await page.getByRole('button', { name: 'Edit 1 suggestion…' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByRole('button', { name: 'Add' }).click();
  await expect(dialog.getByRole('alert')).not.toBeEmpty();
  await dialog.getByLabel('Blocked registry').fill('https://Quay.io/');
  await dialog.getByLabel('Use instead', { exact: true }).fill('mirror.acme.example/quay');
  await dialog.getByRole('button', { name: 'Add' }).click();
  await expect(dialog.getByLabel('Use instead of quay.io')).toHaveValue('mirror.acme.example/quay');
  await dialog.getByRole('button', { name: 'Remove the suggestion for gcr.io' }).click();
  await accessible();
  await dialog.getByRole('button', { name: 'Close' }).click();
  await expect(view.bar.getByRole('status')).toHaveText('2 suggestions changed, 3 settings changed');
  await view.save.click();
  await expect(page.getByLabel('Support page')).toHaveAttribute('aria-invalid', 'true');
  await accessible();
  await page.getByLabel('Support page').fill('https://help.acme.example');
  await view.save.click();
  await expect(view.bar).toContainText('Saved as revision 3.');
  expect(await settings(hub)).toMatchObject({
    hints: [{ address: 'quay.io', use: 'mirror.acme.example/quay' }],
    ...{ requests: true, support: { text: 'Ask in #registries', url: 'https://help.acme.example' } },
  });
  await expect(page.getByText('People can request access, support: Ask in #registries, 1 suggestion')).toBeVisible();
});

test('two owners who change the same limit choose between both', async ({ accessible, hub, page, signIn }) => {
  await createTeams(hub, 'data', 'platform');
  const quay = { address: 'quay.io', teams: ['platform'] };
  await hub.putSettings('acme', { grants: [{ address: 'gcr.io', until: LATER }, quay] });
  await signIn('olivia');
  const view = new RegistryAccessPage(page);
  await view.row('gcr.io').getByRole('button').first().click();
  await view.row('gcr.io').getByLabel('Until', { exact: true }).fill('2099-12-05T18:00');
  await hub.putSettings(
    'acme',
    {
      grants: [
        { address: 'gcr.io', until: '2099-12-06T17:00:00Z' },
        { ...quay, nickname: 'Quay' },
      ],
    },
    'otto',
  );
  await view.save.click();
  await expect(view.conflict).toContainText('otto saved revision 3');
  await expect(view.conflict).toContainText('Yours: until Sat, Dec 5, 2099, 6:00 PM GMT+1');
  await expect(view.conflict).toContainText('Theirs: until Sun, Dec 6, 2099, 6:00 PM GMT+1');
  await accessible();
  await view.conflict.getByRole('button', { name: 'Keep both' }).click();
  await view.save.click();
  await expect(view.bar).toContainText('Saved as revision 4.');
  expect((await settings(hub)).grants).toEqual([
    { address: 'gcr.io', until: '2099-12-05T17:00:00Z' },
    { ...quay, nickname: 'Quay' },
  ]);
});

test('an auditor sees limits and suggestions, and is offered no edit', async ({ accessible, hub, page, signIn }) => {
  await hub.putSettings('acme', {
    grants: [{ address: 'gcr.io', until: LATER }],
    hints: [{ address: 'quay.io', use: 'mirror/quay' }],
  });
  await signIn('ada');
  const view = new RegistryAccessPage(page);
  await view.row('gcr.io').getByRole('button').first().click();
  await expect(view.row('gcr.io').getByRole('textbox')).toHaveCount(0);
  await page.locator('.setting-group > summary').click();
  await expect(page.getByRole('switch', { name: 'Access requests' })).toBeDisabled();
  await page.getByRole('button', { name: 'Show 1 suggestion' }).click();
  await expect(page.getByRole('dialog')).toContainText('mirror/quay');
  await expect(page.getByRole('dialog').getByRole('textbox')).toHaveCount(0);
  await accessible();
});

for (const width of [320, 380, 800]) {
  test(`limits fit ${width} pixels, in German too`, async ({ accessible, hub, page, signIn }) => {
    await createTeams(hub, 'data-science', 'platform-engineering');
    await hub.putSettings('acme', {
      grants: [
        { address: '123456789012.dkr.ecr.eu-central-1.amazonaws.com', until: LATER, teams: ['platform-engineering'] },
        { address: 'quay.io', teams: ['platform-engineering', 'data-science'] },
      ],
      hints: [{ address: '123456789012.dkr.ecr.eu-central-1.amazonaws.com', use: 'mirror.acme.example/a/long/path' }],
    });
    await page.setViewportSize({ width, height: 700 });
    const dashboard = await signIn('olivia');
    await dashboard.openAccount();
    await page.getByRole('radio', { name: 'Deutsch' }).check();
    await page.keyboard.press('Escape');
    const fits = () =>
      page.evaluate(() => document.documentElement.scrollWidth <= document.documentElement.clientWidth);
    await page.getByRole('radio', { name: 'Mit Beschränkung' }).check();
    await page.getByText('für das Team platform-engineering').first().click();
    await page.locator('.setting-group > summary').click();
    expect(await fits()).toBe(true);
    await accessible();
    await page.getByRole('button', { name: '1 Vorschlag bearbeiten …' }).click();
    expect(await fits()).toBe(true);
    await accessible();
  });
}
