import Conf from 'conf';
import { problem } from '../../shared/problems/catalogue.ts';
import { ProblemError } from '../../shared/problems/problem.ts';
import type { ManagedConfig } from '../../shared/schemas/managed-config.ts';
import { Language, type PreferencesChange, type PreferencesView, Theme } from '../../shared/schemas/preferences.ts';
import { subscribe } from '../../shared/subscribe.ts';

/** Where the user's settings are kept: a file of the headless agent, or Electron's store. */
export interface Preferences {
  view(managed: ManagedConfig): PreferencesView;
  /** @throws ProblemError `preference-unavailable` for a setting of the tray. */
  set(change: PreferencesChange): void;
  onChange(listener: () => void): () => void;
}

/** @throws ProblemError `preference-locked` where the administrator manages one of them. */
export function refuseLocked(change: PreferencesChange, { settings, settingsSource }: ManagedConfig): void {
  const locked = Object.keys(change).find((name) => settings.locked?.includes(name));
  if (locked === undefined) return;
  const cause = `locked in ${settingsSource ?? 'the managed configuration'}`;
  throw new ProblemError(problem('preference-locked', { setting: locked }, { cause }));
}

/**
 * The settings of an agent without a tray, in `preferences.json`. A value that is not valid counts as not set.
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
        throw new ProblemError(problem('preference-unavailable'));
      }
      if (theme !== undefined) store.set('theme', theme);
      if (language !== undefined) store.set('language', language);
      for (const listener of listeners) listener();
    },
    onChange: (listener) => subscribe(listeners, listener),
  };
}
