import { z } from 'zod';
import { PolicyMode } from '../../policy/schema.ts';
import { InBody, RegistryAccessSettingsAnswer } from '../hub-schema.ts';
import { ChangeCounts, SettingsChanges } from './changes.ts';
import { UsageChange } from './machines.ts';

/** So many lines in a row of the list were added at once. */
export const Addition = z.object({
  /** User name; null where nobody knows, because the line is older than this record. */
  by: z.string().nullable(),
  /** RFC 3339. */
  at: z.string().nullable(),
  count: z.number().int().min(1),
});
export type Addition = z.infer<typeof Addition>;

/** `GET …/registry-access/additions`: who added each line of the list of that revision, in its order. */
export const Additions = z.object({ revision: z.number().int(), additions: z.array(Addition) });
export type Additions = z.infer<typeof Additions>;

/** Hosts and patterns, the first 1000 of them. */
const Hosts = z.object({ hosts: z.array(z.string()), more: z.number().int() });

/** `POST …/registry-access/settings/preview`: what saving these settings would change. Nothing is saved. */
export const SettingsPreview = z.object({
  /** That of the settings they are compared with. */
  revision: z.number().int(),
  changes: SettingsChanges,
  counts: ChangeCounts,
  /** Hosts that the list would allow and does not now, with what the catalogue brings; whatever the mode. */
  addedHosts: Hosts,
  removedHosts: Hosts,
  /** Hosts that are allowed for a time or for teams from then on, and those that no longer are; left out where there are no grants. */
  grantedHosts: Hosts.optional(),
  revokedHosts: Hosts.optional(),
  /** At most 20, as after `PUT`. */
  notices: z.array(InBody),
  /** Whom it concerns, by what machines reported; null: the hub has no usage data. */
  usage: UsageChange.nullable(),
});
export type SettingsPreview = z.infer<typeof SettingsPreview>;

/** `GET …/registry-access/revisions`, newest first. */
export const RevisionsPage = z.object({
  items: z.array(
    z.object({
      revision: z.number().int(),
      /** RFC 3339; null where it is older than this record. */
      at: z.string().nullable(),
      by: z.string().nullable(),
      enabled: z.boolean(),
      mode: PolicyMode,
      registries: z.number().int(),
      /** Whether its list is still kept, so that it can be shown and restored. */
      kept: z.boolean(),
      /** The revision that it restored. */
      restored: z.number().int().nullable(),
      /** What it changed, while the activity keeps it. */
      changes: SettingsChanges,
    }),
  ),
  next: z.string().nullable(),
});
export type RevisionsPage = z.infer<typeof RevisionsPage>;

/** `POST …/revisions/{n}/restore`, and `PUT …/settings`: the settings that were saved and what that changed. */
export const SavedSettings = RegistryAccessSettingsAnswer.extend({ changes: SettingsChanges.optional() });
export type SavedSettings = z.infer<typeof SavedSettings>;
