import { optInOf } from '../../shared/catalogue/opt-in.ts';
import { ProblemError } from '../../shared/problems/problem.ts';
import { allowedImage, caveats, refusedImage } from '../support/panel-data.ts';
import { allGood, engines, inputsFor, managed, NOW, policy, problem, snapshotOf } from '../support/snapshots.ts';
import { expect, test } from './fixtures.ts';

const DEMO = { kind: 'demo', name: 'Demo', socket: null } as const;

test('it answers who decides, since when, until when, and how it is proven', async ({ panel }) => {
  await expect(panel.managedBy).toContainText('acme');
  await expect(panel.managedBy).toContainText('your administrator in');
  await expect(panel.managedBy).toContainText('/usr/share/docker-desktop/registry/registry.json');
  await expect(panel.managedBy).toContainText('Mia, signed in');
  await expect(panel.policy).toContainText('revision 7');
  await expect(panel.policy).toContainText('12 allowed');
  await expect(panel.proof).toContainText(/Lookups \(DNS\)Blocked a test name \d+ ?s(ec)? ago/);
  await expect(panel.proof).toContainText(/Connections \(proxy\)Blocked a test name \d+ ?s(ec)? ago/);
});

test('what is read out on the phone stands in one line', async ({ panel }) => {
  for (const part of ['P-ENFORCING', 'acme', 'revision 7', '21 Nov 2026, 11:59', '0.1.0', 'K7Q4M2']) {
    await expect(panel.readOut).toContainText(part);
  }
});

test('times are relative, exact on hover and focus, and stay exact when pressed', async ({ page, panel }) => {
  const lastSync = panel.policy.getByRole('definition').filter({ hasText: '3 min ago' });
  const button = lastSync.getByRole('button');
  const tip = lastSync.getByRole('tooltip');
  await expect(button).toHaveText('3 min ago');
  await expect(tip).toBeHidden();
  await button.hover();
  await expect(tip).toBeVisible();
  await expect(tip).toContainText('21 Nov 2026, 11:57');
  await page.keyboard.press('Escape');
  await expect(tip).toBeHidden();
  await page.mouse.move(0, 0);
  await button.hover();
  await expect(tip).toBeVisible();
  await page.mouse.move(0, 0);
  await expect(tip).toBeHidden();
  await button.press('Enter');
  await expect(button).toHaveText('21 Nov 2026, 11:57');
});

test('a wall that is not in use is told from one that is not proven', async ({ agent, panel }) => {
  agent.play(
    snapshotOf(allGood, {
      walls: {
        dns: { kind: 'proven', at: NOW, generation: 9 },
        proxy: { kind: 'not-in-use', why: { code: 'engine-without-proxy', message: 'The engine has no proxy set.' } },
      },
    }),
  );
  await expect(panel.proof).toContainText('Not in use. The engine has no proxy set.');
});

test('each engine is shown with what holds it, and a command to copy where nothing does', async ({ agent, panel }) => {
  agent.play(snapshotOf(allGood, { engines }));
  const shown = panel.proof.getByRole('region', { name: 'Container engines' }).getByRole('listitem');
  await expect(shown).toHaveCount(4);
  await expect(shown.nth(0)).toContainText('Docker Engine 20.10.24Held by a network wall');
  await expect(shown.nth(1)).toContainText('Podman 4.3.1Guard rail only');
  await expect(shown.nth(2)).toContainText('BuildKit (not running)Not attached');
  await expect(shown.nth(2)).toContainText('sudo portcullis engine attach');
  await expect(shown.nth(3).getByRole('button')).toHaveCount(0);
  await shown.nth(2).getByRole('button', { name: 'Copy command' }).click();
  await expect(shown.nth(2).getByRole('button', { name: 'Copied' })).toBeVisible();
});

test('below the proof stands how each resolver does, since when, and what is wrong with it', async ({
  agent,
  panel,
}) => {
  const { gateway } = snapshotOf(allGood);
  const since = NOW - 3 * 60_000;
  agent.play(
    snapshotOf(allGood, {
      gateway: {
        ...gateway,
        upstreams: [
          { address: '192.0.2.53:53', domain: null, state: 'answering', since, lastError: { at: since, text: 'old' } },
          {
            ...{ address: '10.0.0.53:53', domain: 'corp.example', state: 'silent', since },
            lastError: { at: since, text: 'UDP: no answer in 1.5 s; TCP: ECONNREFUSED' },
          },
        ],
      },
    }),
  );
  await panel.proof.getByText('Technical details').click();
  const resolvers = panel.proof.getByRole('definition').filter({ hasText: '192.0.2.53' }).getByRole('listitem');
  await expect(resolvers.nth(0)).toContainText(/192\.0\.2\.53:53 responds · 3 min ago/);
  await expect(resolvers.nth(0)).not.toContainText('old');
  await expect(resolvers.nth(1)).toContainText(/10\.0\.0\.53:53 for corp\.example does not respond · 3 min ago/);
  await expect(resolvers.nth(1)).toContainText('TCP: ECONNREFUSED');
});

test.describe('Sync now', () => {
  test('shows that it runs, then what came of it', async ({ agent, panel }) => {
    let finish = () => {};
    agent.answer({
      'sync.now': async () => {
        await new Promise<void>((resolve) => {
          finish = resolve;
        });
        agent.play(
          snapshotOf({ ...allGood, policy: { kind: 'fresh', policy: { ...policy, revision: 8, registries: 13 } } }),
        );
        return { outcome: 'updated', problem: null };
      },
    });
    await panel.button('Sync now').click();
    await expect(panel.button('Syncing…')).toHaveAttribute('aria-disabled', 'true');
    await panel.button('Syncing…').click({ force: true });
    finish();
    await expect(panel.policy.getByRole('status')).toHaveText('Updated');
    await expect(panel.policy).toContainText('revision 8');
    await expect(panel.banner).toContainText('13 registries allowed.');
    expect(agent.calls.filter(({ call }) => call === 'sync.now')).toHaveLength(1);
  });

  test('says why it failed', async ({ agent, panel }) => {
    agent.answer({
      'sync.now': async () => {
        throw new ProblemError({
          code: 'hub-unreachable',
          message: "acme's server cannot be reached.",
          next: 'Check the network.',
        });
      },
    });
    await panel.button('Sync now').click();
    await expect(panel.policy).toContainText("acme's server cannot be reached. Check the network.");
    await expect(panel.policy).toContainText('hub-unreachable');
  });

  test('a failure in the background is shown with its time', async ({ agent, panel }) => {
    const { sync } = snapshotOf(allGood);
    agent.play(snapshotOf(allGood, { sync: { ...sync, lastAttempt: NOW - 60_000, problem } }));
    await expect(panel.policy).toContainText('Last attempt failed');
    await expect(panel.policy).toContainText('Something is wrong. Do something.');
  });
});

test.describe('Check an image or host', () => {
  test('says what is refused, by host and view, and makes a request for the owner', async ({
    agent,
    clipboard,
    panel,
    accessible,
  }) => {
    agent.answer({ 'decide.explain': async () => refusedImage });
    await panel.ask('  gcr.io/distroless/static ');
    await expect(panel.check).toContainText('gcr.io is blocked by acme.');
    expect(agent.calls.at(-1)?.args).toEqual({ subject: 'gcr.io/distroless/static' });
    await expect(panel.check.getByRole('row', { name: /storage\.googleapis\.com/ })).toContainText(
      'storage.googleapis.comBlockedAllowed',
    );
    await accessible();
    await panel.button('Copy request').click();
    await expect(panel.check).toContainText('Send it to platform@acme.example');
    await expect.poll(clipboard).toContain("Please add gcr.io to acme's allowed registries.");
  });

  test('nothing is green on the word of the list alone, while the filter does not answer', async ({ agent, panel }) => {
    agent.answer({ 'decide.explain': async () => ({ ...allowedImage, generation: null }) });
    await panel.ask('ghcr.io/acme/app:1.2');
    const answer = panel.check.locator('[data-allowed]');
    await expect(answer).toContainText('The filter is not responding, so all pulls are blocked.');
    await expect(answer).toContainText('On the list');
    await expect(answer).toHaveClass(/tone-amber/);
  });

  test('says what is allowed', async ({ agent, panel }) => {
    agent.answer({ 'decide.explain': async () => allowedImage });
    await panel.ask('ghcr.io/acme/app:1.2');
    await expect(panel.check).toContainText('ghcr.io is allowed by acme.');
    await expect(panel.button('Copy request')).toHaveCount(0);
  });

  test('says what a pull that is allowed may also need, and how it understood what was pasted', async ({
    agent,
    panel,
    accessible,
  }) => {
    const [needed] = optInOf({ kind: 'exact', host: 'registry.k8s.io' });
    const mayNeed = [{ host: needed?.host ?? '', rarely: false, note: needed?.note ?? null }];
    agent.answer({
      'decide.explain': async ({ subject }) => ({ ...allowedImage, subject, readAs: 'registry.k8s.io/pause', mayNeed }),
    });
    await panel.ask('docker pull registry.k8s.io/pause');
    const answer = panel.check.locator('[data-allowed]');
    await expect(answer).toContainText('Allowedregistry.k8s.io/pause');
    await expect(answer).toContainText('Allowed, but a pull may also need <location>-docker.pkg.dev.');
    await expect(answer).toContainText('Add the host that a blocked pull names');
    await expect(answer).toHaveClass(/tone-amber/);
    await accessible();
  });

  test('is asked anew when the rules change', async ({ agent, panel }) => {
    agent.answer({ 'decide.explain': async () => refusedImage });
    await panel.ask('gcr.io/distroless/static');
    await expect(panel.check.locator('[data-allowed=false]')).toBeVisible();
    agent.answer({ 'decide.explain': async () => ({ ...allowedImage, subject: refusedImage.subject }) });
    agent.play(snapshotOf({ ...allGood, policy: { kind: 'fresh', policy: { ...policy, digest: 'b'.repeat(64) } } }));
    await expect(panel.check.locator('[data-allowed=true]')).toBeVisible();
  });

  test('an input that is neither is told so', async ({ agent, panel }) => {
    agent.answer({
      'decide.explain': async () => {
        throw new ProblemError({ code: 'subject-malformed', message: 'That is neither an image nor a host.' });
      },
    });
    await panel.ask('???');
    await expect(panel.check).toContainText('That is neither an image nor a host.');
  });

  for (const keys of ['/', 'Control+k']) {
    test(`is reached from every view by ${keys}`, async ({ page, panel }) => {
      await panel.goTo('Settings');
      await page.keyboard.press(keys);
      await expect(panel.check.getByRole('textbox')).toBeFocused();
      await expect(panel.check.getByRole('textbox')).toHaveValue('');
    });
  }

  test('takes a slash that is typed into it, or into a search, as text', async ({ page, panel }) => {
    await panel.check.getByRole('textbox').focus();
    await page.keyboard.type('ghcr.io/acme');
    await expect(panel.check.getByRole('textbox')).toHaveValue('ghcr.io/acme');
    await panel.goTo('Activity');
    await panel.activity.getByRole('searchbox').focus();
    await page.keyboard.type('a/b');
    await expect(panel.activity.getByRole('searchbox')).toHaveValue('a/b');
  });
});

test('at the size of the tray’s window, the check and what was blocked are in sight, the rest follows', async ({
  agent,
  page,
  panel,
}) => {
  await page.setViewportSize({ width: 480, height: 720 });
  agent.play(snapshotOf(allGood, { caveats, engine: DEMO }));
  await expect(panel.banner).toContainText('demo, no engine attached');
  await expect(panel.check).toBeInViewport({ ratio: 1 });
  await expect(panel.activity.getByRole('button', { name: 'Why? gcr.io' })).toBeInViewport();
  const parts = [
    panel.check,
    panel.activity,
    panel.registries,
    panel.policy,
    panel.proof,
    panel.managedBy,
    panel.caveats,
  ];
  // Lists come later than the rest, and move what is below them.
  await expect(async () => {
    const tops = await Promise.all(parts.map(async (part) => (await part.boundingBox())?.y ?? Number.NaN));
    expect(tops).not.toContain(Number.NaN);
    expect(tops).toEqual([...tops].sort((a, b) => a - b));
  }).toPass();
});

test('a demo and a configuration of its own are one badge, not part of the headline', async ({ agent, panel }) => {
  const trial = { ...allGood, managed: { ...managed.present, trial: true } };
  agent.play(snapshotOf(trial, { engine: DEMO }));
  await expect(panel.headline).toHaveText('Restricted by acme');
  await expect(panel.banner.locator('.chip')).toHaveText(['demo, no engine attached']);
  agent.play(snapshotOf(trial));
  await expect(panel.banner.locator('.chip')).toHaveText(['Demo configuration']);
  await expect(panel.managedBy.locator('.chip')).toHaveCount(0);
});

test('in the demo, steps to try come first, until they are hidden', async ({
  agent,
  clipboard,
  page,
  panel,
  accessible,
}) => {
  const tour = {
    member: 'mia',
    owner: 'olivia',
    allowed: 'docker pull a',
    blocked: 'docker pull b',
    allow: 'hub allow b',
  };
  const card = page.getByRole('region', { name: 'Try the demo' });
  await expect(card).toHaveCount(0);
  agent.play(snapshotOf(inputsFor['sign-in-required'], { tour, engine: DEMO }));
  await expect(card).toContainText('Sign in as mia.');
  await expect(card).not.toContainText('Done');
  agent.play(snapshotOf(allGood, { tour, engine: DEMO }));
  await expect(card.getByRole('listitem').first()).toContainText('Done');
  await card.getByRole('button', { name: 'Copy command' }).nth(1).click();
  await expect.poll(clipboard).toBe('docker pull b');
  await accessible();
  await card.getByRole('button', { name: 'Hide' }).click();
  await expect(card).toHaveCount(0);
  await page.reload();
  await panel.shows('enforcing');
  await expect(card).toHaveCount(0);
});

test('caveats are one line, which leads to them', async ({ panel }) => {
  const relevant = caveats.filter(({ applies }) => applies !== 'no');
  const found = relevant.filter(({ foundBy }) => foundBy !== null).length;
  await expect(panel.caveats).toContainText(
    `${relevant.length} limits apply here, ${found} of them found on this machine.`,
  );
  await panel.caveats.getByRole('link').click();
  await expect(panel.caveats.getByText('Tools on the host bypass the filter')).toBeVisible();
});

test('hosts and addresses are copied by a button beside them', async ({ clipboard, panel }) => {
  await panel.activity.getByRole('button', { name: 'Copy gcr.io' }).click();
  await expect.poll(clipboard).toBe('gcr.io');
  await panel.registries.getByRole('button', { name: 'Copy registry-dev.acme.example:5000' }).click();
  await expect.poll(clipboard).toBe('registry-dev.acme.example:5000');
});

test('caveats that do not apply here are folded away', async ({ panel }) => {
  await panel.goTo('Caveats');
  await expect(panel.caveats.getByText('Tools on the host bypass the filter')).toBeVisible();
  await expect(panel.caveats.getByText('Windows containers are not restricted')).toBeHidden();
  await panel.caveats.getByText(/others do not apply here/).click();
  await expect(panel.caveats.getByText('Windows containers are not restricted')).toBeVisible();
});

test('the summary to send along is six lines', async ({ clipboard, panel }) => {
  await panel.button('Copy summary').click();
  await expect(panel.button('Copied')).toBeVisible();
  const summary = (await clipboard()).split('\n');
  expect(summary).toHaveLength(6);
  expect(summary[0]).toBe('State: P-ENFORCING · Restricted by acme');
  expect(summary[3]).toContain('revision 7');
});

test('where the clipboard is denied, the text is shown to be copied by hand', async ({ page, panel }) => {
  await page.evaluate(() => {
    navigator.clipboard.writeText = () => Promise.reject(new Error('denied'));
  });
  await panel.button('Copy summary').click();
  await expect(page.getByRole('textbox', { name: 'Text to copy' })).toHaveValue(/P-ENFORCING/);
});

test('everything can be reached with the keyboard, in reading order', async ({ page, panel }) => {
  // Lists come later than the rest.
  for (const link of ['All 11', 'All 13']) await expect(page.getByRole('link', { name: link })).toBeVisible();
  await expect(panel.activity.getByRole('button', { name: 'Why? gcr.io' })).toBeVisible();
  const names: string[] = [];
  for (;;) {
    await page.keyboard.press('Tab');
    const name = await page.evaluate(() => {
      const focused = document.activeElement;
      // A window without anything else in it, as Electron's, begins anew at once.
      if (!(focused instanceof HTMLElement) || focused === document.body || focused.dataset.reached) return null;
      focused.dataset.reached = 'yes';
      return focused.getAttribute('aria-label') ?? (focused.textContent || (focused as HTMLInputElement).placeholder);
    });
    if (name === null || names.length > 80) break;
    names.push(name.trim());
  }
  const wanted = ['Overview', 'Copy summary', 'Check', 'Why? gcr.io', 'All 11', 'Sync now', 'Sign out', 'All 13'];
  const places = wanted.map((name) => names.lastIndexOf(name));
  expect(places).not.toContain(-1);
  expect(places).toEqual([...places].sort((a, b) => a - b));
  await expect(panel.headline).toBeVisible();
});

for (const [what, width] of [
  ['a narrow window', 360],
  ['a small window at 200% zoom', 320],
] as const) {
  test(`nothing is cut off in ${what}`, async ({ agent, page, panel, accessible }) => {
    await page.setViewportSize({ width, height: 700 });
    agent.answer({ 'decide.explain': async () => refusedImage });
    await panel.ask('gcr.io/distroless/static');
    await expect(panel.check.locator('[data-allowed=false]')).toBeVisible();
    for (const id of ['enforcing', 'locked', 'not-enforcing', 'sign-in-required'] as const) {
      agent.play(snapshotOf(inputsFor[id], { caveats: [...caveats], engines }));
      await panel.shows(id);
      const overflow = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
      expect(overflow).toBeLessThanOrEqual(0);
    }
    await accessible();
  });
}
