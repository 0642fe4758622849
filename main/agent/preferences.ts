import { join } from 'node:path';
import Conf from 'conf';
import { problem } from '../../shared/problems/catalogue.ts';
import { ProblemError } from '../../shared/problems/problem.ts';
import type { ManagedConfig } from '../../shared/schemas/managed-config.ts';
import { Language, type PreferencesChange, type PreferencesView, Theme } from '../../shared/schemas/preferences.ts';
import { subscribe } from '../../shared/subscribe.ts';
import { keepValues } from '../platform/fs/kept-values.ts';
import type { Logger } from '../platform/log/logger.ts';

/** Where the user's settings are kept: a file of the headless agent, or Electron's store. */
export interface Preferences {
  view(managed: ManagedConfig): PreferencesView;
  /** Has the system follow them, when the agent starts and when the administrator changes something. */
  apply(managed: ManagedConfig): void;
  /** All of it or nothing. @throws ProblemError `cannot-write`; `preference-unavailable` for a setting that there is not here. */
  set(change: PreferencesChange): Promise<void>;
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
export function filePreferences(folder: string, log: Logger): Preferences {
  const kept = keepValues<Record<string, unknown>>({
    file: join(folder, 'preferences.json'),
    open() {
      const store = new Conf<Record<string, unknown>>({
        cwd: folder,
        configName: 'preferences',
        projectName: 'portcullis',
        clearInvalidConfig: true,
      });
      return { values: store.store, set: (change) => store.set(change) };
    },
    otherwise: {},
    onUnusable: (error) => log.warn({ err: error }, 'preferences.json not usable'),
  });
  const listeners = new Set<() => void>();
  return {
    view({ settings }) {
      const locked = (name: string): boolean => settings.locked?.includes(name) ?? false;
      const { theme, language } = kept.values();
      return {
        theme: { value: Theme.catch('system').parse(theme), locked: locked('theme') },
        language: { value: Language.catch('system').parse(language), locked: locked('language') },
        startAtLogin: null,
        notifications: null,
      };
    },
    apply: () => undefined,
    async set({ theme, language, startAtLogin, notifications }) {
      if (startAtLogin !== undefined || notifications !== undefined) {
        throw new ProblemError(problem('preference-unavailable'));
      }
      kept.set({ theme, language });
      for (const listener of listeners) listener();
    },
    onChange: (listener) => subscribe(listeners, listener),
  };
}
