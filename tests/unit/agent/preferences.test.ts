import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { filePreferences, refuseLocked } from '../../../main/agent/preferences.ts';
import { managed } from '../../support/snapshots.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'portcullis-preferences-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const locking = { ...managed.present, settings: { ...managed.present.settings, locked: ['theme'] } };

describe('the settings of an agent without a tray', () => {
  it('follow the system until something is chosen, and keep the choice', () => {
    expect(filePreferences(folder).view(managed.present).theme).toEqual({ value: 'system', locked: false });
    filePreferences(folder).set({ theme: 'dark', language: 'de' });
    const { theme, language } = filePreferences(folder).view(managed.present);
    expect([theme.value, language.value]).toEqual(['dark', 'de']);
  });

  it('say that a change has come', () => {
    const preferences = filePreferences(folder);
    let changes = 0;
    const stop = preferences.onChange(() => {
      changes += 1;
    });
    preferences.set({ theme: 'light' });
    stop();
    preferences.set({ theme: 'dark' });
    expect(changes).toBe(1);
  });

  it.each(['{', '{"theme":"pink"}', '[]'])('count as not set where the file says %s', async (content) => {
    await writeFile(join(folder, 'preferences.json'), content);
    expect(filePreferences(folder).view(managed.present).theme.value).toBe('system');
  });

  it('know no tray', () => {
    const preferences = filePreferences(folder);
    expect(preferences.view(managed.present)).toMatchObject({ startAtLogin: null, notifications: null });
    expect(() => preferences.set({ notifications: false })).toThrow('preference-unavailable');
  });

  it('show what the administrator has locked, and refuse to change it', () => {
    expect(filePreferences(folder).view(locking).theme.locked).toBe(true);
    expect(() => refuseLocked({ theme: 'dark' }, locking)).toThrow('preference-locked');
    expect(() => refuseLocked({ language: 'de' }, locking)).not.toThrow();
  });
});
