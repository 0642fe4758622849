import type { Locator, Page } from '@playwright/test';
import { SignInPage } from '../e2e/pages/sign-in-page.ts';
import { forgetPasswords, GOOD_PASSWORD, peopleClient, setPassword } from '../support/hub-people.ts';
import { DashboardPage } from './dashboard-page.ts';
import { expect, test } from './fixtures.ts';

test.use({
  hubOptions: {
    organizations: [{ name: 'acme' }, { name: 'globex' }],
    users: [
      { username: 'olivia', name: 'Olivia', organizations: [{ name: 'acme', role: 'owner' }] },
      { username: 'otto', name: 'Otto', organizations: [{ name: 'acme', role: 'owner' }] },
      { username: 'mia', name: 'Mia', organizations: [{ name: 'acme', role: 'member' }] },
      {
        username: 'gus',
        name: 'Gus',
        organizations: [
          { name: 'acme', role: 'owner' },
          { name: 'globex', role: 'owner' },
        ],
      },
    ],
  },
});

const dialogOf = (page: Page): Locator => page.getByRole('dialog');
const row = (page: Page, name: string): Locator => page.getByRole('row').filter({ hasText: name });

async function fill(page: Page, fields: Record<string, string>): Promise<void> {
  for (const [label, value] of Object.entries(fields)) await dialogOf(page).getByLabel(label).fill(value);
}

test('everybody changes their own password, from the menu with their name', async ({
  accessible,
  browser,
  context,
  hub,
  page,
  signIn,
}) => {
  const dashboard = await signIn('mia');
  await dashboard.openAccount();
  await accessible();
  const opened = context.waitForEvent('page');
  await page.getByRole('link', { name: 'Change password' }).click();
  const form = await opened;
  await expect(form.getByRole('heading', { name: 'Change your password' })).toBeVisible();
  await accessible(form);
  await form.getByLabel('User name').fill('mia');
  await form.getByLabel('Current password', { exact: true }).fill(await hub.password('mia'));
  await form.getByLabel('New password', { exact: true }).fill(GOOD_PASSWORD);
  await form.getByLabel('New password again').fill(`${GOOD_PASSWORD}!`);
  await form.getByRole('button', { name: 'Change password' }).click();
  await expect(form.getByRole('alert')).toContainText('The two passwords differ.');
  await expect(form.getByLabel('User name')).toHaveValue('mia');
  await expect(form.getByLabel('Current password', { exact: true })).toBeFocused();
  await accessible(form);
  await form.getByLabel('Current password', { exact: true }).fill(await hub.password('mia'));
  await form.getByLabel('New password', { exact: true }).fill(GOOD_PASSWORD);
  await form.getByLabel('New password again').fill(GOOD_PASSWORD);
  await form.getByLabel('Sign me out everywhere').check();
  await form.getByRole('button', { name: 'Change password' }).click();
  await expect(form.getByRole('heading', { name: 'Your password is changed' })).toBeVisible();

  const other = await browser.newContext();
  const theirs = await other.newPage();
  await theirs.goto(`${hub.url}/dashboard/`);
  await theirs.getByRole('button', { name: 'Sign in' }).click();
  await expect(theirs.getByRole('link', { name: 'Change your password' })).toBeVisible();
  await new SignInPage(theirs).signIn('mia', GOOD_PASSWORD);
  await expect(new DashboardPage(theirs).account).toContainText('Mia');
  await other.close();
});

test('an owner invites a person, who sets a password with the link and signs in', async ({
  accessible,
  browser,
  hub,
  page,
  signIn,
}) => {
  const dashboard = await signIn('olivia', { view: 'people' });
  await expect(row(page, 'Mia')).toContainText('Member');
  await expect(row(page, 'Olivia')).toContainText('You');
  await accessible();

  await dashboard.button('Invite').click();
  await expect(dialogOf(page).getByLabel('User name')).toBeFocused();
  await accessible();
  await fill(page, { 'User name': 'Nina', 'Name (optional)': 'Nina Ng', Email: 'nina@acme.example' });
  await dialogOf(page).getByRole('radio', { name: 'Registry manager' }).check();
  await dashboard.button('Create invitation').click();
  await expect(dialogOf(page)).toContainText('nina is invited');
  await expect(dialogOf(page)).toContainText('It is shown only now, and works once');
  await accessible();
  const link = await dialogOf(page).getByLabel('Link to set a password').inputValue();
  await dashboard.button('Done').click();
  await expect(row(page, 'Nina Ng')).toContainText('Invited');
  await expect(row(page, 'Nina Ng')).toContainText('Link expires on');

  const other = await browser.newContext();
  const theirs = await other.newPage();
  await theirs.goto(link);
  await expect(theirs.getByRole('heading', { level: 1 })).toHaveText('Welcome to Portcullis');
  await accessible(theirs);
  await theirs.getByLabel('Password', { exact: true }).fill('short');
  await theirs.getByLabel('Password again').fill('short');
  await theirs.evaluate(() => document.querySelector('form')?.setAttribute('novalidate', ''));
  await theirs.getByRole('button', { name: 'Set password' }).click();
  await expect(theirs.getByRole('alert')).toContainText('too short');
  await accessible(theirs);
  await theirs.getByLabel('Password', { exact: true }).fill(GOOD_PASSWORD);
  await theirs.getByLabel('Password again').fill(GOOD_PASSWORD);
  await theirs.getByRole('button', { name: 'Set password' }).click();
  await expect(theirs.getByRole('heading', { level: 1 })).toHaveText('Your password is set');
  await accessible(theirs);
  await theirs.getByRole('link', { name: 'Open the dashboard' }).click();
  await new SignInPage(theirs).signIn('nina', GOOD_PASSWORD);
  await expect(new DashboardPage(theirs).account).toContainText('Registry manager');
  await theirs.goto(link);
  await expect(theirs.getByRole('heading', { level: 1 })).toHaveText('This link is no longer valid');
  await other.close();
  expect(link.startsWith(hub.url)).toBe(true);
});

test('what is wrong is said at its field, and nothing typed is lost', async ({ accessible, page, signIn }) => {
  const dashboard = await signIn('olivia', { view: 'people' });
  await dashboard.button('Invite').click();
  await fill(page, { 'User name': 'two words', Email: 'nowhere' });
  await dashboard.button('Create invitation').click();
  await expect(dialogOf(page)).toContainText('This user name is not valid.');
  await expect(dialogOf(page)).toContainText('This email address is not valid.');
  await expect(dialogOf(page).getByLabel('User name')).toHaveValue('two words');
  await accessible();
  await fill(page, { 'User name': 'mia', Email: '' });
  await dashboard.button('Create invitation').click();
  await expect(dialogOf(page)).toContainText('mia already belongs to acme.');
  await page.keyboard.press('Escape');
  await expect(dialogOf(page)).toHaveCount(0);
});

test('an owner changes a person, resets the password, and removes them', async ({ accessible, hub, page, signIn }) => {
  const dashboard = await signIn('olivia', { view: 'people' });
  await dashboard.button('Add team').click();
  await fill(page, { 'Team name': 'platform' });
  await dashboard.button('Save').click();
  await expect(page.getByRole('status').filter({ hasText: 'Saved team platform.' })).toBeVisible();

  await dashboard.button('Edit Mia').click();
  await accessible();
  await dialogOf(page).getByRole('radio', { name: 'Auditor' }).check();
  await dialogOf(page).getByLabel('platform').check();
  await fill(page, { 'Name (optional)': 'Mia Meier' });
  await dashboard.button('Save').click();
  await expect(row(page, 'Mia Meier')).toContainText('Auditor');
  await expect(row(page, 'Mia Meier')).toContainText('platform');

  const mia = await hub.signIn('mia');
  await dashboard.button('Edit Mia Meier').click();
  await dashboard.button('Reset password').click();
  await expect(dialogOf(page)).toContainText('every sign-in ends on all computers');
  await accessible();
  await dashboard.button('Reset password').click();
  const link = dialogOf(page).getByLabel('Link to set a password');
  await expect(link).toBeVisible();
  expect((await setPassword(await link.inputValue())).status).toBe(200);
  expect((await fetch(`${hub.url}/v1/me`, { headers: { authorization: `Bearer ${mia}` } })).status).toBe(401);
  await dashboard.button('Done').click();

  await dashboard.button('Edit Mia Meier').click();
  await dashboard.button('Remove').click();
  await expect(dialogOf(page)).toContainText('the role Auditor and the teams platform');
  await accessible();
  await dashboard.button('Remove').click();
  await expect(
    page.getByRole('status').filter({ hasText: /Removed mia\. The activity calls the account person#/ }),
  ).toBeVisible();
  await expect(row(page, 'Mia Meier')).toHaveCount(0);
  await expect(hub.signIn('mia', GOOD_PASSWORD)).rejects.toThrow();
});

test('people are found by name, role and team', async ({ hub, page, signIn }) => {
  const acme = peopleClient(hub, 'acme', await hub.signIn('olivia'));
  await acme.call('POST', 'teams', { name: 'web' });
  await acme.invite('zoe', 'auditor', { name: 'Zoë', teams: ['web'] });
  const dashboard = await signIn('olivia', { view: 'people' });
  const names = page.getByRole('rowheader');
  await expect(names).toHaveCount(5);
  await page.getByLabel('Search people').fill('ZO');
  await expect(names).toHaveCount(1);
  await expect(names).toContainText('Zoë');
  await page.getByLabel('Search people').fill('no such');
  await expect(page.getByText('Nobody matches.')).toBeVisible();
  await dashboard.button('Clear filters').click();
  await expect(names).toHaveCount(5);
  await expect(page.getByLabel('Search people')).toHaveValue('');
  await page.getByLabel('Role').selectOption('Owner');
  await expect(names).toHaveCount(3);
  await page.getByLabel('Role').selectOption('All roles');
  await page.getByLabel('Team', { exact: true }).selectOption('web');
  await expect(names).toHaveCount(1);
});

test.describe('with one owner', () => {
  test.use({
    hubOptions: {
      organizations: [{ name: 'acme' }],
      users: [
        { username: 'olivia', name: 'Olivia', organizations: [{ name: 'acme', role: 'owner' }] },
        { username: 'audrey', name: 'Audrey', organizations: [{ name: 'acme', role: 'auditor' }] },
      ],
    },
  });

  test('the last owner is told why the role stays, and what to do', async ({ accessible, page, signIn }) => {
    const dashboard = await signIn('olivia', { view: 'people' });
    await dashboard.button('Edit Olivia').click();
    await expect(dialogOf(page)).toContainText('The only owner who can sign in.');
    await expect(dialogOf(page).getByRole('radio', { name: 'Member' })).toBeDisabled();
    await expect(dashboard.button('Remove')).toHaveCount(0);
    await accessible();
  });

  test('an auditor sees people and teams, and changes nothing', async ({ accessible, page, signIn }) => {
    const dashboard = await signIn('audrey', { view: 'people' });
    await expect(row(page, 'Olivia')).toContainText('Owner');
    await expect(page.getByText('Only owners can change people and teams.')).toBeVisible();
    for (const name of ['Invite', 'Add team', /^Edit /]) await expect(dashboard.button(name)).toHaveCount(0);
    await accessible();
  });
});

test('making an owner asks for the password again after a while, and keeps what was typed', async ({
  accessible,
  hub,
  page,
  signIn,
}) => {
  const dashboard = await signIn('olivia', { view: 'people' });
  await expect(row(page, 'Mia')).toBeVisible();
  await forgetPasswords(hub);
  await dashboard.button('Invite').click();
  await fill(page, { 'User name': 'oscar', 'Name (optional)': 'Oscar' });
  await dialogOf(page).getByRole('radio', { name: 'Owner' }).check();
  await dashboard.button('Create invitation').click();
  await expect(dialogOf(page)).toContainText('This needs a password entered in the last 15 minutes.');
  await accessible();
  await dashboard.button('Enter your password again').click();
  await new SignInPage(page).signIn('olivia', await hub.password('olivia'));
  await expect(dialogOf(page).getByLabel('Name (optional)')).toHaveValue('Oscar');
  await expect(dialogOf(page).getByRole('radio', { name: 'Owner' })).toBeChecked();
  await dashboard.button('Create invitation').click();
  await expect(dialogOf(page)).toContainText('oscar is invited');
  // Once: a page that is loaded again does not show it any more.
  await page.reload();
  await expect(row(page, 'Oscar')).toContainText('Invited');
  await expect(dialogOf(page)).toHaveCount(0);
});

test('a person of several organizations: each is its own, and the other one’s owners have a say', async ({
  accessible,
  hub,
  page,
  signIn,
}) => {
  const dashboard = await signIn('gus', { view: 'globex/people' });
  await expect(page.getByRole('rowheader')).toHaveCount(1);
  await dashboard.button('Invite').click();
  await fill(page, { 'User name': 'olivia' });
  await dashboard.button('Create invitation').click();
  await expect(dialogOf(page)).toContainText('olivia has an account already and now belongs to globex.');
  await dashboard.button('Done').click();
  // Gus owns both, Olivia only acme.
  const acme = peopleClient(hub, 'acme', await hub.signIn('olivia'));
  expect(await acme.person('gus')).toMatchObject({ isElsewhere: true });
  await page.getByLabel('Organization').selectOption('acme');
  await expect(page.getByRole('rowheader')).toHaveCount(4);
  const context = page.context();
  await context.clearCookies();
  const olivias = await context.newPage();
  const other = await signIn('olivia', { view: 'acme/people', page: olivias });
  await other.button('Edit Gus').click();
  await expect(dialogOf(olivias)).toContainText('Also belongs to an organization that you do not own');
  await expect(dialogOf(olivias).getByLabel('Name (optional)')).toBeDisabled();
  await expect(other.button('Reset password')).toHaveCount(0);
  await accessible(olivias);
});

test('a name that is markup is shown as it is', async ({ hub, page, signIn }) => {
  const name = '<img src=x onerror="document.title=1">';
  const acme = peopleClient(hub, 'acme', await hub.signIn('olivia'));
  await acme.invite('mallory', 'member', { name, email: 'a@b.example' });
  const dashboard = await signIn('olivia', { view: 'people' });
  await expect(row(page, name)).toBeVisible();
  await dashboard.button(`Edit ${name}`).click();
  await expect(dialogOf(page).getByRole('heading', { name })).toBeVisible();
  await expect(page).toHaveTitle('People · acme · Portcullis');
});
