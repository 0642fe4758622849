import type { Rectangle } from 'electron';
import type { Options } from 'electron-store';
import { z } from 'zod';
import { problem } from '../../shared/problems/catalogue.ts';
import { ProblemError } from '../../shared/problems/problem.ts';
import type { ManagedConfig } from '../../shared/schemas/managed-config.ts';
import { Language, type PreferenceName, type PreferencesView, Theme } from '../../shared/schemas/preferences.ts';
import { subscribe } from '../../shared/subscribe.ts';
import type { Preferences } from '../agent/preferences.ts';

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
  get<K extends keyof Stored>(key: K): Stored[K];
  set<K extends keyof Stored>(key: K, value: Stored[K]): void;
}
export type StoreOptions = Options<Stored> & { name: string; cwd: string };

/** Convert what older versions wrote, each under the version that needs it. They run once, in order. */
const MIGRATIONS: NonNullable<StoreOptions['migrations']> = {};

/** The agent's preferences, those of the tray included, and the place of the window, which only the shell needs. */
export interface ShellPreferences extends Preferences {
  /** Whether the user wants any, even while no agent is running. */
  notifications(): boolean;
  window(): Rectangle | null;
  rememberWindow(bounds: Rectangle): void;
}

/**
 * Opens `preferences.json` in the folder. A file that does not fit the schema is discarded, and without one that can be opened the defaults
 * apply: a preference must not prevent a start.
 *
 * @param create makes an `electron-store`.
 * @param version of this program, to which the file is migrated.
 * @param onUnusable gets the reason why the file cannot be opened; preferences then last until the program quits.
 */
export function openPreferences(
  create: (options: StoreOptions) => Store,
  folder: string,
  version: string,
  onUnusable: (error: unknown) => void,
  migrations = MIGRATIONS,
): ShellPreferences {
  const { properties } = z.toJSONSchema(Stored) as { properties: NonNullable<StoreOptions['schema']> };
  const open = (): Store =>
    create({
      cwd: folder,
      name: 'preferences',
      projectVersion: version,
      configFileMode: 0o600,
      clearInvalidConfig: true,
      defaults: DEFAULTS,
      schema: properties,
      migrations,
    });
  let store: Store;
  try {
    store = readOnce(open());
  } catch (error) {
    onUnusable(error);
    store = storeInMemory();
  }
  const listeners = new Set<() => void>();
  return {
    view: (managed) => viewOf(store, managed),
    set({ theme, language, startAtLogin, notifications }) {
      if (theme !== undefined) store.set('theme', theme);
      if (language !== undefined) store.set('language', language);
      if (startAtLogin !== undefined) store.set('startAtLogin', startAtLogin);
      if (notifications !== undefined) store.set('notifications', notifications);
      for (const listener of listeners) listener();
    },
    onChange: (listener) => subscribe(listeners, listener),
    notifications: () => store.get('notifications'),
    window: () => store.get('window'),
    rememberWindow: (bounds) => store.set('window', bounds),
  };
}

/** Those of a program that is not installed: the system would start Electron itself at login, so there is nothing to switch on. */
export function withoutLoginItem(preferences: ShellPreferences): ShellPreferences {
  return {
    ...preferences,
    view: (managed) => ({ ...preferences.view(managed), startAtLogin: null }),
    set(change) {
      if (change.startAtLogin !== undefined) throw new ProblemError(problem('login-item-unavailable'));
      preferences.set(change);
    },
  };
}

/** The agent asks with each look at its state, and electron-store would read the file each time, once for each of them. */
function readOnce(store: Store): Store {
  const values: Stored = {
    theme: store.get('theme'),
    language: store.get('language'),
    startAtLogin: store.get('startAtLogin'),
    notifications: store.get('notifications'),
    window: store.get('window'),
  };
  return {
    get: (key) => values[key],
    set(key, value) {
      store.set(key, value);
      values[key] = value;
    },
  };
}

function storeInMemory(): Store {
  const values = structuredClone(DEFAULTS);
  return {
    get: (key) => values[key],
    set: (key, value) => {
      values[key] = value;
    },
  };
}

function viewOf(store: Store, managed: ManagedConfig): PreferencesView {
  const setting = <T>(name: PreferenceName, value: T): { value: T; locked: boolean } => ({
    value,
    locked: managed.settings.locked?.includes(name) ?? false,
  });
  return {
    theme: setting('theme', store.get('theme')),
    language: setting('language', store.get('language')),
    startAtLogin: setting('startAtLogin', startsAtLogin(managed, store.get('startAtLogin'))),
    notifications: setting('notifications', store.get('notifications')),
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
