import { readFile } from 'node:fs/promises';
import { parserFor } from '../../main/managed-config/check.ts';
import { PolicyKeys } from '../../shared/policy/keys.ts';
import { expect, test } from './fixtures.ts';

const METHODS = [
  'Debian, Ubuntu',
  'Ansible',
  'Windows installer',
  'Intune',
  'Group Policy',
  'Jamf Pro, macOS',
  'By hand',
];

test('gives the files for every way to manage machines, as a machine will read them', async ({
  accessible,
  hub,
  page,
  signIn,
}) => {
  await signIn('olivia', { view: 'roll-out' });
  const { keys } = PolicyKeys.parse(await (await fetch(`${hub.url}/v1/policy-keys`)).json());
  const ours = keys.filter(({ organizations }) => organizations.includes('acme'));
  await expect(page.locator('.thumbprint code')).toHaveText(ours.map(({ kid }) => kid));
  const found = new Set<string>();
  for (const method of METHODS) {
    await page.getByRole('radio', { name: method, exact: true }).check();
    const buttons = page.getByRole('button', { name: /^Download / });
    await expect(buttons).not.toHaveCount(0);
    for (const button of await buttons.all()) {
      const [download] = await Promise.all([page.waitForEvent('download'), button.click()]);
      const name = download.suggestedFilename();
      found.add(name);
      const content = await readFile(await download.path());
      if (name === 'policy-keys.json') {
        expect(PolicyKeys.parse(JSON.parse(content.toString()))).toEqual({ keys: ours });
        continue;
      }
      const read = parserFor(name)(content);
      expect(read).toMatchObject({ verdict: 'present', problems: [] });
      const text = JSON.stringify(read);
      expect(text).toContain(name === 'portcullis.json' ? hub.url : '"acme"');
      expect(text).not.toContain('globex');
    }
    for (const details of await page.locator('.roll-out-files details').all()) await details.locator('summary').click();
    await accessible();
  }
  expect([...found].sort()).toEqual([
    'desktop.plist',
    'policy-keys.json',
    'portcullis.intune.json',
    'portcullis.json',
    'portcullis.mobileconfig',
    'portcullis.reg',
    'registry.json',
  ]);
});

test('copies the commands with the organization and this server in them', async ({ context, hub, page, signIn }) => {
  await context.grantPermissions(['clipboard-read', 'clipboard-write']);
  await signIn('gus', { view: 'globex/roll-out' });
  await page.getByRole('button', { name: 'Copy commands' }).first().click();
  await expect(page.getByRole('button', { name: 'Copied' })).toBeVisible();
  const copied = await page.evaluate(() => navigator.clipboard.readText());
  expect(copied).toContain('portcullis-gateway/organizations string globex\n');
  expect(copied).toContain(`portcullis-gateway/hub string ${hub.url}\n`);
});

test('replaces the signing key step by step, and the files have the next key before it signs', async ({
  accessible,
  hub,
  page,
  signIn,
}) => {
  await signIn('olivia', { view: 'roll-out' });
  const published = async () => PolicyKeys.parse(await (await fetch(`${hub.url}/v1/policy-keys`)).json()).keys;
  await page.locator('summary', { hasText: 'Replace the key' }).click();
  await page.getByRole('button', { name: 'Announce the next key' }).click();
  await expect(page.getByText('Announced, does not sign yet')).toBeVisible();
  const next = (await published()).filter(({ organizations }) => organizations.includes('acme')).at(-1);
  await page.getByText('Show policy-keys.json').click();
  await expect(page.locator('.roll-out-files pre')).toContainText(next?.kid ?? 'none');
  await expect(page.locator('.replacement .now')).toContainText('Roll out the files below');
  await accessible();
  await page.getByRole('button', { name: 'Sign with the new key' }).click();
  const dialog = page.getByRole('dialog');
  await expect(dialog).toContainText('at most 72 hours');
  await accessible();
  await dialog.getByRole('button', { name: 'Cancel' }).click();
  await expect(page.getByText('Announced, does not sign yet')).toBeVisible();
  await page.getByRole('button', { name: 'Sign with the new key' }).click();
  await dialog.getByRole('button', { name: 'Sign with the new key' }).click();
  await expect(page.getByText('No longer signs')).toBeVisible();
  await expect(page.locator('.keys li').filter({ hasText: 'Signs policies' })).toContainText(next?.kid ?? 'none');
  await accessible();
});

test('somebody who is no owner sees it and cannot replace the key', async ({ page, signIn }) => {
  await signIn('ada', { view: 'roll-out' });
  await page.locator('summary', { hasText: 'Replace the key' }).click();
  await expect(page.getByText('Only owners can replace the key.')).toBeVisible();
  await expect(page.getByRole('button', { name: /next key/ })).toHaveCount(0);
});
