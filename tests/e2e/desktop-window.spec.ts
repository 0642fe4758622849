import type { Rectangle } from 'electron';
import type { Denial } from '../../shared/schemas/control-schema.ts';
import type { PolicyState } from '../../shared/state/inputs.ts';
import { click, screenshot } from '../support/desktop/screen.ts';
import { refusedImage } from '../support/panel-data.ts';
import { allGood, offered, policy, snapshotOf } from '../support/snapshots.ts';
import { expect, test, type World } from './desktop-fixtures.ts';

/** Notifications, the panel's window and what happens to a desktop under way. One Electron and one desktop serve them all. */

test.skip(process.platform !== 'linux', 'the desktop is an X server with a panel');

/** A click on the icon, after which the window is on the screen. */
async function opened(world: World): Promise<Rectangle> {
  await click(world.desktop, await world.icon());
  await expect.poll(world.window).not.toBeNull();
  // As long as a person takes at least to reach the title bar: before, a move is the window manager's.
  await world.electron.app.evaluate(() => new Promise((resolve) => setTimeout(resolve, 600)));
  return settled(world);
}

/** Where it is when the window manager has had its say. */
async function settled(world: World): Promise<Rectangle> {
  let before = '';
  let now: Rectangle | null = null;
  await expect
    .poll(async () => {
      now = await world.window();
      const same = JSON.stringify(now) === before;
      before = JSON.stringify(now);
      return now !== null && same;
    })
    .toBe(true);
  if (now === null) throw new Error('the window is not on the screen');
  return now;
}

/** By its title bar, as a person does: the window manager moves it. */
async function drag(world: World, from: Rectangle, by: { x: number; y: number }): Promise<void> {
  const { run } = world.desktop;
  const move = (part: number) =>
    run(
      'xdotool',
      'mousemove',
      String(Math.round(from.x + 150 + by.x * part)),
      String(Math.round(from.y - 8 + by.y * part)),
    );
  await move(0);
  await run('xdotool', 'mousedown', '1');
  // Not in one leap, which a window manager takes for a slip at the edge of a display.
  for (const part of [0.05, 0.1, 0.3, 0.6, 0.9, 1]) await move(part);
  await run('xdotool', 'mouseup', '1');
  await expect.poll(async () => (await world.window())?.x).toBe(from.x + by.x);
}

test('opened again and again the window is at the same place, and nothing is remembered that nobody moved', async ({
  world,
}) => {
  const first = await opened(world);
  for (let times = 0; times < 3; times += 1) {
    await click(world.desktop, await world.icon());
    await expect.poll(world.window).toBeNull();
    expect(await opened(world)).toEqual(first);
  }
  expect(await world.remembered()).toBeNull();
});

test('dragged to another place it opens there the next time', async ({ world }) => {
  const first = await opened(world);
  await drag(world, first, { x: -500, y: 200 });
  const there = await settled(world);
  expect(there).toEqual({ ...first, x: first.x - 500, y: first.y + 200 });
  for (let times = 0; times < 3; times += 1) {
    await world.desktop.run('xdotool', 'key', 'Escape');
    await expect.poll(world.window).toBeNull();
    expect(await opened(world)).toEqual(there);
  }
});

const denial: Denial = {
  at: Date.now(),
  host: 'gcr.io',
  view: 'engine',
  wall: 'dns',
  reason: 'not-in-policy',
  refused: true,
  count: 1,
};

test('a blocked pull is notified on the screen, and a click on that opens the panel on the host', async ({
  world,
  panel,
}) => {
  await world.deny(denial);
  await expect.poll(async () => (await world.notifications()).length).toBe(1);
  await world.picture('notification');
  const [shown] = await world.notifications();
  if (shown === undefined) throw new Error('there is none');
  await click(world.desktop, { x: shown.x + shown.width / 2, y: shown.y + shown.height / 2 });
  await expect.poll(world.window).not.toBeNull();
  await expect(panel.check.getByRole('textbox')).toHaveValue('gcr.io');
  await expect.poll(world.notifications).toEqual([]);
});

test('where access can be requested, that click fills in a request, and sends nothing', async ({ world, panel }) => {
  const blocked = { ...refusedImage, subject: 'quay.example', registry: 'quay.example' };
  world.agent.answer({ 'decide.explain': async () => blocked });
  const next: PolicyState = { kind: 'fresh', policy: { ...policy, revision: 8 } };
  world.agent.play(snapshotOf({ ...allGood, policy: next }, { requests: offered }));
  await expect(panel.policy).toContainText('revision 8');
  await world.deny({ ...denial, host: 'quay.example' });
  await expect.poll(async () => (await world.notifications()).length).toBe(1);
  const [shown] = await world.notifications();
  if (shown === undefined) throw new Error('there is none');
  await click(world.desktop, { x: shown.x + shown.width / 2, y: shown.y + shown.height / 2 });
  await expect.poll(world.window).not.toBeNull();
  await expect(panel.page.getByRole('dialog', { name: 'Request access to quay.example' })).toBeVisible();
  await world.picture('notification-request');
  expect(world.calls.filter(({ call }) => call === 'requests.create')).toEqual([]);
  await panel.page.getByRole('button', { name: 'Cancel' }).click();
});

/** Plugs a display in at the right, and pulls it again. */
async function withSecondDisplay(world: World, use: (pull: () => Promise<void>) => Promise<void>): Promise<void> {
  const displays = () => world.electron.app.evaluate(({ screen }) => screen.getAllDisplays().length);
  const { run } = world.desktop;
  await run('xrandr', '--addmode', 'DUMMY1', '1024x768');
  await run('xrandr', '--output', 'DUMMY1', '--mode', '1024x768', '--right-of', 'DUMMY0');
  // Asked, the driver looks what is plugged in, and says so.
  await run('xrandr', '--query');
  await expect.poll(displays).toBe(2);
  const pull = async () => {
    await run('xrandr', '--output', 'DUMMY1', '--off');
    await run('xrandr', '--query');
    await expect.poll(displays).toBe(1);
  };
  try {
    await use(pull);
  } finally {
    await pull();
  }
}

const isOnFirst = ({ x, y, width, height }: Rectangle): boolean =>
  x >= 0 && y >= 0 && x + width <= 1600 && y + height <= 1200;

test('left on a second display it opens there, and on the first one once that display has gone', async ({ world }) => {
  await withSecondDisplay(world, async (pull) => {
    const first = await opened(world);
    await drag(world, first, { x: 700, y: 10 });
    await settled(world);
    await world.picture('two-displays');
    await click(world.desktop, await world.icon());
    await expect.poll(world.window).toBeNull();
    expect(await opened(world)).toMatchObject({ x: first.x + 700 });
    // The window is on the display that goes, and hidden the next time.
    await world.hide();
    await pull();
    expect(isOnFirst(await opened(world))).toBe(true);
  });
});

test('a window on a display that goes is on the other one after a click on the icon', async ({ world }) => {
  await withSecondDisplay(world, async (pull) => {
    const first = await opened(world);
    await drag(world, first, { x: 700, y: 10 });
    await pull();
    await world.choose('Open Portcullis');
    await expect.poll(async () => isOnFirst(await settled(world))).toBe(true);
  });
});

test('switched to dark the panel follows at once, and back', async ({ world, panel }) => {
  const window = await opened(world);
  const inside = { x: window.x + 4, y: window.y + 4, width: 1, height: 1 };
  const brightness = async () => Math.max(...(await screenshot(world.desktop, inside)).data.subarray(0, 3));
  await expect.poll(brightness).toBeGreaterThan(200);
  await world.desktop.set({ dark: true });
  await expect.poll(brightness).toBeLessThan(60);
  await panel.shows('enforcing');
  await world.picture('dark');
  await world.desktop.set({ dark: false });
  await expect.poll(brightness).toBeGreaterThan(200);
});

test('the icon comes back when the program that shows icons was restarted', async ({ world }) => {
  await world.desktop.stopPanel();
  await expect.poll(world.icons).toEqual([]);
  await world.desktop.startPanel();
  await expect.poll(world.icons).toEqual(['enforcing-green']);
  await world.choose('Open Portcullis');
  await expect.poll(world.window).not.toBeNull();
});

test('an agent that has gone is on the screen, and so is its return', async ({ world }) => {
  await world.electron.goAway();
  await expect.poll(world.icons).toEqual(['connection-lost-amber']);
  await expect.poll(async () => (await world.notifications()).length).toBe(1);
  await world.electron.comeBack();
  await expect.poll(world.icons).toEqual(['enforcing-green']);
});
