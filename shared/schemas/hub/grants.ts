import { z } from 'zod';
import { isOneLine } from '../../printable.ts';
import { HubName } from './people.ts';

export const MAX_GRANTS = 10_000;
export const MAX_GRANT_TEAMS = 100;
export const MAX_HINTS = 1000;
export const MAX_HINT = 200;
export const MAX_SUPPORT_TEXT = 200;
export const MAX_SUPPORT_URL = 2048;

const Address = z.string().min(1).max(512);
const line = (maximum: number) => z.string().max(maximum).refine(isOneLine, 'one line, without control characters');

const grant = {
  address: Address,
  nickname: line(MAX_HINT).optional(),
  /** RFC 3339: allowed before then. The hub keeps it in UTC, in whole seconds. */
  until: z.iso.datetime({ offset: true, error: 'a time with its offset (RFC 3339)' }).optional(),
  /** Allowed for members of any of these teams. */
  teams: z.array(HubName).min(1).max(MAX_GRANT_TEAMS).optional(),
};
/** What one registry is allowed for beside `registries`: until a time, for teams, or both. */
export const SettingsGrant = z
  .strictObject(grant)
  .refine(({ until, teams }) => until !== undefined || teams !== undefined, 'until or teams, or both');
export type SettingsGrant = z.infer<typeof SettingsGrant>;

/** What to use in place of a registry: told where it is blocked, decides nothing. */
export const SettingsHint = z.strictObject({
  address: Address,
  use: line(MAX_HINT).pipe(z.string().trim().min(1)),
});
export type SettingsHint = z.infer<typeof SettingsHint>;

/** Who helps: told where a registry is blocked. */
export const Support = z.strictObject({
  text: line(MAX_SUPPORT_TEXT).optional(),
  url: z
    .url({ protocol: /^https$/, error: 'an https URL' })
    .max(MAX_SUPPORT_URL)
    .refine(isOneLine, 'one line, without control characters')
    .optional(),
});
export type Support = z.infer<typeof Support>;

/**
 * What settings have beside the list, as a hub answers it. Clients keep members that a newer hub added, so that saving what they read loses
 * nothing; a hub rejects those that it does not know.
 */
export const SettingsExtras = z.object({
  /** Left out by hubs that do not know grants; other hubs always name the first three. */
  grants: z
    .array(z.looseObject(grant) as z.ZodType<SettingsGrant>)
    .max(MAX_GRANTS)
    .optional(),
  hints: z
    .array(z.looseObject({ address: z.string(), use: z.string() }) as z.ZodType<SettingsHint>)
    .max(MAX_HINTS)
    .optional(),
  /** Whether people may request access. */
  requests: z.boolean().optional(),
  support: (
    z.looseObject({ text: z.string().optional(), url: z.string().optional() }) as z.ZodType<Support>
  ).optional(),
});
export type SettingsExtras = z.infer<typeof SettingsExtras>;

/** The same as it is sent. Left out, a member stays as it is; null removes it. */
export const SentExtras = z.object({
  grants: z.array(SettingsGrant).max(MAX_GRANTS).nullable().optional(),
  hints: z.array(SettingsHint).max(MAX_HINTS).nullable().optional(),
  requests: z.boolean().nullable().optional(),
  support: Support.nullable().optional(),
});
export type SentExtras = z.infer<typeof SentExtras>;
