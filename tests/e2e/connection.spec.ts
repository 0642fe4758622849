import { inputsFor, snapshotOf } from '../support/snapshots.ts';
import { expect, test } from './fixtures.ts';
import { PanelPage } from './pages/panel-page.ts';

test('the code leaves the address at once, and a reload goes on with the session', { tag: '@browser' }, async ({
  page,
  panel,
}) => {
  expect(new URL(page.url()).hash).toBe('');
  await page.reload();
  await panel.shows('enforcing');
});

test('a link that was already used says so, and how to get a new one', { tag: '@browser' }, async ({
  agent,
  page,
  accessible,
}) => {
  const address = agent.address();
  await page.goto(address);
  await new PanelPage(page).shows('enforcing');
  const other = await page.context().newPage();
  await other.goto(address);
  await expect(other.getByRole('heading', { name: 'This link has already been used' })).toBeVisible();
  await expect(other.getByText('Run portcullis open to get a new link.')).toBeVisible();
  await page.bringToFront();
  await accessible();
});

test('an address without a code is told to be incomplete', { tag: '@browser' }, async ({ agent, page, accessible }) => {
  await page.goto(new URL(agent.address()).origin);
  await expect(page.getByRole('heading', { name: 'This link is incomplete' })).toBeVisible();
  await accessible();
});

test('a new link pasted into a tab with an invalid one opens the panel', { tag: '@browser' }, async ({
  agent,
  page,
}) => {
  await page.goto(new URL(agent.address()).origin);
  await expect(page.getByRole('heading', { name: 'This link is incomplete' })).toBeVisible();
  const { hash } = new URL(agent.address());
  await page.evaluate((fragment) => {
    location.hash = fragment;
  }, hash);
  await new PanelPage(page).shows('enforcing');
});

test('without a connection nothing stays green, and it comes back by itself with what is true then', async ({
  agent,
  panel,
  accessible,
}) => {
  await agent.goAway();
  await expect(panel.headline).toHaveText('Connection to Portcullis lost');
  await expect(panel.banner).toContainText('The filter keeps running.');
  await expect(panel.page.locator('.wall-proven')).toHaveCount(0);
  await expect(panel.button('Sync now')).toBeDisabled();
  const [red, green, blue] = await panel.colour();
  expect(Math.max(red, green, blue) - Math.min(red, green, blue)).toBeLessThan(30);
  await accessible();

  agent.play(snapshotOf(inputsFor.locked));
  await agent.comeBack('kept');
  await panel.shows('locked');
});

test('an agent that was started anew knows no session: the page says what to do', { tag: '@browser' }, async ({
  agent,
  page,
  panel,
}) => {
  await agent.goAway();
  await panel.shows('connection-lost');
  await agent.comeBack('forgotten');
  await expect(page.getByRole('heading', { name: 'This panel session has ended' })).toBeVisible();
});
