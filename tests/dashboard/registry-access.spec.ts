import { readFile } from 'node:fs/promises';
import { RegistryAccessSettingsAnswer } from '../../shared/schemas/hub-schema.ts';
import { SignInPage } from '../e2e/pages/sign-in-page.ts';
import type { TestHub } from '../support/hub.ts';
import { expect, test } from './fixtures.ts';
import { RegistryAccessPage } from './registry-access-page.ts';

async function settings(hub: TestHub): Promise<RegistryAccessSettingsAnswer> {
  const answer = await fetch(`${hub.url}/v1/orgs/acme/registry-access/settings`, {
    headers: { authorization: `Bearer ${await hub.signIn('olivia')}` },
  });
  return RegistryAccessSettingsAnswer.parse(await answer.json());
}

test('adding a registry takes three actions from the sign-in', async ({ hub, page, signIn }) => {
  await signIn('olivia');
  const view = new RegistryAccessPage(page);
  let actions = 0;
  const act = async (action: Promise<void>): Promise<void> => {
    actions += 1;
    await action;
  };
  await act(view.address.fill('ghcr.io'));
  await act(view.create.click());
  await act(view.save.click());
  expect(actions).toBeLessThanOrEqual(3);
  await expect(view.bar).toContainText('Saved as revision 2.');
  expect((await settings(hub)).registries).toEqual([
    { address: 'docker.io', nickname: 'Docker Hub' },
    { address: 'ghcr.io' },
  ]);
});

test('edits are staged, counted, taken back one by one, and saved as one revision', async ({
  accessible,
  hub,
  page,
  signIn,
}) => {
  await hub.putSettings('acme', { registries: [{ address: 'docker.io' }, { address: 'quay.io', nickname: 'Quay' }] });
  await signIn('olivia');
  const view = new RegistryAccessPage(page);
  await accessible();
  await view.add('https://GHCR.io/', 'GitHub');
  await view.add('*.registry.example', 'Ours');
  await view.remove('quay.io');
  await view.row('docker.io').getByRole('button').first().click();
  await view.row('docker.io').getByLabel('Registry nickname').fill('Hub');
  await page.getByLabel('Contact for requests').fill('#registries');
  await expect(view.bar.getByRole('status')).toHaveText('2 added, 1 removed, 1 renamed, 1 setting changed');
  await expect(view.row('quay.io')).toContainText('will be removed');
  await accessible();
  await page.getByRole('button', { name: 'Show changes' }).click();
  await expect(view.bar).toContainText('Removed quay.io (Quay)');
  await page.getByRole('button', { name: 'Undo the change to *.registry.example' }).click();
  await expect(view.bar.getByRole('status')).toHaveText('1 added, 1 removed, 1 renamed, 1 setting changed');
  expect((await settings(hub)).revision).toBe(2);

  await view.save.click();
  await expect(view.bar).toContainText('Saved as revision 3.');
  await expect(page.getByText('2 registries')).toBeVisible();
  expect(await settings(hub)).toMatchObject({
    revision: 3,
    contact: '#registries',
    registries: [
      { address: 'docker.io', nickname: 'Hub' },
      { address: 'ghcr.io', nickname: 'GitHub' },
    ],
  });
  await accessible();
});

test('help comes while one types', async ({ accessible, page, signIn }) => {
  await signIn('olivia');
  const view = new RegistryAccessPage(page);
  const help = page.locator('.address-help');

  // Known registries, by keys alone.
  await view.address.fill('github');
  await expect(page.getByRole('option', { name: 'ghcr.io' })).toBeVisible();
  await accessible();
  await view.address.press('ArrowDown');
  await view.address.press('Enter');
  await expect(view.address).toHaveValue('ghcr.io');
  await expect(help).toContainText('Allows ghcr.io.');
  await expect(help).toContainText('pkg-containers.githubusercontent.com');

  await view.address.fill('hub.docker.com/_/ubuntu');
  await expect(help).toContainText('hub.docker.com is a web site');
  await help.getByRole('button', { name: 'Use docker.io' }).click();
  await expect(help).toContainText('This registry is on the list already.');
  await view.create.click();
  await expect(view.bar).toHaveAttribute('data-shown', 'false');

  await view.address.fill('registry.example/acme');
  await expect(help).toContainText('This allows all of registry.example, not only /acme');
  await view.address.fill('http://registry.example');
  await expect(help).toContainText('"http://" means port 80');
  await view.address.fill('*.example.com');
  await expect(help).toContainText('every host below example.com, but not example.com itself');
  await view.create.click();
  await view.address.fill('registry.example.com');
  await expect(help).toContainText('Already allowed by *.example.com.');
  await view.address.fill('auth.docker.io');
  await expect(help).toContainText('Already allowed by docker.io.');
  await view.address.fill('registry.*.example');
  await expect(help).toContainText('The wildcard in "registry.*.example" is in the wrong place.');
  await view.create.click();
  await expect(view.address).toHaveAttribute('aria-invalid', 'true');
  await expect(view.bar.getByRole('status')).toHaveText('1 added');
  await accessible();
});

test('many at once: a paste and the lists of other programs, nothing wider without a tick', async ({
  accessible,
  page,
  signIn,
}) => {
  await signIn('olivia');
  const view = new RegistryAccessPage(page);
  await page.getByRole('button', { name: 'Add several…' }).click();
  const dialog = page.getByRole('dialog');
  const text = dialog.getByLabel('Addresses, or the content of a file');
  await text.fill('ghcr.io\nquay.io\tRed Hat\ndocker.io\nnot an address\nregistry.example/team\n');
  await expect(dialog).toContainText('already on the list');
  await expect(dialog.getByRole('checkbox', { name: 'ghcr.io' })).toBeChecked();
  await expect(dialog.getByRole('checkbox', { name: 'registry.example' })).not.toBeChecked();
  await expect(dialog).toContainText('will not be added');
  await accessible();
  await dialog.getByRole('button', { name: 'Add 2' }).click();
  await expect(view.bar.getByRole('status')).toHaveText('2 added');
  await expect(view.row('quay.io')).toContainText('Red Hat');

  await page.getByRole('button', { name: 'Add several…' }).click();
  await dialog.getByLabel('Or choose a file').setInputFiles({
    name: 'ram.json',
    mimeType: 'application/json',
    buffer: Buffer.from(
      JSON.stringify({
        enabled: true,
        standard_registries: [{ id: 'DockerHub', allowed: true }],
        custom_registries: [{ address: 'registry.corp.example', friendly_name: 'Corp', allowed: true }],
      }),
    ),
  });
  await expect(dialog).toContainText('Registry Access list of Docker');
  await dialog.getByRole('button', { name: 'Add 1' }).click();
  await expect(view.row('registry.corp.example')).toContainText('Corp');
});

test('what is dangerous is said before it is saved', async ({ accessible, page, signIn }) => {
  await signIn('olivia');
  const view = new RegistryAccessPage(page);
  await view.remove('docker.io');
  await expect(view.bar).toContainText('every pull is blocked');
  await view.add('ghcr.io');
  await expect(view.bar).toContainText('Without Docker Hub, images without a registry in their name');
  await page.getByRole('switch', { name: 'Restrictions' }).click();
  await expect(view.bar).toContainText('Nothing is blocked any more, on any machine of the organization.');
  await accessible();
  await view.bar.getByRole('button', { name: 'Discard' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Discard' }).click();
  await expect(view.bar).toHaveAttribute('data-shown', 'false');
  await expect(page.getByRole('switch', { name: 'Restrictions' })).toBeChecked();
});

test('an empty list teaches how to begin', async ({ accessible, hub, page, signIn }) => {
  await hub.putSettings('acme', { registries: [] });
  await signIn('olivia');
  const view = new RegistryAccessPage(page);
  await expect(page.getByText('No registry is allowed yet')).toBeVisible();
  await accessible();
  await page.getByRole('button', { name: 'docker.io' }).click();
  await expect(view.row('docker.io')).toContainText('Docker Hub');
});

test('preview and history: what a change does, and the way back that names what returns', async ({
  accessible,
  hub,
  page,
  signIn,
}) => {
  await signIn('olivia');
  const view = new RegistryAccessPage(page);
  const dialog = page.getByRole('dialog');
  await view.add('ghcr.io');
  await view.remove('docker.io');
  await view.bar.getByRole('button', { name: 'Preview' }).click();
  await expect(dialog).toContainText(/\d+ hosts no longer allowed/);
  await expect(dialog).toContainText('registry-1.docker.io');
  await expect(dialog).toContainText('No usage data');
  await accessible();
  await dialog.getByRole('button', { name: 'Close' }).click();
  await view.save.click();
  await expect(view.bar).toContainText('Saved as revision 2.');

  await page.getByRole('button', { name: 'History' }).click();
  await expect(dialog).toContainText('Revision 2');
  await accessible();
  await dialog.getByRole('button', { name: 'Restore revision 1' }).click();
  await expect(dialog).toContainText('1 registry comes back:');
  await expect(dialog).toContainText('Added docker.io (Docker Hub)');
  await expect(dialog).toContainText('1 registry is removed:');
  await dialog.getByRole('button', { name: 'Restore', exact: true }).click();
  await expect(view.bar).toContainText('Saved as revision 3.');
  expect((await settings(hub)).registries).toEqual([{ address: 'docker.io', nickname: 'Docker Hub' }]);
});

test('two owners at once: both versions side by side, and nothing lost', async ({
  accessible,
  browser,
  hub,
  page,
  signIn,
}) => {
  await signIn('olivia');
  const olivia = new RegistryAccessPage(page);
  const other = await (await browser.newContext({ locale: 'en-GB' })).newPage();
  await signIn('otto', { page: other });
  const otto = new RegistryAccessPage(other);

  await olivia.add('ghcr.io', 'GitHub');
  await olivia.add('quay.io', 'Quay');
  await olivia.remove('docker.io');
  await otto.add('ghcr.io', 'GitHub packages');
  await otto.add('registry.k8s.io');
  await otto.save.click();
  await expect(otto.bar).toContainText('Saved as revision 2.');

  await olivia.save.click();
  await expect(olivia.conflict).toContainText('otto saved revision 2 while you were editing');
  await expect(olivia.conflict).toContainText('Added registry.k8s.io');
  await expect(olivia.conflict).toContainText('Removed docker.io (Docker Hub)');
  await expect(olivia.save).toBeDisabled();
  await accessible();
  await olivia.conflict.getByRole('radio', { name: 'Theirs: GitHub packages' }).check();
  await olivia.conflict.getByRole('button', { name: 'Keep both' }).click();
  await expect(olivia.bar.getByRole('status')).toHaveText('1 added, 1 removed');
  await olivia.save.click();
  await expect(olivia.bar).toContainText('Saved as revision 3.');
  expect((await settings(hub)).registries).toEqual([
    { address: 'ghcr.io', nickname: 'GitHub packages' },
    { address: 'registry.k8s.io' },
    { address: 'quay.io', nickname: 'Quay' },
  ]);
  await other.context().close();
});

test('a draft outlives the page, an expired sign-in and a save of somebody else, and is its author’s alone', async ({
  hub,
  page,
  signIn,
}) => {
  await signIn('olivia');
  const view = new RegistryAccessPage(page);
  await view.add('ghcr.io', 'GitHub');
  page.once('dialog', (dialog) => void dialog.accept());
  await page.reload();
  await expect(view.bar.getByRole('status')).toHaveText('1 added');
  await expect(view.row('ghcr.io')).toContainText('GitHub');
  // Revoked behind its back, as after an expiry: the save fails, nothing goes away.
  await page.route('**/settings', async (route) => {
    await route.fulfill({
      status: 401,
      contentType: 'application/problem+json',
      body: JSON.stringify({
        type: 'about:blank',
        title: 'The access token has expired or was revoked.',
        status: 401,
        code: 'token-invalid',
      }),
    });
  });
  await view.save.click();
  await expect(page.getByText('Your sign-in has expired.')).toBeVisible();
  await page.unroute('**/settings');
  await hub.putSettings('acme', { contact: 'otto@acme.example' }, 'otto');
  await page.getByRole('button', { name: 'Sign in again' }).click();
  await expect(view.conflict).toContainText('otto saved revision 2');
  await view.conflict.getByRole('button', { name: 'Keep both' }).click();
  await view.save.click();
  await expect(view.bar).toContainText('Saved as revision 3.');
  expect(await settings(hub)).toMatchObject({
    contact: 'otto@acme.example',
    registries: [{ address: 'docker.io' }, { address: 'ghcr.io', nickname: 'GitHub' }],
  });
});

test('leaving with edits that are not saved asks', async ({ page, signIn }) => {
  const dashboard = await signIn('olivia');
  const view = new RegistryAccessPage(page);
  await view.add('ghcr.io');
  let asked = 0;
  page.once('dialog', (dialog) => {
    asked += 1;
    void dialog.dismiss();
  });
  await page.goto('about:blank').catch(() => undefined);
  expect(asked).toBe(1);
  await dashboard.openAccount();
  await dashboard.button('Sign out').click();
  await expect(page.getByRole('dialog')).toContainText('You have changes that are not saved.');
  await page.getByRole('button', { name: 'Keep editing' }).click();
  await expect(view.bar.getByRole('status')).toHaveText('1 added');
});

test('what the server finds wrong stands at its field', async ({ accessible, page, signIn }) => {
  await signIn('olivia');
  const view = new RegistryAccessPage(page);
  await view.add('ghcr.io', 'Git\u202eHub');
  await view.save.click();
  await expect(view.bar.getByRole('alert')).toContainText('The settings are not valid, and nothing was saved.');
  await view.row('ghcr.io').getByRole('button').first().click();
  await expect(view.row('ghcr.io').getByRole('alert')).toContainText('This value is not valid');
  await expect(view.row('ghcr.io').getByLabel('Registry nickname')).toHaveAttribute('aria-invalid', 'true');
  await accessible();
  await view.row('ghcr.io').getByLabel('Registry nickname').fill('GitHub');
  await view.save.click();
  await expect(view.bar).toContainText('Saved as revision 2.');
});

test('names are shown as text, whatever they contain', async ({ hub, page, signIn }) => {
  const evil = '<img src=x onerror=alert(1)><script>alert(1)</script>';
  await hub.putSettings('acme', {
    contact: evil,
    registries: [{ address: 'ghcr.io', nickname: evil }],
  });
  page.on('dialog', () => expect(null, 'a script ran').not.toBeNull());
  await signIn('olivia');
  const view = new RegistryAccessPage(page);
  await expect(view.row('ghcr.io')).toContainText(evil);
  await expect(page.getByLabel('Contact for requests')).toHaveValue(evil);
  await expect(page.locator('main img, main script')).toHaveCount(0);
});

test('a hundred thousand registries scroll, sort and are searched, by keys too', async ({ hub, page, signIn }) => {
  const registries = Array.from({ length: 100_000 }, (_, index) => ({
    address: `r${String(index).padStart(6, '0')}.registry.example`,
    nickname: `Team ${index}`,
  }));
  await hub.putSettings('acme', { registries });
  await signIn('olivia');
  const view = new RegistryAccessPage(page);
  await expect(page.getByText('100,000 registries')).toBeVisible();
  await page.getByRole('button', { name: 'Address' }).click();
  expect(await view.list.getByRole('listitem').count()).toBeLessThan(60);
  await view.row('r000000').getByRole('button').first().focus();
  await page.keyboard.press('ArrowDown');
  // Held down on a busy machine: nothing is scrolled or drawn between two of them.
  await page.evaluate(() => {
    const down = { key: 'ArrowDown', bubbles: true, cancelable: true };
    for (let step = 1; step < 30; step += 1) document.activeElement?.dispatchEvent(new KeyboardEvent('keydown', down));
  });
  await expect(view.row('r000030').getByRole('button').first()).toBeFocused();
  await page.keyboard.press('Delete');
  await expect(view.bar.getByRole('status')).toHaveText('1 removed');
  await page.getByRole('searchbox').fill('r099999');
  await expect(view.list.getByRole('listitem')).toHaveCount(1);
  await expect(page.getByText('1 of 100,000 registries')).toBeVisible();
  await page.getByRole('searchbox').fill('');
  await page.keyboard.press('End');
  await view.save.click();
  await expect(view.bar).toContainText('Saved as revision 3.');
});

test('an auditor reads everything and is offered nothing that the server would refuse', async ({
  accessible,
  hub,
  page,
  signIn,
}) => {
  const dashboard = await signIn('ada');
  await expect(dashboard.account).toContainText('Auditor');
  const view = new RegistryAccessPage(page);
  await expect(view.row('docker.io')).toContainText('Docker Hub');
  await expect(page.getByText('Registry managers and owners can change them.')).toBeVisible();
  await expect(page.getByRole('switch', { name: 'Restrictions' })).toBeDisabled();
  await expect(page.locator('.add-card')).toHaveCount(0);
  await expect(page.getByRole('button', { name: /^Remove/ })).toHaveCount(0);
  await page.getByRole('button', { name: 'History' }).click();
  await expect(page.getByRole('dialog')).toContainText('Revision 1');
  await expect(page.getByRole('button', { name: /^Restore/ })).toHaveCount(0);
  await accessible();
  // And would be refused.
  const answer = await fetch(`${hub.url}/v1/orgs/acme/registry-access/settings`, {
    method: 'PUT',
    headers: {
      authorization: `Bearer ${await hub.signIn('ada')}`,
      'content-type': 'application/json',
      'if-match': '"1"',
    },
    body: JSON.stringify({ enabled: true, mode: 'audit', registries: [] }),
  });
  expect(answer.status).toBe(403);
});

for (const width of [320, 380, 768]) {
  test(`fits ${width} pixels, in German too, with everything staged`, async ({ accessible, hub, page, signIn }) => {
    await hub.putSettings('acme', {
      registries: [{ address: 'docker.io' }, { address: '123456789012.dkr.ecr.eu-central-1.amazonaws.com' }],
    });
    await page.setViewportSize({ width, height: 700 });
    const dashboard = await signIn('olivia');
    const view = new RegistryAccessPage(page);
    await view.add(
      'a-rather-long-name.of-a-registry.with-many-labels.registry.acme.example/path',
      'A nickname of some length',
    );
    await view.remove('docker.io');
    await dashboard.openAccount();
    await page.getByRole('radio', { name: 'Deutsch' }).check();
    const tooWide = () => page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
    expect(await tooWide()).toBeLessThanOrEqual(0);
    await page.keyboard.press('Escape');
    await page.getByRole('button', { name: 'Verlauf' }).click();
    await expect(page.getByRole('dialog')).toContainText('Revision 2');
    expect(await tooWide()).toBeLessThanOrEqual(0);
    await accessible();
  });
}

for (const kind of ['CSV', 'JSON']) {
  test(`the list goes out as ${kind} and comes back in as it was`, async ({ accessible, hub, page, signIn }) => {
    const registries = [
      { address: 'ghcr.io', nickname: '=HYPERLINK("http://evil.example")' },
      { address: '*.registry.example', nickname: 'Ours, all of them' },
    ];
    await hub.putSettings('acme', { registries });
    await signIn('olivia');
    const view = new RegistryAccessPage(page);
    await page.getByText('Export', { exact: true }).click();
    await accessible();
    const downloading = page.waitForEvent('download');
    await page.getByRole('button', { name: `${kind} file` }).click();
    const download = await downloading;
    expect(download.suggestedFilename()).toBe(`acme-registries-2.${kind.toLowerCase()}`);
    const content = await readFile(await download.path(), 'utf8');
    // A spreadsheet shows it, and runs nothing.
    if (kind === 'CSV') expect(content).toContain(`"'=HYPERLINK`);

    await hub.putSettings('acme', { registries: [] });
    await page.reload();
    await page.getByRole('button', { name: 'Add several…' }).click();
    await page
      .getByRole('dialog')
      .getByLabel('Or choose a file')
      .setInputFiles(await download.path());
    await page.getByRole('button', { name: 'Add 2' }).click();
    await view.save.click();
    await expect(view.bar).toContainText('Saved as revision 4.');
    expect((await settings(hub)).registries).toEqual(registries);
  });
}

test('what asks for the password again leads there, and comes back with the draft', async ({
  accessible,
  hub,
  page,
  signIn,
}) => {
  await signIn('olivia');
  const view = new RegistryAccessPage(page);
  await page.getByRole('switch', { name: 'Restrictions' }).click();
  // As the hub answers a quarter of an hour after the password was entered.
  await page.route('**/settings', async (route) => {
    await route.fulfill({
      status: 403,
      contentType: 'application/problem+json',
      body: JSON.stringify({
        type: 'about:blank',
        title: 'This needs a password entered in the last 15 minutes.',
        detail: 'Sign in again, then repeat the change.',
        status: 403,
        code: 'fresh-sign-in-required',
        args: { minutes: 15 },
      }),
    });
  });
  await view.save.click();
  await expect(view.bar.getByRole('alert')).toContainText('This needs a password entered in the last 15 minutes.');
  await accessible();
  await page.unroute('**/settings');
  await page.getByRole('button', { name: 'Enter your password again' }).click();
  await new SignInPage(page).signIn('olivia', await hub.password('olivia'));
  await expect(view.bar.getByRole('status')).toHaveText('1 setting changed');
  await view.save.click();
  await expect(view.bar).toContainText('Saved as revision 2.');
  expect(await settings(hub)).toMatchObject({ enabled: false });
});

test('a list can be audited first and block from a date', async ({ accessible, hub, page, signIn }) => {
  await signIn('olivia');
  const view = new RegistryAccessPage(page);
  const date = page.getByLabel('Block from');
  await expect(date).toHaveCount(0);
  await page.getByRole('radio', { name: 'Audit only' }).check();
  const tomorrow = new Date(Date.now() + 86_400_000).toISOString().slice(0, 16);
  await date.fill(tomorrow);
  await expect(view.bar.getByRole('status')).toHaveText('2 settings changed');
  await accessible();
  await view.save.click();
  await expect(view.bar).toContainText('Saved as revision 2.');
  expect(await settings(hub)).toMatchObject({ mode: 'audit', enforceFrom: expect.stringContaining(tomorrow) });
  await page.reload();
  await expect(date).toHaveValue(tomorrow);
  await date.fill('');
  await view.save.click();
  await expect(view.bar).toContainText('Saved as revision 3.');
  expect((await settings(hub)).enforceFrom).toBeUndefined();

  // And back to blocking at once, whatever date there is.
  await date.fill(tomorrow);
  await view.save.click();
  await expect(view.bar).toContainText('Saved as revision 4.');
  await page.getByRole('radio', { name: 'Block', exact: true }).check();
  await view.save.click();
  await expect(view.bar).toContainText('Saved as revision 5.');
  expect(await settings(hub)).toMatchObject({ mode: 'enforce' });
});
