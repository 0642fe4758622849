import { join } from 'node:path';
import { test as base, expect } from '@playwright/test';
import { z } from 'zod';
import { wordsFor } from '../../shared/messages/words.ts';
import { type Desktop, type DesktopOptions, openDesktop } from '../support/desktop/desktop.ts';
import { type InstalledTray, installTray } from '../support/desktop/installed-tray.ts';
import { iconsSeen, picture, windowsSeen, type XWindow } from '../support/desktop/screen.ts';
import { flat, trayItem, trayItems } from '../support/desktop/tray-item.ts';
import { startGateway, type TestGateway } from '../support/gateway.ts';
import { startHub, type TestHub } from '../support/hub.ts';

/** The program that is shipped, on a desktop, from start to end: with the real gateway, and nothing of Playwright's inside it. */
const test = base.extend<
  { tray: InstalledTray; desktop: Desktop; options: DesktopOptions },
  { hub: TestHub; gateway: TestGateway }
>({
  options: [{}, { option: true }],
  hub: [
    // biome-ignore lint/correctness/noEmptyPattern: Playwright reads the fixtures' names off this pattern
    async ({}, use) => {
      const hub = await startHub();
      await use(hub);
      await hub.stop();
    },
    { scope: 'worker' },
  ],
  gateway: [
    async ({ hub }, use) => {
      const gateway = await startGateway({ settings: { hub: hub.url, policyKeys: await hub.policyKeys() } });
      await use(gateway);
      await gateway.stop();
    },
    { scope: 'worker' },
  ],
  desktop: async ({ options }, use) => {
    const desktop = await openDesktop(options);
    await use(desktop);
    await desktop.close();
  },
  tray: async ({ desktop, gateway }, use) => {
    const tray = await installTray(desktop, gateway);
    await use(tray);
    await tray.remove();
  },
});

test.skip(process.platform !== 'linux', 'the desktop is an X server with a panel');

const { menu } = wordsFor('system', 'en').shell;

const look = async (desktop: Desktop, name: string): Promise<void> => {
  const folder = process.env.PORTCULLIS_PICTURES;
  if (folder) await picture(desktop, join(folder, `${name}.png`));
};
const icons = (desktop: Desktop) => async () => (await iconsSeen(desktop)).map(({ name }) => name);
const windows = (desktop: Desktop) => () => windowsSeen(desktop, '--name', 'Portcullis$');
const notifications = (desktop: Desktop) => () => windowsSeen(desktop, '--class', 'dunst');

async function choose(desktop: Desktop, label: string): Promise<void> {
  await expect
    .poll(async () => flat(await (await trayItem(desktop)).menu()).map((item) => item.label))
    .toContain(label);
  await (await trayItem(desktop)).choose(label);
}

/** What was notified, the latest first, once it has left the screen. */
async function history(desktop: Desktop): Promise<{ appname: string; summary: string; body: string }[]> {
  await desktop.run('dunstctl', 'close-all');
  const Text = z.object({ data: z.string() });
  const Entry = z.object({ appname: Text, summary: Text, body: Text });
  const { data } = z
    .object({ data: z.tuple([z.array(Entry)]) })
    .parse(JSON.parse(await desktop.run('dunstctl', 'history')));
  return data[0].map(({ appname, summary, body }) => ({
    appname: appname.data,
    summary: summary.data,
    body: body.data,
  }));
}

/** The panel's window, once it is on the screen and stays where it is. */
async function settled(desktop: Desktop): Promise<XWindow> {
  let now: XWindow | undefined;
  let before = '';
  await expect
    .poll(async () => {
      [now] = await windows(desktop)();
      const isSame = JSON.stringify(now) === before;
      before = JSON.stringify(now);
      return now !== undefined && isSame;
    })
    .toBe(true);
  if (now === undefined) throw new Error('there is no window');
  return now;
}

test('a day: signed in by the menu, a blocked pull, the filter lost and back, and the end by the menu', async ({
  desktop,
  gateway,
  hub,
  tray,
}) => {
  const program = await tray.start('--hidden');
  await expect.poll(icons(desktop)).toEqual(['sign-in-required-amber']);
  expect(await windows(desktop)()).toEqual([]);

  await choose(desktop, menu.signIn);
  await expect.poll(desktop.opened).toHaveLength(1);
  const [address = ''] = await desktop.opened();
  expect(address).toContain(hub.url);
  await hub.finishSignIn(address, 'mia');
  await expect.poll(icons(desktop)).toEqual(['enforcing-green']);

  await desktop.run('dunstctl', 'close-all');
  await gateway.query('gcr.io');
  await expect.poll(async () => (await notifications(desktop)()).length).toBe(1);
  await look(desktop, 'blocked');
  const [latest] = await history(desktop);
  expect(latest).toEqual({
    appname: 'Portcullis',
    summary: 'Blocked: gcr.io',
    body: expect.stringContaining('Click to see why'),
  });

  await gateway.halt('SIGKILL');
  await expect.poll(icons(desktop)).toEqual(['locked-amber']);
  await gateway.start();
  await expect.poll(icons(desktop)).toEqual(['enforcing-green']);

  await choose(desktop, menu.quit.rules);
  expect(await program.ended).toBe(0);
  await expect.poll(icons(desktop)).toEqual([]);
  expect(await trayItems(desktop)).toEqual([]);
});

test('dragged to another place the window opens there after a restart', async ({ desktop, tray }) => {
  const first = await tray.start();
  const { x, y } = await settled(desktop);
  const to = { x: x - 600, y: y + 150 };
  await desktop.run('xdotool', 'mousemove', String(x + 150), String(y - 8), 'mousedown', '1');
  for (const part of [0.05, 0.1, 0.3, 0.6, 0.9, 1]) {
    const at = [x + 150 - 600 * part, y - 8 + 150 * part].map((value) => String(Math.round(value)));
    await desktop.run('xdotool', 'mousemove', ...at);
  }
  await desktop.run('xdotool', 'mouseup', '1');
  await expect.poll(async () => (await settled(desktop)).x).toBe(to.x);
  expect(await first.stop()).toBe(0);
  await expect.poll(windows(desktop)).toEqual([]);
  await tray.start();
  expect(await settled(desktop)).toMatchObject(to);
});

for (const scale of [1.5, 2]) {
  test.describe(`on a desktop scaled by ${scale}`, () => {
    test.use({ options: { scale } });

    test('icon and window are as large as they should be, and stay where they are', async ({ desktop, tray }) => {
      await tray.start();
      const first = await settled(desktop);
      await look(desktop, `scale-${scale}`);
      // What the panel says nobody needs to be told beside it.
      await expect.poll(notifications(desktop)).toEqual([]);
      // Rounded up to whole pixels.
      expect(Math.abs(first.width - 480 * scale)).toBeLessThanOrEqual(1);
      expect(await desktop.run('xprop', '-id', first.id, 'WM_CLASS')).toContain('"Portcullis"');
      for (let times = 0; times < 3; times += 1) {
        await desktop.run('xdotool', 'key', 'Escape');
        await expect.poll(windows(desktop)).toEqual([]);
        await choose(desktop, menu.open);
        const { id: _id, ...again } = await settled(desktop);
        expect(first).toMatchObject(again);
      }
    });
  });
}

test.describe('on a desktop without tray icons', () => {
  test.use({ options: { panel: 'none' } });

  test('the panel is an ordinary window, which says why', async ({ desktop, tray }) => {
    await tray.start('--hidden');
    await settled(desktop);
    await look(desktop, 'no-tray');
  });

  test('that shows them later, the window gets an icon, and hides behind it', async ({ desktop, tray }) => {
    await tray.start();
    await settled(desktop);
    await desktop.startPanel();
    await expect.poll(icons(desktop)).toEqual(['sign-in-required-amber']);
    await look(desktop, 'late');
    await settled(desktop);
    await desktop.run('xdotool', 'key', 'Escape');
    await expect.poll(windows(desktop)).toEqual([]);
    await choose(desktop, menu.open);
    await settled(desktop);
  });

  test('that shows them a little later at login, there is an icon and no window', async ({ desktop, tray }) => {
    const starting = tray.start('--hidden');
    await desktop.startPanel();
    await starting;
    await expect.poll(icons(desktop)).toEqual(['sign-in-required-amber']);
    expect(await windows(desktop)()).toEqual([]);
  });
});
