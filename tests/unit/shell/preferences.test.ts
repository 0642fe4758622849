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
    first.set({ theme: 'dark', language: 'de', notifications: false });
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

  it('of a program that is not installed have no start at login, even on a managed machine', () => {
    const preferences = withoutLoginItem(openPreferences(create, folder, '1.0.0', nobody));
    expect(preferences.view(managed('present', { startAtLogin: true })).startAtLogin).toBeNull();
    expect(() => preferences.set({ startAtLogin: true, theme: 'dark' })).toThrow('login-item-unavailable');
    expect(preferences.view(managed('present')).theme.value).toBe('system');
    preferences.set({ theme: 'dark' });
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
    preferences.set({ notifications: false });
    const kept: unknown = JSON.parse(await readFile(join(folder, 'preferences.json'), 'utf8'));
    expect(kept).toMatchObject({ notifications: false });
  });

  it('whose file cannot be opened last as long as the program, and that is told', async () => {
    await mkdir(join(folder, 'preferences.json'));
    const told: unknown[] = [];
    const preferences = openPreferences(create, folder, '1.0.0', (error) => told.push(error));
    expect(told).toMatchObject([{ code: 'EISDIR' }]);
    preferences.set({ notifications: false });
    preferences.rememberWindow({ x: 1, y: 2, width: 480, height: 720 });
    expect([preferences.notifications(), preferences.window()?.x]).toEqual([false, 1]);
    expect(openPreferences(create, folder, '1.0.0', () => undefined).notifications()).toBe(true);
  });

  it('are read once, however often they are asked for', () => {
    let reads = 0;
    const counting = (options: StoreOptions) => {
      const store = create(options);
      return new Proxy(store, {
        get(target, name) {
          if (name === 'get') reads += 1;
          const value: unknown = Reflect.get(target, name);
          return typeof value === 'function' ? value.bind(target) : value;
        },
      });
    };
    const preferences = openPreferences(counting, folder, '1.0.0', nobody);
    const opened = reads;
    preferences.set({ theme: 'dark' });
    for (let times = 0; times < 10; times += 1) expect(preferences.view(managed('absent')).theme.value).toBe('dark');
    expect(reads).toBe(opened);
  });

  it('refuse what does not fit', () => {
    const preferences = openPreferences(create, folder, '1.0.0', nobody);
    expect(() => preferences.rememberWindow({ x: 0.5, y: 0, width: 0, height: 1 })).toThrow();
    expect(preferences.window()).toBeNull();
  });

  it('tell of a change', () => {
    const preferences = openPreferences(create, folder, '1.0.0', nobody);
    let told = 0;
    const stop = preferences.onChange(() => {
      told += 1;
    });
    preferences.set({ theme: 'light' });
    stop();
    preferences.set({ theme: 'dark' });
    expect(told).toBe(1);
  });

  it('that an older version wrote are migrated once', async () => {
    openPreferences(create, folder, '1.0.0', nobody).set({ startAtLogin: false });
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
  const shown = (config: ManagedConfig, chosen?: boolean) => {
    const preferences = openPreferences(create, folder, '1.0.0', nobody);
    if (chosen !== undefined) preferences.set({ startAtLogin: chosen });
    return preferences.view(config).startAtLogin;
  };

  it('is on where an administrator manages the machine and nobody said anything', () => {
    expect(shown(managed('present'))).toEqual({ value: true, locked: false });
    expect(shown(managed('absent'))).toEqual({ value: false, locked: false });
  });

  it('is what the user chose before what the administrator suggests', () => {
    expect(shown(managed('present', { startAtLogin: false }))?.value).toBe(false);
    expect(shown(managed('present', { startAtLogin: false }), true)?.value).toBe(true);
  });

  it('is the administrator’s where it is locked, whatever the user chose before', () => {
    const settings = { startAtLogin: true, locked: ['startAtLogin'] };
    expect(shown(managed('present', settings), false)).toEqual({ value: true, locked: true });
  });
});
