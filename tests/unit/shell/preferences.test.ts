import { mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Conf from 'conf';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openPreferences, type StoreOptions, withoutLoginItem } from '../../../main/shell/preferences.ts';
import type { ManagedConfig, PortcullisSettings } from '../../../shared/schemas/managed-config.ts';

/** As electron-store does it, without Electron. */
const create = ({ name, ...options }: StoreOptions) => new Conf({ ...options, configName: name });

const nobody = (error: unknown): void => {
  throw error;
};

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'portcullis-preferences-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** What is told of a file that cannot be written. */
const cannotWrite = () => ({
  problem: { code: 'cannot-write', args: { path: join(folder, 'preferences.json') }, cause: expect.any(String) },
});

/** The store on a disk that may be full. */
function onDisk(disk: { full: boolean }, store: ReturnType<typeof create>): ReturnType<typeof create> {
  return new Proxy(store, {
    get(target, name) {
      if (name === 'set' && disk.full) {
        throw Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC', errno: -28 });
      }
      const value: unknown = Reflect.get(target, name);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
}

const managed = (verdict: 'absent' | 'present', settings: PortcullisSettings = {}): ManagedConfig => ({
  verdict,
  settings,
  allowedOrgs: [],
  source: null,
  problems: [],
  overridden: [],
  settingsSource: null,
  trial: false,
});

describe('preferences', () => {
  it('are kept for the next start, for their user alone', async () => {
    const bounds = { x: -10, y: 20, width: 480, height: 720 };
    const first = openPreferences(create, folder, '1.0.0', nobody);
    first.rememberWindow(bounds);
    await first.set({ theme: 'dark', language: 'de', notifications: false });
    const next = openPreferences(create, folder, '1.0.0', nobody);
    expect(next.window()).toEqual(bounds);
    expect(next.view(managed('absent'))).toEqual({
      theme: { value: 'dark', locked: false },
      language: { value: 'de', locked: false },
      startAtLogin: { value: false, locked: false },
      notifications: { value: false, locked: false },
    });
    expect((await stat(join(folder, 'preferences.json'))).mode & 0o777).toBe(0o600);
  });

  it('of a program that is not installed have no start at login, even on a managed machine', async () => {
    const preferences = withoutLoginItem(openPreferences(create, folder, '1.0.0', nobody));
    expect(preferences.view(managed('present', { startAtLogin: true })).startAtLogin).toBeNull();
    await expect(preferences.set({ startAtLogin: true, theme: 'dark' })).rejects.toThrow('login-item-unavailable');
    expect(preferences.view(managed('present')).theme.value).toBe('system');
    await preferences.set({ theme: 'dark' });
    expect(preferences.view(managed('present')).theme.value).toBe('dark');
  });

  it.each([
    ['cut off', '{"window": {"x":'],
    ['of another shape', '{"window": "everywhere", "notifications": "sometimes"}'],
    ['no object', '[]'],
    ['empty', ''],
  ])('that are %s are forgotten', async (_how, content) => {
    await writeFile(join(folder, 'preferences.json'), content);
    const preferences = openPreferences(create, folder, '1.0.0', nobody);
    expect(preferences.window()).toBeNull();
    expect(preferences.view(managed('absent')).notifications?.value).toBe(true);
    await preferences.set({ notifications: false });
    const kept: unknown = JSON.parse(await readFile(join(folder, 'preferences.json'), 'utf8'));
    expect(kept).toMatchObject({ notifications: false });
  });

  it('whose file cannot be opened have their defaults, that is told, and a change says that it cannot be kept', async () => {
    await mkdir(join(folder, 'preferences.json'));
    const told: unknown[] = [];
    const preferences = openPreferences(create, folder, '1.0.0', (error) => told.push(error));
    expect(told).toMatchObject([{ code: 'EISDIR' }]);
    await expect(preferences.set({ notifications: false })).rejects.toMatchObject(cannotWrite());
    expect(preferences.notifications()).toBe(true);
    // Until it quits: a window that jumps is worse than one that is forgotten.
    expect(() => preferences.rememberWindow({ x: 1, y: 2, width: 480, height: 720 })).toThrow('cannot-write');
    expect(preferences.window()?.x).toBe(1);
    await rm(join(folder, 'preferences.json'), { recursive: true });
    await preferences.set({ notifications: false });
    expect(openPreferences(create, folder, '1.0.0', nobody).notifications()).toBe(false);
  });

  it('are kept as they were while the disk is full, all of a change or none of it', async () => {
    const disk = { full: false };
    const preferences = openPreferences((options) => onDisk(disk, create(options)), folder, '1.0.0', nobody);
    await preferences.set({ theme: 'light' });
    disk.full = true;
    await expect(preferences.set({ theme: 'dark', notifications: false })).rejects.toMatchObject(cannotWrite());
    expect(preferences.view(managed('absent'))).toMatchObject({
      theme: { value: 'light' },
      notifications: { value: true },
    });
    disk.full = false;
    await preferences.set({ theme: 'dark', notifications: false });
    const { theme } = openPreferences(create, folder, '1.0.0', nobody).view(managed('absent'));
    expect(theme.value).toBe('dark');
  });

  it('are read once, however often they are asked for', async () => {
    let reads = 0;
    const counting = (options: StoreOptions) => {
      const store = create(options);
      return new Proxy(store, {
        get(target, name) {
          if (name === 'store') reads += 1;
          const value: unknown = Reflect.get(target, name);
          return typeof value === 'function' ? value.bind(target) : value;
        },
      });
    };
    const preferences = openPreferences(counting, folder, '1.0.0', nobody);
    const opened = reads;
    await preferences.set({ theme: 'dark' });
    for (let times = 0; times < 10; times += 1) expect(preferences.view(managed('absent')).theme.value).toBe('dark');
    expect(reads).toBe(opened);
  });

  it('refuse what does not fit', () => {
    const preferences = openPreferences(create, folder, '1.0.0', nobody);
    expect(() => preferences.rememberWindow({ x: 0.5, y: 0, width: 0, height: 1 })).toThrow();
    expect(preferences.window()).toBeNull();
  });

  it('tell of a change', async () => {
    const preferences = openPreferences(create, folder, '1.0.0', nobody);
    let told = 0;
    const stop = preferences.onChange(() => {
      told += 1;
    });
    await preferences.set({ theme: 'light' });
    stop();
    await preferences.set({ theme: 'dark' });
    expect(told).toBe(1);
  });

  it('that an older version wrote are migrated once', async () => {
    await openPreferences(create, folder, '1.0.0', nobody).set({ startAtLogin: false });
    let runs = 0;
    const steps: Parameters<typeof openPreferences>[4] = {
      '1.1.0': (store) => {
        runs += 1;
        store.set('startAtLogin', !store.get('startAtLogin'));
      },
    };
    openPreferences(create, folder, '1.1.0', nobody, steps);
    const next = openPreferences(create, folder, '1.1.0', nobody, steps);
    expect(next.view(managed('absent')).startAtLogin?.value).toBe(true);
    expect(runs).toBe(1);
  });
});

describe('starting at login', () => {
  const shown = async (config: ManagedConfig, chosen?: boolean) => {
    const preferences = openPreferences(create, folder, '1.0.0', nobody);
    if (chosen !== undefined) await preferences.set({ startAtLogin: chosen });
    return preferences.view(config).startAtLogin;
  };

  it('is on where an administrator manages the machine and nobody said anything', async () => {
    expect(await shown(managed('present'))).toEqual({ value: true, locked: false });
    expect(await shown(managed('absent'))).toEqual({ value: false, locked: false });
  });

  it('is what the user chose before what the administrator suggests', async () => {
    expect((await shown(managed('present', { startAtLogin: false })))?.value).toBe(false);
    expect((await shown(managed('present', { startAtLogin: false }), true))?.value).toBe(true);
  });

  it('is the administrator’s where it is locked, whatever the user chose before', async () => {
    const settings = { startAtLogin: true, locked: ['startAtLogin'] };
    expect(await shown(managed('present', settings), false)).toEqual({ value: true, locked: true });
  });
});
