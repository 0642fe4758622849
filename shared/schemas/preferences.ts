import { z } from 'zod';
import { spokenLanguages } from '../messages/languages.ts';
import { Problem } from '../problems/problem.ts';

export const Theme = z.enum(['system', 'light', 'dark']);
export type Theme = z.infer<typeof Theme>;

export const Language = z.enum(['system', ...spokenLanguages]);
export type Language = z.infer<typeof Language>;

const setting = <T extends z.ZodType>(value: T) =>
  z.object({
    value,
    /** The administrator decided (`locked` in portcullis.json), so the user cannot. */
    locked: z.boolean(),
  });

/** The user's settings as they hold here. null: this process has nothing of the kind, as a headless one has no tray. */
export const PreferencesView = z.object({
  theme: setting(Theme),
  language: setting(Language),
  startAtLogin: setting(z.boolean())
    // The system refuses what is wanted: `value` is what is so.
    .extend({ problem: Problem.optional() })
    .nullable(),
  notifications: setting(z.boolean()).nullable(),
});
export type PreferencesView = z.infer<typeof PreferencesView>;
export type PreferenceName = keyof PreferencesView;

/** What the user wants to be otherwise. */
export const PreferencesChange = z.strictObject({
  theme: Theme.optional(),
  language: Language.optional(),
  startAtLogin: z.boolean().optional(),
  notifications: z.boolean().optional(),
});
export type PreferencesChange = z.infer<typeof PreferencesChange>;
