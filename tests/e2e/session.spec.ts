import { wrongOrganization } from '../../main/agent/session/organizations.ts';
import {
  allGood,
  inputsFor,
  keptSession,
  managed,
  NOW,
  policies,
  problem,
  sessions,
  snapshotOf,
} from '../support/snapshots.ts';
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
  await expect(panel.banner).toContainText('Finish signing in in your browser.');
  await expect(panel.banner.getByRole('link', { name: 'Open sign-in page' })).toHaveAttribute('href', AUTHORIZE);
  agent.play(snapshotOf(allGood));
  await panel.shows('enforcing');
  await expect(panel.banner).not.toContainText('Finish signing in');
});

test('the link can be copied, and the sign-in cancelled', async ({ agent, clipboard, panel, accessible }) => {
  agent.play(snapshotOf(required));
  await panel.button('Sign in').click();
  await panel.page.bringToFront();
  await panel.button('Copy link').click();
  await expect.poll(clipboard).toBe(AUTHORIZE);
  await accessible();
  await panel.button('Cancel').click();
  await expect(panel.banner).not.toContainText('Finish signing in');
  await expect(panel.button('Sign in')).toBeEnabled();
});

test('a sign-in that was left behind can be continued, and blocks no new one', async ({ agent, panel, accessible }) => {
  const left = { kind: 'signing-in', since: NOW - 60_000, until: NOW + 240_000 } as const;
  agent.answer({
    'session.continueSignIn': async () => ({ address: AUTHORIZE, userCode: 'WDJB-MJHT', opened: false }),
  });
  agent.play(snapshotOf({ ...required, session: left }));
  await expect(panel.banner).toContainText('A sign-in is in progress.');
  await expect(panel.banner.getByRole('timer')).toHaveText(/^Expires in [34]:\d\d\.$/);
  await accessible();
  await panel.button('Continue').click();
  await expect.poll(() => agent.calls.map(({ call }) => call)).toContain('session.continueSignIn');
  await panel.page.bringToFront();
  await expect(panel.banner).toContainText('Code: WDJB-MJHT');
  await panel.button('Sign in').click();
  await expect.poll(() => agent.calls.map(({ call }) => call)).toContain('session.signIn');
  await panel.page.bringToFront();
  await expect(panel.banner).toContainText('Finish signing in in your browser.');
});

test.describe('where no browser comes back to this machine', () => {
  test.beforeEach(async ({ agent, panel }) => {
    agent.answer({
      'session.signInByDevice': async () => {
        agent.play(snapshotOf({ ...required, session: sessions['signing-in'] }));
        return {
          verificationUri: 'https://hub.acme.example/device',
          verificationUriComplete: 'https://hub.acme.example/device?user_code=WDJB-MJHT',
          userCode: 'WDJB-MJHT',
          expiresAt: NOW + 600_000,
        };
      },
    });
    agent.play(snapshotOf(required));
    await panel.shows('sign-in-required');
  });

  test('a code for another device does, and no page is opened', async ({
    agent,
    context,
    panel,
    accessible,
    clipboard,
  }) => {
    await panel.button('Use a code instead').click();
    await expect(panel.banner).toContainText('https://hub.acme.example/device');
    await expect(panel.banner).toContainText('and enter the code WDJB-MJHT');
    await accessible();
    await panel.button('Copy code').click();
    await expect.poll(clipboard).toBe('WDJB-MJHT');
    await panel.button('Copy address').click();
    await expect.poll(clipboard).toBe('https://hub.acme.example/device?user_code=WDJB-MJHT');
    expect(context.pages()).toHaveLength(1);
    expect(agent.calls.map(({ call }) => call)).not.toContain('session.signIn');
    agent.play(snapshotOf(allGood));
    await expect(panel.banner).not.toContainText('WDJB-MJHT');
  });

  test('the time that is left counts down, and is not read aloud each second', async ({ panel }) => {
    await panel.button('Use a code instead').click();
    const timer = panel.banner.getByRole('timer');
    await expect(timer).toHaveText(/^Expires in 9:5\d\.$/);
    await expect(panel.banner.getByRole('status').getByRole('timer')).toHaveCount(0);
  });

  test('it can be called off', async ({ agent, panel }) => {
    await panel.button('Use a code instead').click();
    await panel.button('Cancel').click();
    await expect(panel.banner).not.toContainText('WDJB-MJHT');
    await expect(panel.button('Sign in')).toBeEnabled();
    expect(agent.calls.map(({ call }) => call)).toContain('session.cancelSignIn');
  });

  test('one may change one’s mind after the page was opened', async ({ panel }) => {
    await panel.button('Sign in').click();
    await panel.page.bringToFront();
    await expect(panel.banner).toContainText('Finish signing in');
    await panel.button('Use a code instead').click();
    await expect(panel.banner).toContainText('WDJB-MJHT');
  });

  test('it says so in German too', async ({ agent, page, panel, accessible }) => {
    const { preferences } = snapshotOf(allGood);
    const german = { preferences: { ...preferences, language: { value: 'de' as const, locked: false } } };
    agent.answer({
      'session.signInByDevice': async () => {
        agent.play(snapshotOf({ ...required, session: sessions['signing-in'] }, german));
        return { verificationUri: 'https://hub.acme.example/device', userCode: 'WDJB', expiresAt: NOW + 600_000 };
      },
    });
    agent.play(snapshotOf(required, german));
    await panel.button('Stattdessen Code verwenden').click();
    await expect(page.getByText('und geben Sie diesen Code ein: WDJB')).toBeVisible();
    await expect(page.getByRole('timer')).toHaveText(/^Läuft in 9:5\d ab\.$/);
    await accessible();
  });
});

test('whoever was turned away is told what to do next, and has nothing left to sign out of', async ({
  agent,
  panel,
  accessible,
}) => {
  const problem = wrongOrganization('Gus', ['globex'], ['acme']);
  const turnedAway = {
    kind: 'wrong-organization',
    user: { sub: 'gus', name: 'Gus' },
    has: ['globex'],
    problem,
  } as const;
  const session = { ...turnedAway, has: [...turnedAway.has] };
  agent.play(snapshotOf({ ...required, session }));
  await expect(panel.banner).toContainText('Gus belongs to globex, but this machine requires acme.');
  await expect(panel.banner).toContainText(problem.next ?? '-');
  await expect(panel.button('Sign out')).toHaveCount(0);
  await expect(panel.button('Sign in')).toBeEnabled();
  await accessible();
});

test('whose organization the administrator has misspelt stays signed in, and is not asked to sign in', async ({
  agent,
  panel,
  accessible,
}) => {
  const mistyped = { ...managed.present, allowedOrgs: ['Acme'] };
  agent.play(snapshotOf({ ...allGood, managed: mistyped, session: keptSession }));
  await panel.shows('locked');
  await expect(panel.banner).toContainText('Mia belongs to acme, but this machine requires Acme');
  await expect(panel.banner).toContainText('You stay signed in');
  await expect(panel.banner).toContainText('registry.json');
  await expect(panel.action).toHaveText(['Copy for administrator']);
  await expect(panel.button('Sign out')).toBeEnabled();
  await accessible();
});

test('nothing can be synced while nobody is signed in', async ({ agent, panel }) => {
  await expect(panel.button('Sync now')).toBeEnabled();
  for (const session of [sessions['signed-out'], sessions['wrong-organization']]) {
    agent.play(snapshotOf({ ...required, session }));
    await panel.shows('sign-in-required');
    await expect(panel.button('Sync now')).toBeDisabled();
    await expect(panel.policy).toContainText('after you sign in');
  }
});

test('a lost credential is mended by signing in again, not by trying again', async ({ agent, panel, accessible }) => {
  const lost = { ...allGood, session: sessions['credential-unreadable'], policy: policies.stale };
  agent.play(snapshotOf(lost));
  await panel.shows('enforcing-stale');
  await expect(panel.action).toHaveText(['Sign in again', 'Use a code instead']);
  await expect(panel.banner).toContainText('Something is wrong. Do something.');
  await accessible();
  await panel.button('Sign in again').click();
  await expect.poll(() => agent.calls.map(({ call }) => call)).toContain('session.signIn');
});

test('the way in stands in the settings too', async ({ agent, panel, accessible }) => {
  agent.play(snapshotOf(required));
  await panel.goTo('Settings');
  await expect(panel.page.getByText('Not signed in')).toBeVisible();
  await accessible();
  await panel.button('Sign in').click();
  await panel.page.bringToFront();
  await expect(panel.page.getByText('Finish signing in in your browser.')).toBeVisible();
});

test('why a sign-in failed is said where one signs in', async ({ agent, panel }) => {
  agent.play(snapshotOf({ ...required, session: { kind: 'signed-out', problem } }));
  await expect(panel.banner).toContainText('Something is wrong. Do something.');
  await expect(panel.banner).toContainText('some-problem');
});

test('signing out asks first and says what follows', async ({ agent, panel, accessible }) => {
  await panel.button('Sign out').click();
  const dialog = panel.page.getByRole('dialog', { name: 'Sign out?' });
  await expect(dialog).toContainText('All pulls are blocked until a member of acme signs in again.');
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
  await expect(panel.managedBy).toContainText('you, by signing in');
  await panel.button('Sign out').click();
  await expect(panel.page.getByRole('dialog')).toContainText(
    'The restrictions that came with this sign-in will no longer apply.',
  );
});
