import { join } from 'node:path';
import type { Rectangle } from 'electron';
import type { Options } from 'electron-store';
import { z } from 'zod';
import { problem } from '../../shared/problems/catalogue.ts';
import { ProblemError } from '../../shared/problems/problem.ts';
import type { ManagedConfig } from '../../shared/schemas/managed-config.ts';
import { Language, type PreferenceName, type PreferencesView, Theme } from '../../shared/schemas/preferences.ts';
import { subscribe } from '../../shared/subscribe.ts';
import type { Preferences } from '../agent/preferences.ts';
import { keepValues } from '../platform/fs/kept-values.ts';

const Bounds = z.strictObject({
  x: z.number().int(),
  y: z.number().int(),
  width: z.number().int().min(1),
  height: z.number().int().min(1),
});

/** The user's preferences and the place of the window. They have no effect on what is enforced. */
const Stored = z.strictObject({
  /** In device-independent pixels of the desktop; null until the window was moved or resized. */
  window: Bounds.nullable(),
  theme: Theme,
  language: Language,
  /** null: never chosen. */
  startAtLogin: z.boolean().nullable(),
  notifications: z.boolean(),
});
type Stored = z.infer<typeof Stored>;

const DEFAULTS: Stored = {
  window: null,
  theme: 'system',
  language: 'system',
  startAtLogin: null,
  notifications: true,
};

/** The part of `electron-store` that is used. */
export interface Store {
  readonly store: Stored;
  set(change: Partial<Stored>): void;
}
export type StoreOptions = Options<Stored> & { name: string; cwd: string };

/** Convert what older versions wrote, each under the version that needs it. They run once, in order. */
const MIGRATIONS: NonNullable<StoreOptions['migrations']> = {};

/** The agent's preferences, those of the tray included, and the place of the window, which only the shell needs. */
export interface ShellPreferences extends Preferences {
  /** Whether the user wants any, even while no agent is running. */
  notifications(): boolean;
  window(): Rectangle | null;
  /** @throws ProblemError `cannot-write`: it is remembered until the program quits. */
  rememberWindow(bounds: Rectangle): void;
}

/**
 * Opens `preferences.json` in the folder. A file that does not fit the schema is discarded, and while it cannot be opened the defaults apply:
 * a preference must not prevent a start.
 *
 * @param create makes an `electron-store`.
 * @param version of this program, to which the file is migrated.
 * @param onUnusable gets the reason why the file cannot be opened.
 */
export function openPreferences(
  create: (options: StoreOptions) => Store,
  folder: string,
  version: string,
  onUnusable: (error: unknown) => void,
  migrations = MIGRATIONS,
): ShellPreferences {
  const { properties } = z.toJSONSchema(Stored) as { properties: NonNullable<StoreOptions['schema']> };
  const kept = keepValues<Stored>({
    file: join(folder, 'preferences.json'),
    open() {
      const store = create({
        cwd: folder,
        name: 'preferences',
        projectVersion: version,
        configFileMode: 0o600,
        clearInvalidConfig: true,
        defaults: DEFAULTS,
        schema: properties,
        migrations,
      });
      return { values: store.store, set: (change) => store.set(change) };
    },
    otherwise: DEFAULTS,
    onUnusable,
  });
  let notKept: Rectangle | null = null;
  const listeners = new Set<() => void>();
  return {
    view: (managed) => viewOf(kept.values(), managed),
    apply: () => undefined,
    async set({ theme, language, startAtLogin, notifications }) {
      kept.set({ theme, language, startAtLogin, notifications });
      for (const listener of listeners) listener();
    },
    onChange: (listener) => subscribe(listeners, listener),
    notifications: () => kept.values().notifications,
    window: () => notKept ?? kept.values().window,
    rememberWindow(bounds) {
      try {
        kept.set({ window: bounds });
        notKept = null;
      } catch (error) {
        if (error instanceof ProblemError) notKept = bounds;
        throw error;
      }
    },
  };
}

/** Those of a program that is not installed: the system would start Electron itself at login, so there is nothing to switch on. */
export function withoutLoginItem(preferences: ShellPreferences): ShellPreferences {
  return {
    ...preferences,
    view: (managed) => ({ ...preferences.view(managed), startAtLogin: null }),
    async set(change) {
      if (change.startAtLogin !== undefined) throw new ProblemError(problem('login-item-unavailable'));
      await preferences.set(change);
    },
  };
}

function viewOf({ theme, language, startAtLogin, notifications }: Stored, managed: ManagedConfig): PreferencesView {
  const setting = <T>(name: PreferenceName, value: T): { value: T; locked: boolean } => ({
    value,
    locked: managed.settings.locked?.includes(name) ?? false,
  });
  return {
    theme: setting('theme', theme),
    language: setting('language', language),
    startAtLogin: setting('startAtLogin', startsAtLogin(managed, startAtLogin)),
    notifications: setting('notifications', notifications),
  };
}

/**
 * A locked setting is the administrator's; otherwise the user's choice takes precedence over the administrator's suggestion. Without either
 * it starts on a managed machine only, where a user needs the tray to see why a pull was blocked.
 */
function startsAtLogin({ settings, verdict }: ManagedConfig, chosen: boolean | null): boolean {
  const suggested = settings.startAtLogin ?? verdict === 'present';
  return settings.locked?.includes('startAtLogin') ? suggested : (chosen ?? suggested);
}
