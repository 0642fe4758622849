import { beforeEach, describe, expect, it } from 'vitest';
import { problem } from '../../../shared/problems/catalogue.ts';
import { ProblemError } from '../../../shared/problems/problem.ts';
import { panelChannels } from '../../../shared/schemas/panel-bridge.ts';
import { type ShellStage, setShellStage } from '../../support/electron/shell-stage.ts';
import { inputsFor, NOW, snapshotOf } from '../../support/snapshots.ts';

const gcr = {
  at: NOW,
  host: 'gcr.io',
  view: 'engine',
  wall: 'dns',
  reason: 'not-in-policy',
  refused: true,
  count: 1,
} as const;

let stage: ShellStage;
beforeEach(async () => {
  stage = await setShellStage();
});

describe('the tray icon', () => {
  it('follows the state with picture, words and menu', () => {
    expect(stage.tray().image).toBe('/app/assets/tray/windows/enforcing-green.png');
    expect(stage.tray().toolTip).toBe('Portcullis: Restricted by acme');
    stage.agent.play(snapshotOf(inputsFor['not-enforcing']));
    expect(stage.tray().image).toBe('/app/assets/tray/windows/not-enforcing-red.png');
    expect(stage.menu().labels()[0]).toBe('Restrictions are NOT in force');
  });

  it('says so at once when the agent fails, and shows no state until it is back', async () => {
    stage.fault();
    expect(stage.tray().image).toBe('/app/assets/tray/windows/connection-lost-amber.png');
    expect(stage.menu().labels()[0]).toBe('Portcullis is restarting');
    stage.clock.advance(1_000);
    await stage.settled();
    stage.clock.advance(1_000);
    await stage.settled();
    expect(stage.tray().image).toBe('/app/assets/tray/windows/enforcing-green.png');
  });

  it('leaves the menu alone while it says the same, because a replaced menu closes under one’s hand', () => {
    const before = stage.menu();
    stage.agent.play(snapshotOf(inputsFor.enforcing, { deniedToday: 5 }));
    expect(stage.menu()).toBe(before);
  });

  it('keeps the age in its words up to date', () => {
    stage.agent.play(snapshotOf(inputsFor['enforcing-stale']));
    expect(stage.tray().toolTip).toContain('last synced 3m ago');
    stage.clock.advance(60 * 60_000);
    expect(stage.tray().toolTip).toContain('last synced 1h ago');
  });

  it('opens its menu by the other button on macOS, where a menu that is set would open on each click', async () => {
    const mac = await setShellStage({ platform: 'darwin' });
    expect(mac.tray().menu).toBeNull();
    mac.tray().emit('right-click');
    expect(mac.tray().poppedUp?.labels()).toContain('Open Portcullis');
  });
});

describe('the panel', () => {
  it('is made and loaded ahead, hidden, and shown at once when the icon is clicked', () => {
    const { window } = stage;
    expect(window.options).toMatchObject({ show: false, paintWhenInitiallyHidden: true, skipTaskbar: true });
    expect(window.loaded).toEqual(['app://panel/']);
    expect(window.visible).toBe(false);
    stage.tray().emit('click');
    expect([window.visible, window.focused]).toEqual([true, true]);
  });

  it('learns that nobody sees it, once it is painted: it would paint on', async () => {
    expect(stage.window.hides).toBe(1);
    const withoutIcons = await setShellStage({ platform: 'linux', trayHost: false });
    expect([withoutIcons.window.hides, withoutIcons.window.visible]).toEqual([0, true]);
  });

  it('opens at the icon', () => {
    stage.tray().emit('click');
    expect(stage.window.bounds).toEqual({ x: 1440, y: 320, width: 480, height: 720 });
  });

  it('hides on a second click, on Esc, on its close button and when something else is clicked', async () => {
    const { window } = stage;
    const click = () => stage.tray().emit('click');
    click();
    click();
    expect(window.visible).toBe(false);
    click();
    await stage.double.message({ contents: window.webContents }, panelChannels.hide);
    expect(window.visible).toBe(false);
    click();
    expect(window.pressesClose()).toBe(false);
    expect(window.visible).toBe(false);
    click();
    window.loseFocus();
    expect(window.visible).toBe(false);
  });

  it('is not opened again by the very click that hid it', () => {
    const { window } = stage;
    stage.tray().emit('click');
    window.loseFocus();
    stage.tray().emit('click');
    expect(window.visible).toBe(false);
    stage.clock.advance(1_000);
    stage.tray().emit('click');
    expect(window.visible).toBe(true);
  });

  it('stays on Linux when something else is clicked, as windows do there', async () => {
    const linux = await setShellStage({ platform: 'linux' });
    linux.shell.open(null);
    linux.window.loseFocus();
    expect(linux.window.visible).toBe(true);
  });

  it('remembers where it was left and how large, but nothing while it was never moved', () => {
    const { window, remembered } = stage;
    stage.shell.open(null);
    window.hide();
    stage.shell.open(null);
    // A window manager makes room for the frame.
    window.setBounds({ y: window.bounds.y + 20 });
    stage.clock.advance(500);
    stage.tray().emit('click');
    stage.shell.open(null);
    stage.tray().emit('click');
    expect(remembered()).toBeNull();
    stage.shell.open(null);
    stage.clock.advance(500);
    window.setBounds({ x: 100, y: 50, width: 700 });
    stage.tray().emit('click');
    expect(remembered()).toEqual({ x: 100, y: 50, width: 700, height: 720 });
    stage.shell.open(null);
    expect(window.bounds).toMatchObject({ x: 100, y: 50, width: 700 });
  });

  it('tells a window manager that is late from a user', () => {
    const { window, remembered } = stage;
    const moves = (by: number): void => {
      window.setBounds({ y: window.bounds.y + by });
      window.emit('move');
    };
    stage.shell.open(null);
    stage.clock.advance(5000);
    // Where it was put, once more.
    window.emit('move');
    moves(20);
    stage.tray().emit('click');
    expect(remembered()).toBeNull();

    stage.shell.open(null);
    const { y } = window.bounds;
    stage.clock.advance(5000);
    // A slow hand.
    for (let step = 0; step < 10; step += 1) moves(4);
    stage.tray().emit('click');
    expect(remembered()).toMatchObject({ y: y + 40 });
  });

  it('comes back with the next click when its display has gone', () => {
    const { double, window } = stage;
    stage.shell.open(null);
    window.setBounds({ x: 5000, y: 50 });
    stage.tray().emit('click');
    expect(window.visible).toBe(true);
    expect(window.bounds.x).toBeLessThan(double.electron.screen.getPrimaryDisplay().workArea.width);
  });

  it('closes only when the application ends', () => {
    stage.shell.open(null);
    stage.shell.release();
    expect(stage.window.pressesClose()).toBe(true);
  });

  it('that fails is loaded again once, then there is an error page, and opening it tries anew', () => {
    const { window } = stage;
    window.webContents.crashes();
    expect(window.loaded).toEqual(['app://panel/', 'app://panel/']);
    window.webContents.crashes('oom');
    expect(window.loaded.at(-1)).toBe('app://panel/crashed');
    stage.shell.open(null);
    expect(window.loaded.at(-1)).toBe('app://panel/');
  });

  it('whose error page fails too is left alone until somebody opens it', () => {
    const { window } = stage;
    for (const _time of [1, 2, 3, 4]) window.webContents.crashes();
    expect(window.loaded).toEqual(['app://panel/', 'app://panel/', 'app://panel/crashed']);
    stage.shell.open(null);
    expect(window.loaded.at(-1)).toBe('app://panel/');
  });

  it('that was opened again from its error page is loaded again when it fails much later', async () => {
    const { window } = stage;
    window.webContents.crashes();
    window.webContents.crashes();
    await window.loadURL('app://panel/');
    stage.clock.advance(60_000);
    window.webContents.crashes();
    expect(window.loaded.slice(3)).toEqual(['app://panel/', 'app://panel/']);
  });

  it('that fails again much later is loaded again', () => {
    const { window } = stage;
    window.webContents.crashes();
    stage.clock.advance(60_000);
    window.webContents.crashes();
    expect(window.loaded.at(-1)).toBe('app://panel/');
  });

  it('that was closed by itself is left alone', () => {
    stage.window.webContents.crashes('clean-exit');
    expect(stage.window.loaded).toHaveLength(1);
  });
});

describe('the page', () => {
  it('is told the snapshot first, then every event, numbered without gaps', async () => {
    await stage.listen();
    stage.agent.play(snapshotOf(inputsFor.locked));
    stage.agent.play(snapshotOf(inputsFor.locked, { deniedToday: 5 }));
    expect(stage.told()).toMatchObject([
      { kind: 'event', message: { seq: 0, event: 'snapshot', data: { state: { id: 'enforcing' } } } },
      { kind: 'event', message: { seq: 1, event: 'snapshot', data: { state: { id: 'locked' } } } },
      { kind: 'event', message: { seq: 2, event: 'snapshot', data: { deniedToday: 5 } } },
    ]);
  });

  it('is told when the agent has gone, and gets a snapshot when it is back', async () => {
    await stage.listen();
    stage.fault();
    stage.clock.advance(1_000);
    await stage.settled();
    stage.clock.advance(1_000);
    await stage.settled();
    expect(stage.told()).toMatchObject([
      { kind: 'event' },
      { kind: 'agent-gone', problem: { code: 'agent-fault' } },
      { kind: 'event', message: { seq: 1, event: 'snapshot' } },
    ]);
  });

  it('calls by the table, without the calls that are its owner’s', async () => {
    const call = (name: string, args: unknown) =>
      stage.double.message({ contents: stage.window.webContents }, panelChannels.call, { id: 7, call: name, args });
    expect(await call('sync.now', {})).toEqual({ id: 7, ok: { outcome: 'unchanged', problem: null } });
    expect(await call('panel.open', { print: true })).toMatchObject({ id: 7, error: { code: 'ipc-unknown-call' } });
    expect(await call('sync.now', { extra: 1 })).toMatchObject({ id: 7, error: { code: 'ipc-bad-arguments' } });
  });

  it('of anybody else is answered nothing, told nothing and can hide nothing', async () => {
    const foreign = { contents: stage.window.webContents, url: 'https://evil.example/' };
    const request = { id: 1, call: 'session.signOut', args: {} };
    const out: string[] = [];
    stage.agent.answer({
      'session.signOut': async () => {
        out.push('signed out');
        return {};
      },
    });
    expect(await stage.double.message(foreign, panelChannels.call, request)).toMatchObject({
      id: null,
      error: { code: 'ipc-not-allowed' },
    });
    stage.shell.open(null);
    await stage.double.message(foreign, panelChannels.listen);
    await stage.double.message({ ...foreign, parent: {} }, panelChannels.hide);
    stage.agent.play(snapshotOf(inputsFor.locked));
    expect(out).toEqual([]);
    expect(stage.window.webContents.sent).toEqual([]);
    expect(stage.window.visible).toBe(true);
  });

  it('that is loaded anew is told nothing before it asks', async () => {
    await stage.listen();
    stage.window.webContents.crashes();
    const before = stage.window.webContents.sent.length;
    stage.agent.play(snapshotOf(inputsFor.locked));
    expect(stage.window.webContents.sent).toHaveLength(before);
  });
});

describe('what may be asked from outside the panel', () => {
  it('a link opens the panel on its image, also before the page has loaded', async () => {
    stage.shell.open({ kind: 'check', subject: 'gcr.io/x' });
    expect(stage.window.visible).toBe(true);
    await stage.listen();
    expect(stage.told()).toMatchObject([{ kind: 'event' }, { kind: 'check', subject: 'gcr.io/x' }]);
    stage.shell.open({ kind: 'check', subject: 'quay.io/y' });
    expect(stage.told().at(-1)).toEqual({ kind: 'check', subject: 'quay.io/y' });
  });

  it('no link sends a request, whatever it says and however often it comes: the page is told to fill it in, and nothing else', async () => {
    const sent: unknown[] = [];
    stage.agent.answer({
      'requests.create': async (args) => {
        sent.push(args);
        throw new Error('sent');
      },
    });
    await stage.listen();
    for (let count = 0; count < 20; count += 1) stage.shell.open({ kind: 'request', subject: 'evil.example/x' });
    await stage.settled();
    expect(stage.told().at(-1)).toEqual({ kind: 'request', subject: 'evil.example/x', from: 'link' });
    expect(sent).toEqual([]);
  });

  it('the image on the clipboard is checked; anything else there just opens the panel', async () => {
    await stage.listen();
    stage.double.clipboard.text = ' ghcr.io/acme/app:1\n';
    stage.menu().click('check-clipboard');
    await stage.settled();
    expect(stage.told().at(-1)).toEqual({ kind: 'check', subject: 'ghcr.io/acme/app:1' });
    stage.double.clipboard.text = 'two\nlines';
    stage.menu().click('check-clipboard');
    await stage.settled();
    expect(stage.told()).toHaveLength(2);
    stage.double.clipboard.text = '# syntax=docker/dockerfile:1\nFROM quay.io/acme/base AS build\nRUN make\n';
    stage.menu().click('check-clipboard');
    await stage.settled();
    expect(stage.told().at(-1)).toEqual({ kind: 'check', subject: 'FROM quay.io/acme/base AS build' });
  });
});

describe('the menu', () => {
  it('does what it says', async () => {
    const called: string[] = [];
    const note = (name: string) => async () => {
      called.push(name);
      return { outcome: 'unchanged', problem: null, authorizationUrl: '', opened: true } as const;
    };
    stage.agent.answer({ 'sync.now': note('sync'), 'session.signIn': note('sign in') });
    stage.menu().click('sync');
    stage.agent.play(snapshotOf(inputsFor['sign-in-required']));
    stage.menu().click('sign-in');
    stage.menu().click('open-logs');
    stage.menu().click('open-panel');
    await stage.settled();
    expect(called).toEqual(['sync', 'sign in']);
    expect(stage.double.opened).toEqual(['/home/mia/.local/share/portcullis']);
    expect(stage.window.visible).toBe(true);
  });

  it('shows the folder in which a report lies that support can be sent', async () => {
    stage.agent.answer({ 'report.save': async () => ({ file: '/home/mia/reports/portcullis-report.json' }) });
    stage.menu().click('save-report');
    await stage.settled();
    expect(stage.double.opened).toEqual(['/home/mia/reports']);
  });

  it('asks before it signs out, and tells what that means', async () => {
    let out = 0;
    stage.agent.answer({
      'session.signOut': async () => {
        out += 1;
        return {};
      },
    });
    stage.double.dialogs.answer = 1;
    stage.menu().click('sign-out');
    await stage.settled();
    expect(stage.double.dialogs.asked[0]).toMatchObject({
      message: 'Sign out?',
      detail: expect.stringContaining('All pulls are blocked until a member of acme signs in again.'),
      defaultId: 1,
      cancelId: 1,
    });
    expect(out).toBe(0);
    stage.double.dialogs.answer = 0;
    stage.menu().click('sign-out');
    await stage.settled();
    expect(out).toBe(1);
  });

  it('copies a summary for support', async () => {
    stage.menu().click('copy-summary');
    await stage.settled();
    expect(stage.double.clipboard.text).toContain('P-ENFORCING');
  });

  it('opens the panel, which tells why, when something cannot be done', async () => {
    stage.agent.play(snapshotOf(inputsFor.unmanaged));
    stage.menu().click('sign-in');
    await stage.settled();
    expect(stage.window.visible).toBe(true);
  });

  it('sets whether it starts at login, and whether it notifies', async () => {
    stage.menu().click('start-at-login');
    await stage.settled();
    expect(stage.menu().item('start-at-login')?.checked).toBe(true);
    stage.menu().click('notifications');
    await stage.settled();
    expect(stage.menu().item('notifications')?.checked).toBe(false);
  });

  it('says why a setting could not be changed, and shows what it still is', async () => {
    const path = '/home/mia/.local/share/portcullis/preferences.json';
    const full = problem('cannot-write', { path }, { cause: 'ENOSPC: no space left on device, write' });
    stage.agent.answer({
      'preferences.set': async () => {
        throw new ProblemError(full);
      },
    });
    stage.menu().click('notifications');
    await stage.settled();
    expect(stage.menu().item('notifications')?.checked).toBe(true);
    expect(stage.double.dialogs.asked).toMatchObject([
      {
        type: 'error',
        message: `Could not write to ${path}.`,
        detail: expect.stringMatching(
          /^Check that the folder exists.*\n\ncannot-write · ENOSPC: no space left on device, write$/s,
        ),
      },
    ]);
    expect(stage.window.visible).toBe(false);
  });

  it('says why a report could not be saved', async () => {
    stage.agent.answer({
      'report.save': async () => {
        throw new ProblemError(problem('cannot-write', { path: '/home/mia/reports' }));
      },
    });
    stage.menu().click('save-report');
    await stage.settled();
    expect(stage.double.dialogs.asked[0]?.message).toBe('Could not write to /home/mia/reports.');
  });

  it('quits', () => {
    stage.shell.release();
    stage.menu().click('quit');
    expect(stage.double.app.exitCode).toBe(0);
  });

  it('shows an & in a name as it is', () => {
    const snapshot = snapshotOf({
      ...inputsFor.enforcing,
      session: { kind: 'signed-in', org: 'r&d', user: { sub: 'mia' } },
    });
    stage.agent.play(snapshot);
    expect(stage.menu().labels()[1]).toBe('r&&d, signed in as mia');
  });
});

describe('without anybody who shows tray icons', () => {
  it('the panel opens as a window like any other, with all that the tray has in its menu', async () => {
    const bare = await setShellStage({ platform: 'linux', trayHost: false });
    expect(bare.double.trays).toEqual([]);
    expect(bare.window.visible).toBe(true);
    expect(bare.window.options).toMatchObject({ skipTaskbar: false, autoHideMenuBar: false });
    const withTray = await setShellStage({ platform: 'linux' });
    const [product, why, ...rest] = bare.menu().labels();
    expect(product).toBe('Portcullis');
    expect(why).toContain('This desktop does not show tray icons');
    expect(rest).toEqual(withTray.menu().labels());
  });

  it('that are shown after all get the icon, with the menu, and the window hides behind it', async () => {
    const { double, menu, tray, trayHostComes, window } = await setShellStage({ platform: 'linux', trayHost: false });
    trayHostComes();
    expect(double.trays).toHaveLength(1);
    expect(menu().labels()).not.toContain('Portcullis');
    expect(window.menu).toBeNull();
    expect(window.pressesClose()).toBe(false);
    expect([window.visible, window.minimized]).toEqual([false, false]);
    tray().emit('click');
    expect(window.visible).toBe(true);
  });

  it('its close button and Esc only minimize it, because nothing else leads back to it', async () => {
    const { window } = await setShellStage({ platform: 'linux', trayHost: false });
    expect(window.pressesClose()).toBe(false);
    expect([window.visible, window.minimized]).toEqual([true, true]);
  });
});

describe('a notification', () => {
  it('tells of a refused pull why, and leads to the check', async () => {
    await stage.listen();
    stage.agent.deny(gcr);
    stage.agent.deny(gcr);
    const [notification, ...others] = stage.double.notifications;
    expect(others).toEqual([]);
    expect(notification?.shown).toBe(true);
    expect(notification?.options).toEqual({
      title: 'Blocked: gcr.io',
      body: 'gcr.io is blocked by acme.',
      actions: [
        { type: 'button', text: 'Why?' },
        { type: 'button', text: 'Copy request' },
      ],
    });
    notification?.emit('action', { actionIndex: 0 });
    expect(stage.told().at(-1)).toEqual({ kind: 'check', subject: 'gcr.io' });
    expect(stage.window.visible).toBe(true);
  });

  it('copies a request to the owner', async () => {
    stage.agent.deny(gcr);
    stage.double.notifications[0]?.emit('action', { actionIndex: 1 });
    await stage.settled();
    expect(stage.double.clipboard.text).toContain('Please add gcr.io to acme');
    expect(stage.window.visible).toBe(false);
  });

  it('on Linux, which shows no buttons, says what a click leads to', async () => {
    const linux = await setShellStage({ platform: 'linux' });
    await linux.listen();
    linux.agent.deny(gcr);
    const [notification] = linux.double.notifications;
    expect(notification?.options).toEqual({
      title: 'Blocked: gcr.io',
      body: 'gcr.io is blocked by acme. Click to see why and to copy a request.',
    });
    notification?.emit('click');
    expect(linux.told().at(-1)).toEqual({ kind: 'check', subject: 'gcr.io' });
    expect(linux.window.visible).toBe(true);
  });

  it('is none where they are switched off, also of a fault that leaves no agent to ask', async () => {
    stage.menu().click('notifications');
    await stage.settled();
    stage.fault();
    expect(stage.double.notifications).toEqual([]);
  });

  it('is none while the panel is in front, and none where they are switched off', async () => {
    stage.shell.open(null);
    stage.agent.deny(gcr);
    expect(stage.double.notifications).toEqual([]);
    stage.window.loseFocus();
    stage.menu().click('notifications');
    await stage.settled();
    stage.agent.deny({ ...gcr, host: 'quay.io' });
    expect(stage.double.notifications).toEqual([]);
  });

  it('tells of a fault of our own, and of enforcement that was lost', () => {
    stage.agent.play(snapshotOf(inputsFor['not-enforcing']));
    stage.fault();
    expect(stage.double.notifications.map(({ options }) => options.title)).toEqual([
      'Restrictions are NOT in force',
      'Portcullis failed and is restarting',
    ]);
    expect(stage.double.notifications[0]?.options.actions).toBeUndefined();
    expect(stage.double.notifications[1]?.options.body).toBe(
      'Portcullis hit an internal error and is restarting. The filter keeps running with the last policy.',
    );
  });
});

it('a machine that woke has the agent look again', () => {
  stage.double.resume();
  expect(stage.agent.looks).toBe(1);
});

it('macOS gets the menu through which its shortcuts for copying work, others none', async () => {
  expect(stage.double.applicationMenu).toBeNull();
  const mac = await setShellStage({ platform: 'darwin' });
  expect(mac.double.applicationMenu?.items).toEqual([{ role: 'appMenu' }, { role: 'editMenu' }]);
});
