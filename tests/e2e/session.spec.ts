import { allGood, inputsFor, managed, NOW, policies, problem, sessions, snapshotOf } from '../support/snapshots.ts';
import { expect, test } from './fixtures.ts';

const AUTHORIZE = 'https://hub.acme.example/authorize?state=1';
const required = inputsFor['sign-in-required'];

test.beforeEach(async ({ agent, context, front }) => {
  // The server's page is not what these tests are about, and Electron does not show it.
  if (front !== 'electron')
    await context.route('https://hub.acme.example/**', (route) =>
      route.fulfill({ contentType: 'text/html', body: '<title>Sign in to acme</title>' }),
    );
  agent.answer({
    'session.signIn': async () => {
      agent.play(snapshotOf({ ...required, session: sessions['signing-in'] }));
      return { authorizationUrl: AUTHORIZE, opened: false };
    },
    'session.cancelSignIn': async () => {
      agent.play(snapshotOf(required));
      return {};
    },
    'session.signOut': async () => {
      agent.play(snapshotOf(required));
      return {};
    },
  });
});

test('signing in opens the page of the organization, which gets no hold of the panel', { tag: '@browser' }, async ({
  agent,
  context,
  panel,
}) => {
  agent.play(snapshotOf(required));
  const opening = context.waitForEvent('page');
  await panel.button('Sign in').click();
  const opened = await opening;
  await expect(opened).toHaveURL(AUTHORIZE);
  expect(await opened.evaluate(() => window.opener)).toBeNull();
  expect(agent.calls).toContainEqual({ call: 'session.signIn', args: { opener: 'caller' } });

  await panel.page.bringToFront();
  await expect(panel.banner).toContainText('Finish signing in on the page that was opened.');
  await expect(panel.banner.getByRole('link', { name: 'Open the page' })).toHaveAttribute('href', AUTHORIZE);
  agent.play(snapshotOf(allGood));
  await panel.shows('enforcing');
  await expect(panel.banner).not.toContainText('Finish signing in');
});

test('the link can be copied, and the sign-in cancelled', async ({ agent, clipboard, panel, accessible }) => {
  agent.play(snapshotOf(required));
  await panel.button('Sign in').click();
  await panel.page.bringToFront();
  await panel.button('Copy its link').click();
  await expect.poll(clipboard).toBe(AUTHORIZE);
  await accessible();
  await panel.button('Cancel').click();
  await expect(panel.banner).not.toContainText('Finish signing in');
  await expect(panel.button('Sign in')).toBeEnabled();
});

test('where no browser comes back to this machine, a code for another device does', async ({
  agent,
  panel,
  accessible,
}) => {
  agent.answer({
    'session.signInByDevice': async () => ({
      verificationUri: 'https://hub.acme.example/device',
      verificationUriComplete: 'https://hub.acme.example/device?user_code=WDJB-MJHT',
      userCode: 'WDJB-MJHT',
      expiresAt: NOW + 600_000,
    }),
  });
  agent.play(snapshotOf(required));
  await panel.button('Sign in').click();
  await panel.page.bringToFront();
  await panel.button('On another device').click();
  await expect(panel.banner).toContainText('https://hub.acme.example/device');
  await expect(panel.banner).toContainText('WDJB-MJHT (good until 21 Nov 2026, 12:10)');
  await accessible();
  agent.play(snapshotOf(allGood));
  await expect(panel.banner).not.toContainText('WDJB-MJHT');
});

test('why a sign-in failed is said where one signs in', async ({ agent, panel }) => {
  agent.play(snapshotOf({ ...required, session: { kind: 'signed-out', problem } }));
  await expect(panel.banner).toContainText('Something is wrong. Do something.');
  await expect(panel.banner).toContainText('some-problem');
});

test('signing out asks first and says what follows', async ({ agent, panel, accessible }) => {
  await panel.button('Sign out').click();
  const dialog = panel.page.getByRole('dialog', { name: 'Sign out?' });
  await expect(dialog).toContainText('All pulls are refused until a member of acme signs in again.');
  await accessible();
  await dialog.getByRole('button', { name: 'Stay signed in' }).click();
  await expect(dialog).toBeHidden();
  expect(agent.calls.map(({ call }) => call)).not.toContain('session.signOut');

  await panel.button('Sign out').click();
  await dialog.getByRole('button', { name: 'Sign out' }).click();
  await panel.shows('sign-in-required');
});

test('a volunteer is told that signing out ends the restrictions', async ({ agent, panel }) => {
  agent.play(snapshotOf({ ...allGood, managed: managed.absent, policy: policies.fresh }));
  await expect(panel.whoDecides).toContainText('you, by signing in');
  await panel.button('Sign out').click();
  await expect(panel.page.getByRole('dialog')).toContainText('The restrictions that came with this sign-in end.');
});
