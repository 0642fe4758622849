import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { filePreferences, refuseLocked } from '../../../main/agent/preferences.ts';
import { silentLogger } from '../../../main/platform/log/logger.ts';
import { managed } from '../../support/snapshots.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'portcullis-preferences-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const locking = { ...managed.present, settings: { ...managed.present.settings, locked: ['theme'] } };

describe('the settings of an agent without a tray', () => {
  it('follow the system until something is chosen, and keep the choice', async () => {
    expect(filePreferences(folder, silentLogger()).view(managed.present).theme).toEqual({
      value: 'system',
      locked: false,
    });
    await filePreferences(folder, silentLogger()).set({ theme: 'dark', language: 'de' });
    const { theme, language } = filePreferences(folder, silentLogger()).view(managed.present);
    expect([theme.value, language.value]).toEqual(['dark', 'de']);
  });

  it('say that a change has come', async () => {
    const preferences = filePreferences(folder, silentLogger());
    let changes = 0;
    const stop = preferences.onChange(() => {
      changes += 1;
    });
    await preferences.set({ theme: 'light' });
    stop();
    await preferences.set({ theme: 'dark' });
    expect(changes).toBe(1);
  });

  it.each(['{', '{"theme":"pink"}', '[]'])('count as not set where the file says %s', async (content) => {
    await writeFile(join(folder, 'preferences.json'), content);
    expect(filePreferences(folder, silentLogger()).view(managed.present).theme.value).toBe('system');
  });

  it('know no tray', async () => {
    const preferences = filePreferences(folder, silentLogger());
    expect(preferences.view(managed.present)).toMatchObject({ startAtLogin: null, notifications: null });
    await expect(preferences.set({ notifications: false })).rejects.toThrow('preference-unavailable');
  });

  it('whose file cannot be opened or written do not prevent a start, and a change says so', async () => {
    await mkdir(join(folder, 'preferences.json'));
    const preferences = filePreferences(folder, silentLogger());
    expect(preferences.view(managed.present).theme.value).toBe('system');
    await expect(preferences.set({ theme: 'dark' })).rejects.toMatchObject({
      problem: { code: 'cannot-write', args: { path: join(folder, 'preferences.json') } },
    });
    expect(preferences.view(managed.present).theme.value).toBe('system');
    await rm(join(folder, 'preferences.json'), { recursive: true });
    await preferences.set({ theme: 'dark' });
    expect(preferences.view(managed.present).theme.value).toBe('dark');
  });

  it('show what the administrator has locked, and refuse to change it', () => {
    expect(filePreferences(folder, silentLogger()).view(locking).theme.locked).toBe(true);
    expect(() => refuseLocked({ theme: 'dark' }, locking)).toThrow('preference-locked');
    expect(() => refuseLocked({ language: 'de' }, locking)).not.toThrow();
  });
});
