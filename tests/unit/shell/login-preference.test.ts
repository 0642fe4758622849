import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Conf from 'conf';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { silentLogger } from '../../../main/platform/log/logger.ts';
import { withLoginItem } from '../../../main/shell/login-preference.ts';
import { openPreferences } from '../../../main/shell/preferences.ts';
import { problem } from '../../../shared/problems/catalogue.ts';
import { ProblemError } from '../../../shared/problems/problem.ts';
import { managed } from '../../support/snapshots.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'portcullis-login-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const refused = problem('cannot-write', { path: '/home/mia/.config/autostart/portcullis.desktop' });

/** A system that starts the program at login, or says why it cannot change that. */
function machine(isSet: boolean) {
  const system = { isSet, refuses: false, asked: [] as boolean[] };
  const preferences = withLoginItem(
    openPreferences(
      ({ name, ...options }) => new Conf({ ...options, configName: name }),
      folder,
      '1.0.0',
      () => undefined,
    ),
    {
      isSet: async () => system.isSet,
      async set(value) {
        system.asked.push(value);
        if (system.refuses) throw new ProblemError(refused);
        system.isSet = value;
      },
    },
    silentLogger(),
  );
  let told = 0;
  preferences.onChange(() => {
    told += 1;
  });
  return {
    system,
    preferences,
    told: () => told,
    shown: (config = managed.present) => preferences.view(config).startAtLogin,
    settled: () => new Promise((resolve) => setImmediate(resolve)),
  };
}

it('is brought about when the agent starts, and when the administrator changes it', async () => {
  const { system, preferences, shown, settled } = machine(false);
  preferences.apply(managed.present);
  preferences.apply(managed.present);
  await settled();
  expect(system.asked).toEqual([true]);
  expect(shown()).toEqual({ value: true, locked: false });
  preferences.apply({ ...managed.present, settings: { startAtLogin: false } });
  await settled();
  expect(system.isSet).toBe(false);
});

it('where the system refuses, what is shown is what is so, with the reason, and it is not asked again and again', async () => {
  const { system, preferences, shown, settled, told } = machine(false);
  system.refuses = true;
  preferences.apply(managed.present);
  await settled();
  expect(shown()).toEqual({ value: false, locked: false, problem: refused });
  expect(told()).toBe(1);
  preferences.apply(managed.present);
  await settled();
  expect(system.asked).toEqual([true]);
});

it('a user who switches it on is told why it stays off, and may try again', async () => {
  const { system, preferences, shown } = machine(false);
  system.refuses = true;
  await expect(preferences.set({ startAtLogin: true })).rejects.toMatchObject({ problem: refused });
  expect(shown()).toEqual({ value: false, locked: false, problem: refused });
  system.refuses = false;
  await preferences.set({ startAtLogin: true });
  expect(shown()).toEqual({ value: true, locked: false });
});

it('a user who switches it off is told why it stays on', async () => {
  const { system, preferences, shown } = machine(true);
  system.refuses = true;
  await expect(preferences.set({ startAtLogin: false })).rejects.toMatchObject({ problem: refused });
  expect(shown()).toEqual({ value: true, locked: false, problem: refused });
});

it('a failure that left everything as it was wanted is none', async () => {
  const { system, preferences, shown } = machine(false);
  system.refuses = true;
  await preferences.set({ startAtLogin: false });
  expect(shown()).toEqual({ value: false, locked: false });
});

it('of two changes the later one counts, however long the first one takes', async () => {
  const { system, preferences, shown } = machine(false);
  await Promise.all([preferences.set({ startAtLogin: true }), preferences.set({ startAtLogin: false })]);
  expect(system).toMatchObject({ isSet: false, asked: [true, false] });
  expect(shown()).toEqual({ value: false, locked: false });
});

it('other changes do not touch it', async () => {
  const { system, preferences } = machine(false);
  await preferences.set({ theme: 'dark' });
  expect(system.asked).toEqual([]);
});
