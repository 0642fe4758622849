import { dirname, join } from 'node:path';
import type { MenuCommand } from '../../main/shell/menu-model.ts';
import { trayIconFile, trayLook } from '../../main/shell/tray-look.ts';
import { summaryText } from '../../shared/messages/summary.ts';
import { wordsFor } from '../../shared/messages/words.ts';
import type { PreferencesView } from '../../shared/schemas/preferences.ts';
import type { StateInputs } from '../../shared/state/inputs.ts';
import { click, iconNames, screenshot, windowsSeen } from '../support/desktop/screen.ts';
import { trayItem } from '../support/desktop/tray-item.ts';
import { allGood, forbidsGreen, inputsFor, policies, sessions } from '../support/snapshots.ts';
import { expect, test, type World } from './desktop-fixtures.ts';
import type { PanelPage } from './pages/panel-page.ts';

const words = wordsFor('system', 'en');
const { menu } = words.shell;

test.skip(process.platform !== 'linux', 'the desktop is an X server with a panel');

const played: StateInputs[] = [
  ...Object.values(inputsFor).flatMap((inputs) => [inputs, { ...inputs, health: [forbidsGreen] }]),
  { ...inputsFor['enforcing-stale'], policy: policies['stale in the last fifth'] },
];

test('each state is on the screen as it was drawn, and no other, with its tooltip', async ({ world }) => {
  const seen = new Set<string>();
  for (const inputs of played) {
    const snapshot = world.play(inputs);
    const look = trayLook({ kind: 'running', snapshot }, Date.now(), words);
    const name = trayIconFile(look, 'linux').slice('linux/'.length, -'.png'.length);
    await expect.poll(world.icons).toEqual([name]);
    await expect.poll(async () => (await trayItem(world.desktop)).tooltip()).toBe(look.tooltip);
    seen.add(name);
  }
  // That of an agent that is away is seen below; the colours of some follow from the administrator's choice.
  expect(iconNames.filter((name) => !seen.has(name))).toEqual(['connection-lost-amber']);
});

test('a click on the icon shows the panel, and another one hides it', async ({ world, panel }) => {
  const icon = await world.icon();
  await click(world.desktop, icon);
  await expect.poll(world.window).not.toBeNull();
  await panel.shows('enforcing');
  await world.picture('window');
  await click(world.desktop, icon);
  await expect.poll(world.window).toBeNull();
});

test('the menu opens on the screen, and its first item opens the panel', async ({ world }) => {
  keepPreferences(world);
  await expect.poll(() => world.checked(menu.notifications)).toBe(true);
  const icon = await world.icon();
  const below = { x: 1200, y: 32, width: 400, height: 300 };
  const before = await screenshot(world.desktop, below);
  await click(world.desktop, icon, 3);
  await expect.poll(async () => (await screenshot(world.desktop, below)).data.equals(before.data)).toBe(false);
  await world.picture('menu');
  await world.desktop.run('xdotool', 'key', 'Down', 'Return');
  await expect.poll(world.window).not.toBeNull();
});

/** What each does, and how that is seen. */
const items: Record<MenuCommand, (world: World, panel: PanelPage) => Promise<void>> = {
  async 'open-panel'(world) {
    await world.choose(menu.open);
    await expect.poll(world.window).not.toBeNull();
  },
  async 'check-clipboard'(world, panel) {
    await world.electron.app.evaluate(({ clipboard }) => clipboard.writeText('gcr.io/distroless/static'));
    await world.choose(menu.checkClipboard);
    await expect.poll(world.window).not.toBeNull();
    await expect(panel.check.getByRole('textbox')).toHaveValue('gcr.io/distroless/static');
  },
  async sync(world) {
    await world.choose(menu.sync);
    await expect.poll(() => world.calls).toContainEqual({ call: 'sync.now', args: {} });
  },
  async 'sign-in'(world) {
    world.play(inputsFor['sign-in-required']);
    await world.choose(menu.signIn);
    await expect.poll(() => world.calls).toContainEqual({ call: 'session.signIn', args: { opener: 'agent' } });
    // This agent cannot: the panel shows why.
    await expect.poll(world.window).not.toBeNull();
  },
  async 'continue-sign-in'(world) {
    world.play({ ...inputsFor['sign-in-required'], session: sessions['signing-in'] });
    await world.choose(menu.continueSignIn);
    await expect.poll(() => world.calls).toContainEqual({ call: 'session.continueSignIn', args: { opener: 'agent' } });
    // This agent cannot: the panel shows why.
    await expect.poll(world.window).not.toBeNull();
  },
  async 'cancel-sign-in'(world) {
    world.play({ ...inputsFor['sign-in-required'], session: sessions['signing-in'] });
    await world.choose(menu.cancelSignIn);
    await expect.poll(() => world.calls).toContainEqual({ call: 'session.cancelSignIn', args: {} });
  },
  async 'sign-out'(world) {
    const dialogs = () => windowsSeen(world.desktop, '--name', '^Portcullis$');
    // The buttons share the lower edge: "Sign out" is at its left, "Stay signed in" at its right.
    for (const side of [0.75, 0.25]) {
      expect(world.calls).toEqual([]);
      await world.choose(menu.signOut);
      await world.choose(menu.signOut);
      await expect.poll(async () => (await dialogs()).length).toBe(1);
      await world.picture('sign-out');
      const press = async () => {
        const [dialog] = await dialogs();
        if (dialog === undefined) return 'closed';
        await click(world.desktop, { x: dialog.x + dialog.width * side, y: dialog.y + dialog.height - 15 });
        return 'open';
      };
      await expect.poll(press).toBe('closed');
    }
    await expect.poll(() => world.calls).toEqual([{ call: 'session.signOut', args: {} }]);
  },
  async 'copy-summary'(world) {
    await world.choose(menu.copySummary);
    const copied = () => world.electron.app.evaluate(({ clipboard }) => clipboard.readText());
    const [first = ''] = summaryText(world.agent.snapshot(), Date.now(), words).split('\n');
    await expect.poll(copied).toContain(first);
  },
  async 'save-report'(world) {
    const file = join(world.desktop.home, 'report.json');
    world.agent.answer({ 'report.save': async () => ({ file }) });
    await world.choose(menu.saveReport);
    await expect.poll(world.desktop.opened).toContain(dirname(file));
  },
  async 'open-logs'(world) {
    const folder = await world.electron.app.evaluate(({ app }) => app.getPath('userData'));
    await world.choose(menu.openLogs);
    await expect.poll(world.desktop.opened).toContain(folder);
  },
  async 'start-at-login'(world) {
    // What the system does then: tests/package/installed.test.ts.
    keepPreferences(world);
    await world.choose(menu.startAtLogin);
    await expect.poll(() => world.checked(menu.startAtLogin)).toBe(true);
    await world.choose(menu.startAtLogin);
    await expect.poll(() => world.checked(menu.startAtLogin)).toBe(false);
  },
  async notifications(world) {
    keepPreferences(world);
    await expect.poll(() => world.checked(menu.notifications)).toBe(true);
    await world.choose(menu.notifications);
    await expect.poll(() => world.checked(menu.notifications)).toBe(false);
  },
  async quit(world) {
    // Held back: the others still need it. That the program ends is in desktop-life.spec.ts.
    await world.electron.app.evaluate(({ app }) => {
      app.once('before-quit', (event) => {
        event.preventDefault();
        Object.assign(globalThis, { quitInTest: true });
      });
    });
    await world.choose(menu.quit.rules);
    await expect.poll(() => world.electron.app.evaluate(() => 'quitInTest' in globalThis)).toBe(true);
  },
};

/** The agent remembers what was chosen, as the real one. */
function keepPreferences(world: World): void {
  let preferences: PreferencesView = {
    ...world.agent.snapshot().preferences,
    startAtLogin: { value: false, locked: false },
    notifications: { value: true, locked: false },
  };
  const tell = () => world.play(allGood, { preferences });
  world.agent.answer({
    'preferences.set': async ({ startAtLogin, notifications }) => {
      if (startAtLogin !== undefined)
        preferences = { ...preferences, startAtLogin: { value: startAtLogin, locked: false } };
      if (notifications !== undefined)
        preferences = { ...preferences, notifications: { value: notifications, locked: false } };
      tell();
      return {};
    },
  });
  tell();
}

for (const [command, tryOut] of Object.entries(items)) {
  test(`the menu's item ${command} does what it says`, async ({ world, panel }) => tryOut(world, panel));
}
