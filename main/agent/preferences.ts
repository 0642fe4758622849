import Conf from 'conf';
import { ProblemError } from '../../shared/problems/problem.ts';
import type { ManagedConfig } from '../../shared/schemas/managed-config.ts';
import { Language, type PreferencesChange, type PreferencesView, Theme } from '../../shared/schemas/preferences.ts';
import { subscribe } from '../../shared/subscribe.ts';

/** Where the user's settings are kept: a file of the headless agent, or Electron's store. */
export interface Preferences {
  view(managed: ManagedConfig): PreferencesView;
  /** @throws ProblemError `preference-unavailable` for what there is nothing of here. */
  set(change: PreferencesChange): void;
  onChange(listener: () => void): () => void;
}

/** @throws ProblemError `preference-locked` where the administrator has decided one of them. */
export function refuseLocked(change: PreferencesChange, { settings, settingsSource }: ManagedConfig): void {
  const locked = Object.keys(change).find((name) => settings.locked?.includes(name));
  if (locked === undefined) return;
  throw new ProblemError({
    code: 'preference-locked',
    message: 'Your administrator has decided this setting.',
    cause: `${locked} is locked in ${settingsSource ?? 'the managed configuration'}`,
    next: 'Ask your administrator to change it.',
  });
}

/**
 * The settings of an agent without a tray, in `preferences.json`. A value that was edited to nonsense counts as not set.
 *
 * @param folder only this user's.
 */
export function filePreferences(folder: string): Preferences {
  const store = new Conf<Record<string, unknown>>({
    cwd: folder,
    configName: 'preferences',
    projectName: 'portcullis',
    clearInvalidConfig: true,
  });
  const listeners = new Set<() => void>();
  return {
    view({ settings }) {
      const locked = (name: string): boolean => settings.locked?.includes(name) ?? false;
      return {
        theme: { value: Theme.catch('system').parse(store.get('theme')), locked: locked('theme') },
        language: { value: Language.catch('system').parse(store.get('language')), locked: locked('language') },
        startAtLogin: null,
        notifications: null,
      };
    },
    set({ theme, language, startAtLogin, notifications }) {
      if (startAtLogin !== undefined || notifications !== undefined) {
        throw new ProblemError({
          code: 'preference-unavailable',
          message: 'There is no tray here to which this setting could apply.',
        });
      }
      if (theme !== undefined) store.set('theme', theme);
      if (language !== undefined) store.set('language', language);
      for (const listener of listeners) listener();
    },
    onChange: (listener) => subscribe(listeners, listener),
  };
}
