import { companionsOf } from '../../shared/catalogue/look-up.ts';
import { parseAddress } from '../../shared/hosts/address.ts';
import { addressNotices } from '../../shared/hosts/address-notices.ts';
import { problem } from '../../shared/problems/catalogue.ts';
import { ProblemError } from '../../shared/problems/problem.ts';
import type { RegistryRow } from '../../shared/schemas/ipc-schema.ts';
import { allOf, caveats, listOf, refusedHosts, refusedImage } from '../support/panel-data.ts';
import { allGood, inputsFor, managed, NOW, policy, snapshotOf } from '../support/snapshots.ts';
import { expect, test } from './fixtures.ts';

const VIEWS = ['Overview', 'Registries', 'Activity', 'Caveats', 'Settings'] as const;

function manyRegistries(count: number): RegistryRow[] {
  return Array.from({ length: count }, (_, index) => ({
    address: `r${index}.example`,
    nickname: `Registry ${index}`,
    known: null,
    problem: null,
    notices: [],
    companions: [
      { host: `blobs.r${index}.example`, purpose: 'blobs', shared: false, optIn: false, open: false, note: null },
    ],
  }));
}

/** The same state with other rules, so that lists are asked for anew. */
const newRules = snapshotOf({ ...allGood, policy: { kind: 'fresh', policy: { ...policy, digest: 'c'.repeat(64) } } });

for (const scheme of ['light', 'dark'] as const) {
  test.describe(`in the ${scheme} theme`, () => {
    test.use({ colorScheme: scheme });
    for (const place of VIEWS) {
      test(`${place} is accessible, and nothing of it is cut off in a narrow window`, async ({
        page,
        panel,
        accessible,
      }) => {
        await panel.goTo(place);
        await expect(page.locator(`main[data-view=${place.toLowerCase()}]`)).toBeVisible();
        await expect(page.getByRole('heading', { level: 1 })).toHaveCount(1);
        await accessible();
        await page.setViewportSize({ width: 320, height: 700 });
        const overflow = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
        expect(overflow).toBeLessThanOrEqual(0);
        await accessible();
      });
    }
  });
}

test('the panel opens where it was left', async ({ agent, page, panel }) => {
  await panel.goTo('Activity');
  await expect(page.getByRole('heading', { level: 1, name: 'Activity' })).toBeVisible();
  await page.goto(agent.address());
  await expect(page.getByRole('heading', { level: 1, name: 'Activity' })).toBeVisible();
});

test('every view tells the state, and leads back to it', async ({ agent, panel }) => {
  await panel.goTo('Settings');
  agent.play(snapshotOf(inputsFor['not-enforcing']));
  const strip = panel.page.getByRole('link', { name: 'Restrictions are NOT in force P-NOT-ENFORCING' });
  await strip.click();
  await panel.shows('not-enforcing');
});

test('without a connection no view claims a state', async ({ agent, panel }) => {
  await panel.goTo('Registries');
  await agent.goAway();
  await expect(panel.page.getByRole('link', { name: 'Connection to Portcullis lost P-NO-ANSWER' })).toBeVisible();
});

test.describe('Registries', () => {
  test('are named first by nickname, with what comes with them folded away', async ({ panel, accessible }) => {
    await panel.goTo('Registries');
    const hub = panel.registries.getByRole('listitem').filter({ hasText: 'Docker Hub' });
    await expect(hub).toContainText('docker.io');
    const companion = panel.registries.getByText('production.cloudfront.docker.com');
    await expect(companion).toBeHidden();
    await hub.getByRole('button', { name: /^Docker Hub/ }).click();
    await expect(companion).toBeVisible();
    await expect(hub).toContainText('image data');
    await accessible();
    await panel.registries.getByRole('button', { name: /^GitHub packages/ }).click();
    await expect(panel.registries.getByText('shared with other services')).toBeVisible();
    await expect(companion).toBeVisible();
    await hub.getByRole('button', { name: /^Docker Hub/ }).click();
    await expect(companion).toBeHidden();
  });

  test('are searched by the agent', async ({ panel }) => {
    await panel.goTo('Registries');
    await panel.search('acme');
    await expect(panel.registries.getByRole('status')).toHaveText('3 registries');
    await panel.search('nothing like it');
    await expect(panel.registries).toContainText('No registries match "nothing like it".');
  });

  test('says which entry to check, and which host comes along that anyone can fill', async ({
    agent,
    panel,
    accessible,
  }) => {
    const rows = ['hub.docker.com', 'registry.gitlab.com', 'registry.k8s.io'].map((address): RegistryRow => {
      const parsed = parseAddress(address);
      const companions = parsed.ok ? companionsOf(parsed.value).slice(-2) : [];
      return {
        address,
        nickname: null,
        known: null,
        problem: null,
        notices: addressNotices(address).map((notice) => notice.problem),
        companions: companions.map(({ host, purpose, dedicated, optIn, open, note }) => ({
          host,
          purpose,
          shared: !dedicated,
          optIn: optIn ?? false,
          open: open ?? false,
          note: note ?? null,
        })),
      };
    });
    agent.answer({ 'registries.list': listOf(rows) });
    agent.play(newRules);
    await panel.goTo('Registries');
    const site = panel.registries.getByRole('listitem').filter({ hasText: 'hub.docker.com' });
    await expect(site).toContainText('Check this entry');
    await site.getByRole('button', { name: /^hub/ }).click();
    await expect(site).toContainText('no image is pulled from it. Allow docker.io instead.');
    await panel.registries.getByRole('button', { name: /^registry\.gitlab/ }).click();
    await expect(panel.registries).toContainText('anyone can publish here');
    await expect(panel.registries).toContainText('its dependency proxy serves images of Docker Hub');
    await accessible();
  });

  test('a line without effect says why', async ({ panel }) => {
    await panel.goTo('Registries');
    const broken = panel.registries.getByRole('listitem').filter({ hasText: 'Old mirror' });
    await expect(broken).toContainText('No effect');
    await broken.getByRole('button', { expanded: false }).click();
    await expect(broken).toContainText('It is no address');
  });

  test('a hundred thousand of them: any place can be scrolled to, and only what is in sight exists', async ({
    agent,
    page,
    panel,
  }) => {
    agent.answer({ 'registries.list': listOf(manyRegistries(100_000)) });
    agent.play(newRules);
    await panel.goTo('Registries');
    await expect(panel.registries.getByRole('status')).toHaveText('100,000 registries');
    const lines = panel.registries.getByRole('listitem');
    await expect(lines.first()).toContainText('Registry 0');
    await expect(lines.first()).toHaveAttribute('aria-setsize', '100000');

    await page.evaluate(() => scrollTo({ top: document.documentElement.scrollHeight }));
    await expect(panel.registries.getByText('Registry 99999')).toBeVisible();
    await page.evaluate(() => scrollTo({ top: document.documentElement.scrollHeight / 2 }));
    await expect(panel.registries.getByText(/^Registry (49|50)\d{3}$/).first()).toBeVisible();
    expect(await lines.count()).toBeLessThan(100);
    expect(agent.calls.filter(({ call }) => call === 'registries.list').length).toBeLessThan(20);
  });

  test('an open line keeps its place and its height while one scrolls away and back', async ({
    agent,
    page,
    panel,
  }) => {
    agent.answer({ 'registries.list': listOf(manyRegistries(1_000)) });
    agent.play(newRules);
    await panel.goTo('Registries');
    await panel.registries.getByRole('button', { name: /^Registry 3 r3/ }).click();
    await expect(panel.registries.getByText('blobs.r3.example')).toBeVisible();
    const height = await page.evaluate(() => document.documentElement.scrollHeight);
    await page.getByRole('heading', { level: 1 }).click();
    await page.evaluate(() => scrollTo({ top: document.documentElement.scrollHeight }));
    await expect(panel.registries.getByText('Registry 999')).toBeVisible();
    await expect(panel.registries.getByText('blobs.r3.example')).toHaveCount(0);
    expect(await page.evaluate(() => document.documentElement.scrollHeight)).toBe(height);
    await page.evaluate(() => scrollTo({ top: 0 }));
    await expect(panel.registries.getByText('blobs.r3.example')).toBeVisible();
  });

  test('a line that has the focus stays, however far one scrolls', async ({ agent, page, panel }) => {
    agent.answer({ 'registries.list': listOf(manyRegistries(1_000)) });
    agent.play(newRules);
    await panel.goTo('Registries');
    const third = panel.registries.getByRole('button', { name: /^Registry 3 r3/ });
    await third.focus();
    await page.evaluate(() => scrollTo({ top: document.documentElement.scrollHeight }));
    await expect(panel.registries.getByText('Registry 999')).toBeVisible();
    await expect(third).toBeFocused();
  });

  test('a list that is not in force says so', async ({ agent, panel }) => {
    await panel.goTo('Registries');
    agent.play(snapshotOf(inputsFor.locked));
    await expect(panel.registries).toContainText('This list has no effect while everything is blocked.');
  });
});

test.describe('Activity', () => {
  test('groups what was refused by host: how often, since when, where and why', async ({ panel }) => {
    await panel.goTo('Activity');
    const gcr = panel.activity.getByRole('listitem').filter({ hasText: 'gcr.io' });
    await expect(gcr).toContainText('Not allowed by acme.');
    await expect(gcr).toContainText('14 times');
    await expect(gcr).toContainText('Pulls and builds');
    await expect(gcr).toContainText(/first 50 min ago/);
    const recorded = panel.activity.getByRole('listitem').filter({ hasText: 'public.ecr.aws' });
    await expect(recorded).toContainText('Recorded only');
  });

  test('can be narrowed by where it was refused', async ({ panel }) => {
    await panel.goTo('Activity');
    await expect(panel.activity.getByRole('listitem')).toHaveCount(4);
    await panel.activity.getByRole('radio', { name: 'Inside containers' }).check();
    await expect(panel.activity.getByRole('listitem')).toHaveCount(1);
    await expect(panel.activity.getByRole('listitem')).toContainText('registry.hub.evil.example');
  });

  test('says in the past tense what may have been fixed since', async ({ agent, panel }) => {
    const [first] = refusedHosts;
    if (first === undefined) throw new Error('no refusal to play');
    agent.answer({ 'denials.list': allOf([{ ...first, reason: 'sign-in-required' }]) });
    agent.play(snapshotOf(allGood, { denialsVersion: '5' }));
    await panel.goTo('Activity');
    await expect(panel.activity).toContainText('No member of acme was signed in.');
  });

  test('is copied as CSV and as JSON, as narrowed on screen', async ({ clipboard, panel }) => {
    await panel.goTo('Activity');
    await panel.activity.getByRole('radio', { name: 'Inside containers' }).check();
    await panel.button('Copy as CSV').click();
    await expect(panel.button('Copied')).toBeVisible();
    expect((await clipboard()).split('\r\n')).toEqual([
      'host,blocked,count,first,last,views,reason',
      expect.stringMatching(/^registry\.hub\.evil\.example,true,230,2026-/),
      '',
    ]);
    await panel.button('Copy as JSON').click();
    await expect.poll(clipboard).toContain('"host": "registry.hub.evil.example"');
  });

  test('"Why?" leads to the check, already answered', async ({ agent, panel }) => {
    agent.answer({ 'decide.explain': async () => refusedImage });
    await panel.goTo('Activity');
    await panel.activity.getByRole('button', { name: 'Why? gcr.io' }).click();
    await expect(panel.check.getByRole('textbox')).toHaveValue('gcr.io');
    await expect(panel.check.locator('[data-allowed=false]')).toBeVisible();
    expect(agent.calls.find(({ call }) => call === 'decide.explain')?.args).toEqual({ subject: 'gcr.io' });
  });

  test('"Why?" brings the answer into sight and the focus to it, also in a small window', async ({
    agent,
    page,
    panel,
  }) => {
    await page.setViewportSize({ width: 360, height: 640 });
    agent.answer({ 'decide.explain': async () => refusedImage });
    await panel.goTo('Activity');
    await panel.activity.getByRole('button', { name: 'Why? gcr.io' }).click();
    await expect(panel.check.locator('[data-allowed=false]')).toBeInViewport();
    await expect(panel.check.getByRole('textbox')).toBeFocused();
  });

  test('a new refusal is there without anybody asking', async ({ agent, panel }) => {
    await expect(panel.activity).not.toContainText('new.example');
    const [first] = refusedHosts;
    if (first === undefined) throw new Error('no refusal to play');
    agent.answer({ 'denials.list': allOf([{ ...first, host: 'new.example', last: NOW }, ...refusedHosts]) });
    agent.play(snapshotOf(allGood, { deniedToday: 5, denialsVersion: '5' }));
    await expect(panel.activity).toContainText('new.example');
  });

  test('under audit it says that it only records', async ({ agent, panel }) => {
    await panel.goTo('Activity');
    agent.play(snapshotOf(inputsFor.auditing));
    await expect(panel.activity).toContainText('these requests would have been blocked');
  });
});

test('a link within a view leads to the top of the other one', async ({ page, panel }) => {
  await page.setViewportSize({ width: 360, height: 640 });
  await panel.goTo('Overview');
  await page.getByRole('link', { name: 'All 11' }).click();
  await expect(page.getByRole('heading', { level: 1, name: 'Allowed registries' })).toBeInViewport();
  await expect(page.getByRole('main')).toBeFocused();
});

test('the timeline tells since when, and what was before', async ({ panel }) => {
  await expect(panel.timeline.getByRole('listitem').first()).toContainText(/In force.*50 min ago/);
  await expect(panel.timeline.getByRole('listitem').nth(1)).toContainText('Applying the policy');
});

test('caveats show their text, what to do and how they were found out', async ({ agent, panel }) => {
  agent.play(snapshotOf(allGood, { caveats }));
  await panel.goTo('Caveats');
  const builders = panel.caveats.getByRole('listitem').filter({ hasText: 'Other builders are not restricted' });
  await expect(builders).toContainText('cluster (kubernetes)');
  await expect(builders).toContainText('Use the default builder');
  await expect(builders).toContainText('Source: docker buildx ls');
  const tools = panel.caveats.getByRole('listitem').filter({ hasText: 'Tools on the host bypass the filter' });
  await expect(tools).toContainText('Applies to every machine');
});

test.describe('Settings', () => {
  test("the theme is the agent's to keep, and the page follows at once", async ({ agent, page, panel }) => {
    agent.answer({
      'preferences.set': async ({ theme }) => {
        const { preferences } = snapshotOf(allGood);
        agent.play(
          snapshotOf(allGood, { preferences: { ...preferences, theme: { value: theme ?? 'system', locked: false } } }),
        );
        return {};
      },
    });
    await panel.goTo('Settings');
    await page.getByRole('radio', { name: 'Dark' }).click();
    await expect(page.locator('html')).toHaveAttribute('data-theme', 'dark');
    await expect(page.locator('body')).toHaveCSS('color-scheme', 'dark');
    expect(agent.calls).toContainEqual({ call: 'preferences.set', args: { theme: 'dark' } });
  });

  test('what the administrator has locked has a padlock, its source, and cannot be changed', async ({
    agent,
    page,
    panel,
  }) => {
    const { preferences } = snapshotOf(allGood);
    const settings = { ...managed.present.settings, locked: ['startAtLogin'] };
    agent.play(
      snapshotOf(
        { ...allGood, managed: { ...managed.present, settings } },
        {
          preferences: {
            ...preferences,
            startAtLogin: { value: true, locked: true },
            notifications: { value: true, locked: false },
          },
        },
      ),
    );
    await panel.goTo('Settings');
    const startAtLogin = page.getByRole('group', { name: 'Start at login' });
    await expect(startAtLogin.getByRole('radio', { name: 'On' })).toBeDisabled();
    await expect(page.locator('[data-setting=startAtLogin]')).toContainText(
      'Set by your administrator in /etc/portcullis/portcullis.json',
    );
    await expect(page.getByRole('group', { name: 'Notifications' }).getByRole('radio', { name: 'On' })).toBeEnabled();
  });

  test('a start at login that the system refuses is shown as it is, and says why', async ({ agent, page, panel }) => {
    const { preferences } = snapshotOf(allGood);
    const refusal = problem('cannot-write', { path: '/home/mia/.config/autostart/portcullis.desktop' });
    const startAtLogin = { value: false, locked: false, problem: refusal };
    agent.play(
      snapshotOf(allGood, {
        preferences: { ...preferences, startAtLogin, notifications: { value: true, locked: false } },
      }),
    );
    agent.answer({
      'preferences.set': async () => {
        throw new ProblemError(refusal);
      },
    });
    await panel.goTo('Settings');
    const group = page.getByRole('group', { name: 'Start at login' });
    await expect(group.getByRole('radio', { name: 'Off' })).toBeChecked();
    await expect(page.getByText(refusal.message)).toHaveCount(1);
    await group.getByRole('radio', { name: 'On' }).click();
    await expect.poll(() => agent.calls.some(({ call }) => call === 'preferences.set')).toBe(true);
    await expect(group.getByRole('radio', { name: 'Off' })).toBeChecked();
    await expect(page.getByText(refusal.message)).toHaveCount(1);
  });

  test('a tray that is not installed says that nothing starts it at login', async ({ agent, page, panel }) => {
    const { preferences } = snapshotOf(allGood);
    agent.play(snapshotOf(allGood, { preferences: { ...preferences, notifications: { value: true, locked: false } } }));
    await panel.goTo('Settings');
    await expect(page.getByText('Start at login needs the installed app; this one is not installed.')).toBeVisible();
    await expect(page.getByRole('group', { name: 'Start at login' })).toHaveCount(0);
    await expect(page.getByRole('group', { name: 'Notifications' })).toBeVisible();
  });

  test('a report for support is saved, and said where', async ({ agent, page, panel, accessible }) => {
    const file = '/home/mia/.local/share/portcullis/reports/portcullis-report-K7Q4M2-20261121T120000Z.json';
    agent.answer({ 'report.save': async () => ({ file }) });
    await panel.goTo('Settings');
    const about = page.getByRole('region', { name: 'About' });
    await about.getByRole('button', { name: 'Save a report for support' }).click();
    await expect(about).toContainText(`Saved to: ${file}`);
    await expect(about.getByRole('button', { name: 'Copy path' })).toBeVisible();
    await accessible();
  });

  test('a report that cannot be written says why', async ({ agent, page, panel }) => {
    const problem = { code: 'cannot-write', message: 'The folder cannot be made.', next: 'Make room on the disk.' };
    agent.answer({ 'report.save': () => Promise.reject(new ProblemError(problem)) });
    await panel.goTo('Settings');
    await page.getByRole('button', { name: 'Save a report for support' }).click();
    await expect(page.getByRole('region', { name: 'About' })).toContainText('Make room on the disk.');
  });

  test('what the administrator has decided stands there with its file', async ({ page, panel }) => {
    await panel.goTo('Settings');
    const decided = page.getByRole('region', { name: 'Set by your administrator' });
    await expect(decided).toContainText('Sign-in required: acme');
    await expect(decided).toContainText('/usr/share/docker-desktop/registry/registry.json');
    await expect(decided).toContainText("acme's server: https://hub.acme.example");
  });
});

test.describe('in German', () => {
  test.use({ locale: 'de-DE' });

  test('all of the panel speaks it', async ({ page, panel, accessible }) => {
    await expect(panel.headline).toHaveText('Eingeschränkt durch acme');
    await expect(page.locator('html')).toHaveAttribute('lang', 'de');
    await expect(page.getByRole('region', { name: 'Richtlinie' })).toContainText('Revision 7');
    await page.getByText('Technische Details').click();
    await expect(page.getByRole('region', { name: 'Nachweis' })).toContainText('192.0.2.53:53 antwortet');
    await page.getByRole('link', { name: 'Einstellungen' }).click();
    await expect(page.getByRole('radio', { name: 'Deutsch' })).toBeVisible();
    await accessible();
  });

  test('so do problems; one that the catalogue does not know is marked as English', async ({ agent, page, panel }) => {
    await panel.shows('enforcing');
    const { sync } = snapshotOf(allGood);
    const policy = page.getByRole('region', { name: 'Richtlinie' });
    agent.play(snapshotOf(allGood, { sync: { ...sync, problem: problem('unexpected') } }));
    await expect(policy).toContainText('In Portcullis ist ein unerwarteter Fehler aufgetreten.');
    await expect(policy.locator('[lang]')).toHaveCount(0);
    const newer = { code: 'from-a-newer-agent', message: 'Something else went wrong.' };
    agent.play(snapshotOf(allGood, { sync: { ...sync, problem: newer } }));
    await expect(policy.locator('[lang=en]')).toHaveText('Something else went wrong.');
  });

  test("a choice of language counts before the system's", async ({ agent, panel }) => {
    const { preferences } = snapshotOf(allGood);
    agent.play(snapshotOf(allGood, { preferences: { ...preferences, language: { value: 'en', locked: false } } }));
    await expect(panel.headline).toHaveText('Restricted by acme');
  });
});
