import type { Page } from '@playwright/test';
import type { Look, StateId } from '../../shared/state/derive-state.ts';
import { caveats } from '../support/panel-data.ts';
import { forbidsGreen, inputsFor, NOW, policy, problem, snapshotOf } from '../support/snapshots.ts';
import { expect, test } from './fixtures.ts';

/** What each state must look like: told by shape, words and colour, so that none of them has to be seen to know it. */
const SCREENS: Record<
  StateId,
  { headline: string; icon: string; look: Look; action: string | null; also?: string; code: string }
> = {
  starting: {
    headline: 'Checking this machine',
    icon: 'The last policy applies',
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
    headline: 'All pulls are blocked',
    icon: 'All blocked',
    look: 'amber',
    action: 'Copy for administrator',
    code: 'P-LOCKED',
  },
  'sign-in-required': {
    headline: 'Sign in to pull images',
    icon: 'All blocked',
    look: 'amber',
    action: 'Sign in',
    also: 'Use a code instead',
    code: 'P-SIGN-IN',
  },
  unmanaged: {
    headline: 'No restrictions',
    icon: 'Not restricted',
    look: 'grey',
    action: 'Sign in',
    also: 'Use a code instead',
    code: 'P-UNMANAGED',
  },
  'engine-stopped': {
    headline: 'No container engine running',
    icon: 'No engine running',
    look: 'grey',
    action: null,
    code: 'P-NO-ENGINE',
  },
  securing: {
    headline: 'Applying revision 8',
    icon: 'The last policy applies',
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
    headline: 'Audit only, nothing is blocked',
    icon: 'Recorded, not blocked',
    look: 'blue',
    action: null,
    code: 'P-AUDIT',
  },
  'enforcing-stale': {
    headline: 'Restricted by acme, last synced 3 min ago',
    icon: 'Allowed registries only',
    look: 'green',
    action: 'Try again',
    code: 'P-STALE',
  },
  enforcing: {
    headline: 'Restricted by acme',
    icon: 'Allowed registries only',
    look: 'green',
    action: null,
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
        await expect(panel.action).toHaveText(
          [screen.action, screen.also].filter((label) => typeof label === 'string'),
        );
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
  await expect(page).toHaveTitle('All pulls are blocked · Portcullis');
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

test.describe('an expired policy', () => {
  const expired = { kind: 'expired', policy: { ...policy, iat: NOW / 1000 - 7_200, exp: NOW / 1000 - 600 } } as const;
  const inputs = { ...inputsFor.enforcing, policy: expired };
  const { sync } = snapshotOf(inputs);

  test('says plainly that everything is refused, and how that is proven', async ({ agent, panel, accessible }) => {
    agent.play(snapshotOf(inputs));
    await panel.shows('locked');
    await expect(panel.readOut).toContainText('revision 7, expired');
    await expect(panel.readOut).toContainText('blocks all pulls, 21 Nov 2026, 11:59');
    await expect(panel.proof).toContainText('All pulls are currently blocked.');
    await expect(panel.proof).toContainText('Blocked a test name');
    await expect(panel.policy).toContainText('12 registries allowed, but not in effect');
    await accessible();
  });

  for (const scheme of ['light', 'dark'] as const) {
    test.describe(scheme, () => {
      test.use({ colorScheme: scheme });
      test('has nothing green on the screen', async ({ agent, page, panel }) => {
        expect((await colours(page)).filter((colour) => nameOf(colour) === 'green').length).toBeGreaterThan(0);
        agent.play(snapshotOf(inputs, { caveats }));
        await panel.shows('locked');
        await expect(panel.proof).toContainText('All pulls are currently blocked.');
        // What was in force before keeps its colour in the days that are past.
        expect((await colours(page)).filter((colour) => nameOf(colour) === 'green')).toEqual([]);
      });
    });
  }

  test.describe('says what is known of a newer one', () => {
    for (const [known, said] of [
      [
        { ...sync, lastContact: NOW - 3_600_000, lastAttempt: null },
        'Portcullis has not checked for a newer policy yet.',
      ],
      [{ ...sync, running: true }, 'A newer policy is being fetched.'],
      [{ ...sync, problem }, 'A newer policy could not be fetched.'],
      [{ ...sync, lastContact: NOW - 1_000 }, 'The server of acme has no newer policy.'],
    ] as const) {
      test(said, async ({ agent, panel }) => {
        agent.play(snapshotOf(inputs, { sync: known }));
        await expect(panel.banner).toContainText(`The policy of acme expired on 21 Nov 2026, 11:50. ${said}`);
      });
    }
  });
});

/** Every colour in which something is drawn or filled, but for the timeline of what is past. */
async function colours(page: Page): Promise<[number, number, number][]> {
  return page.evaluate(() => {
    const context = document.createElement('canvas').getContext('2d', { willReadFrequently: true });
    if (context === null) throw new Error('no canvas');
    const seen = new Set<string>();
    for (const element of document.querySelectorAll('body *:not(.transitions *, .band *)')) {
      if (!(element as HTMLElement).checkVisibility()) continue;
      const { color, backgroundColor } = getComputedStyle(element);
      seen.add(color).add(backgroundColor);
    }
    return [...seen].map((css) => {
      context.clearRect(0, 0, 1, 1);
      context.fillStyle = css;
      context.fillRect(0, 0, 1, 1);
      const [red = 0, green = 0, blue = 0] = context.getImageData(0, 0, 1, 1).data;
      return [red, green, blue] as [number, number, number];
    });
  });
}

test('a malformed file is named with its line, and can be copied for the administrator', async ({
  agent,
  clipboard,
  panel,
}) => {
  agent.play(snapshotOf(inputsFor.locked));
  await expect(panel.managedBy).toContainText('/usr/share/docker-desktop/registry/registry.json');
  await expect(panel.managedBy).toContainText(
    'Line 3, column 12: Trailing comma before the closing bracket. Remove it.',
  );
  await panel.button('Copy for administrator').click();
  await expect(panel.button('Copied')).toBeVisible();
  const copied = await clipboard();
  expect(copied).toContain('P-LOCKED');
  expect(copied).toContain('registry.json, line 3');
  expect(copied.split('\n')).toHaveLength(6);
});
