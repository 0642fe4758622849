import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { autostartFile, startedAtLogin, systemLoginItem } from '../../../main/shell/login-item.ts';
import { createElectronDouble } from '../../support/electron/double.ts';

describe('on Linux, starting at login', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'portcullis-autostart-'));
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));
  const file = () => join(folder, 'autostart', 'portcullis.desktop');

  it('is a desktop file in the autostart folder, which is made where there is none', async () => {
    await autostartFile(join(folder, 'autostart'), '/opt/Portcullis/portcullis').set(true);
    expect(await readFile(file(), 'utf8')).toBe(
      '[Desktop Entry]\nType=Application\nName=Portcullis\nExec="/opt/Portcullis/portcullis" --hidden\n' +
        'Icon=portcullis-tray\nX-GNOME-Autostart-enabled=true\n',
    );
  });

  it('names a program whose path a desktop file would read otherwise', async () => {
    await autostartFile(join(folder, 'autostart'), '/home/mia/50% "x" $HOME `id`/Portcullis').set(true);
    expect(await readFile(file(), 'utf8')).toContain(
      'Exec="/home/mia/50%% \\\\"x\\\\" \\\\$HOME \\\\`id\\\\`/Portcullis" --hidden\n',
    );
  });

  it('ends by deleting that file, which need not be there', async () => {
    const item = autostartFile(join(folder, 'autostart'), '/opt/Portcullis/portcullis');
    await item.set(false);
    await item.set(true);
    await item.set(false);
    await expect(stat(file())).rejects.toMatchObject({ code: 'ENOENT' });
    expect(await item.isSet()).toBe(false);
  });

  it('says where it could not write, and whether it is set all the same', async () => {
    await writeFile(join(folder, 'autostart'), 'not a folder');
    const item = autostartFile(join(folder, 'autostart'), '/opt/Portcullis/portcullis');
    for (const value of [true, false]) {
      await expect(item.set(value)).rejects.toMatchObject({
        problem: { code: 'cannot-write', args: { path: file() } },
      });
      expect(await item.isSet()).toBe(false);
    }
  });
});

it('elsewhere it is the system’s list, written only where it says otherwise', async () => {
  const double = createElectronDouble();
  const written: unknown[] = [];
  const item = systemLoginItem({
    getLoginItemSettings: double.electron.app.getLoginItemSettings,
    setLoginItemSettings: (settings) => {
      written.push(settings);
      double.electron.app.setLoginItemSettings(settings);
    },
  });
  await item.set(false);
  await item.set(true);
  await item.set(true);
  expect(written).toEqual([{ openAtLogin: true, args: ['--hidden'] }]);
  expect(await item.isSet()).toBe(true);
});

it('a system that keeps it as it was is not believed', async () => {
  const { app } = createElectronDouble().electron;
  const item = systemLoginItem({
    getLoginItemSettings: app.getLoginItemSettings,
    setLoginItemSettings: () => undefined,
  });
  await expect(item.set(true)).rejects.toThrow('login-item-refused');
  expect(await item.isSet()).toBe(false);
});

it.each([
  ['linux', true, false, true],
  ['win32', false, false, false],
  ['win32', false, true, false],
  ['darwin', false, true, true],
  ['darwin', false, false, false],
] as const)(
  'on %s, started with --hidden: %s, and said to be opened at login: %s, it stays hidden: %s',
  (platform, hidden, wasOpenedAtLogin, expected) => {
    const { app } = createElectronDouble().electron;
    const getLoginItemSettings = () => ({ ...app.getLoginItemSettings(), wasOpenedAtLogin });
    expect(startedAtLogin(hidden, platform, { getLoginItemSettings })).toBe(expected);
  },
);
