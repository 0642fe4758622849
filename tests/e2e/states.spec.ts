import type { Look, StateId } from '../../shared/state/derive-state.ts';
import { caveats } from '../support/panel-data.ts';
import { forbidsGreen, inputsFor, sessions, snapshotOf } from '../support/snapshots.ts';
import { expect, test } from './fixtures.ts';

/** What each state must look like: told by shape, words and colour, so that none of them has to be seen to know it. */
const SCREENS: Record<StateId, { headline: string; icon: string; look: Look; action: string | null; code: string }> = {
  starting: {
    headline: 'Checking this machine',
    icon: 'The last rules apply',
    look: 'amber',
    action: null,
    code: 'P-STARTING',
  },
  'not-enforcing': {
    headline: 'Restrictions are NOT in force',
    icon: 'Not reliably filtered',
    look: 'red',
    action: 'Run checks',
    code: 'P-NOT-ENFORCING',
  },
  locked: {
    headline: 'All pulls are refused',
    icon: 'Everything is refused',
    look: 'amber',
    action: 'Copy for administrator',
    code: 'P-LOCKED',
  },
  'sign-in-required': {
    headline: 'Sign in to pull images',
    icon: 'Everything is refused',
    look: 'amber',
    action: 'Sign in',
    code: 'P-SIGN-IN',
  },
  unmanaged: {
    headline: 'No restrictions',
    icon: 'Not restricted',
    look: 'grey',
    action: 'Sign in',
    code: 'P-UNMANAGED',
  },
  'engine-stopped': {
    headline: 'No container engine running',
    icon: 'No engine, no traffic',
    look: 'grey',
    action: null,
    code: 'P-NO-ENGINE',
  },
  securing: {
    headline: 'Applying revision 8',
    icon: 'The last rules apply',
    look: 'amber',
    action: null,
    code: 'P-SECURING',
  },
  'restrictions-off': {
    headline: 'Restrictions are off',
    icon: 'Not restricted',
    look: 'grey',
    action: null,
    code: 'P-OFF',
  },
  auditing: {
    headline: 'Recording only',
    icon: 'Recorded, not refused',
    look: 'blue',
    action: null,
    code: 'P-AUDIT',
  },
  'enforcing-stale': {
    headline: 'Restricted by acme, last synced 3 min ago',
    icon: 'Only listed registries pass',
    look: 'green',
    action: 'Try again',
    code: 'P-STALE',
  },
  enforcing: {
    headline: 'Restricted by acme',
    icon: 'Only listed registries pass',
    look: 'green',
    action: 'Check an image',
    code: 'P-ENFORCING',
  },
};

/** Which of the five a colour is, as an eye would say. */
function nameOf([red, green, blue]: [number, number, number]): Look {
  const strongest = Math.max(red, green, blue);
  if (strongest - Math.min(red, green, blue) < 30) return 'grey';
  if (green === strongest) return 'green';
  if (blue === strongest) return 'blue';
  return green - blue > 0.25 * red ? 'amber' : 'red';
}

for (const scheme of ['light', 'dark'] as const) {
  test.describe(`in the ${scheme} theme`, () => {
    test.use({ colorScheme: scheme });

    for (const [id, screen] of Object.entries(SCREENS) as [StateId, (typeof SCREENS)[StateId]][]) {
      test(`${id} is told by headline, shape, colour and code`, async ({ agent, panel, accessible }) => {
        agent.play(snapshotOf(inputsFor[id], { caveats: [...caveats] }));
        await panel.shows(id);
        await expect(panel.headline).toHaveText(screen.headline);
        await expect(panel.stateIcon).toHaveAccessibleName(screen.icon);
        await expect(panel.stateIcon).toHaveAttribute('data-icon', id);
        expect(nameOf(await panel.colour())).toBe(screen.look);
        await expect(panel.banner).toContainText(screen.code);
        await expect(panel.action).toHaveText(screen.action === null ? [] : [screen.action]);
        await accessible();
      });
    }
  });
}

test('no two states share a shape', async ({ agent, panel }) => {
  const shapes = new Set<string>();
  for (const [id, inputs] of Object.entries(inputsFor) as [StateId, (typeof inputsFor)[StateId]][]) {
    agent.play(snapshotOf(inputs));
    await panel.shows(id);
    shapes.add(await panel.stateIcon.innerHTML());
  }
  expect(shapes.size).toBe(Object.keys(inputsFor).length);
});

test('health that forbids green takes the green away and says why', async ({ agent, panel, accessible }) => {
  agent.play(snapshotOf({ ...inputsFor.enforcing, health: [forbidsGreen] }));
  await expect(panel.health).toContainText('The clock is wrong');
  await expect(panel.health).toContainText('Set the clock.');
  expect(nameOf(await panel.colour())).toBe('amber');
  await accessible();
});

test('a change of state is said aloud once, and growing ages are not', async ({ agent, panel }) => {
  const said = panel.announcement;
  await expect(said).toHaveText('');
  agent.play(snapshotOf(inputsFor['sign-in-required']));
  await expect(said).toHaveText(/^Sign in to pull images\. acme requires sign-in/);
  await expect(said).toHaveRole('status');
  agent.play(snapshotOf(inputsFor['not-enforcing']));
  await expect(said).toHaveText(/^Restrictions are NOT in force\./);
  await expect(said).toHaveRole('alert');
});

test('the window title follows the state', async ({ agent, page, panel }) => {
  await expect(page).toHaveTitle('Restricted by acme · Portcullis');
  agent.play(snapshotOf(inputsFor.locked));
  await panel.shows('locked');
  await expect(page).toHaveTitle('All pulls are refused · Portcullis');
});

test('a new policy on its way to being proven moves nothing on the screen', async ({ agent, page, panel }) => {
  await page.evaluate(() => {
    const shifts = new PerformanceObserver((list) => {
      for (const entry of list.getEntries()) {
        const total =
          Number(document.documentElement.dataset.shifted ?? 0) + (entry as unknown as { value: number }).value;
        document.documentElement.dataset.shifted = String(total);
      }
    });
    shifts.observe({ type: 'layout-shift' });
  });
  for (const id of ['securing', 'enforcing'] as const) {
    agent.play(snapshotOf(inputsFor[id], { caveats }));
    await panel.shows(id);
    await page.evaluate(() => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve))));
  }
  const shifted = Number(await page.evaluate(() => document.documentElement.dataset.shifted ?? '0'));
  // 0.1 is what a person notices (web.dev/cls); a line more in one card is far below.
  expect(shifted).toBeLessThan(0.03);
});

test('the wrong organization: a user is told where they belong and who is needed', async ({ agent, panel }) => {
  agent.play(snapshotOf({ ...inputsFor['sign-in-required'], session: sessions['wrong-organization'] }));
  await expect(panel.banner).toContainText('Gus belongs to globex');
  await expect(panel.whoDecides.getByRole('button', { name: 'Sign out' })).toBeVisible();
});

test('a malformed file is named with its line, and can be copied for the administrator', async ({
  agent,
  clipboard,
  panel,
}) => {
  agent.play(snapshotOf(inputsFor.locked));
  await expect(panel.whoDecides).toContainText('/usr/share/docker-desktop/registry/registry.json');
  await expect(panel.whoDecides).toContainText('Line 3, column 12: a comma stands before ].');
  await panel.button('Copy for administrator').click();
  await expect(panel.button('Copied')).toBeVisible();
  const copied = await clipboard();
  expect(copied).toContain('P-LOCKED');
  expect(copied).toContain('registry.json, line 3');
  expect(copied.split('\n')).toHaveLength(6);
});
