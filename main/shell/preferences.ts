import type { Rectangle } from 'electron';
import type { Options } from 'electron-store';
import { z } from 'zod';
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

/** What this user has chosen, and where they left the window. Nothing of it bears on what is enforced. */
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

/** As much of an `electron-store` as is used. */
export interface Store {
  get<K extends keyof Stored>(key: K): Stored[K];
  set<K extends keyof Stored>(key: K, value: Stored[K]): void;
}
export type StoreOptions = Options<Stored> & { name: string; cwd: string };

/** Steps that make of what an older version wrote what this one reads, each under the version that needs it. They run once, in order. */
const MIGRATIONS: NonNullable<StoreOptions['migrations']> = {};

/** The agent's settings, those of the tray among them, and the place of the window, which is nobody else's business. */
export interface ShellPreferences extends Preferences {
  /** Whether the user wants any, also while no agent is there to tell. */
  notifications(): boolean;
  window(): Rectangle | null;
  rememberWindow(bounds: Rectangle): void;
}

/**
 * Opens `preferences.json` in the folder. A file that does not fit the schema is forgotten, and one that cannot be opened is done without:
 * a preference is not worth a program that does not start.
 *
 * @param create makes an `electron-store`.
 * @param version of this program, to which the file is migrated.
 * @param complain is told why there is no file; what is chosen then lasts as long as the program.
 */
export function openPreferences(
  create: (options: StoreOptions) => Store,
  folder: string,
  version: string,
  complain: (error: unknown) => void,
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
    store = open();
  } catch (error) {
    complain(error);
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
 * A locked setting is the administrator's; otherwise the user's choice counts before the administrator's suggestion. Where nobody has
 * said anything it starts on a managed machine only: a tray that is not there tells nobody why a pull was refused.
 */
function startsAtLogin({ settings, verdict }: ManagedConfig, chosen: boolean | null): boolean {
  const suggested = settings.startAtLogin ?? verdict === 'present';
  return settings.locked?.includes('startAtLogin') ? suggested : (chosen ?? suggested);
}
