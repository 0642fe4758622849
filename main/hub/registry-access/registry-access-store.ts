import type { DatabaseSync } from 'node:sqlite';
import { z } from 'zod';
import { PolicyMode } from '../../../shared/policy/schema.ts';
import { SettingsExtras } from '../../../shared/schemas/hub/grants.ts';
import { Addition } from '../../../shared/schemas/hub/registry-access.ts';
import { extrasOf, type PolicyDocument, type StoredSettings } from './document.ts';

/** Settings and signed policies of each organization, in the hub's database. */
export interface RegistryAccessStore {
  settings: (org: string) => StoredSettings;
  revision: (org: string) => number;
  /** Whether and how the list is enforced. */
  switches: (org: string) => { enabled: boolean; mode: PolicyMode };
  /** Milliseconds since 1970; null where none is set. */
  enforceFrom: (org: string) => number | null;
  saveSettings: (org: string, settings: StoredSettings) => void;
  hasClaims: (org: string) => boolean;
  /** Keeps the claims of the current revision, where an earlier version did not. */
  saveClaims: (org: string, claims: string) => void;
  /** The teams of the organization. */
  teams: (org: string) => string[];
  teamsOf: (org: string, sub: string) => string[];
  policy: (org: string) => PolicyDocument | undefined;
  savePolicy: (org: string, policy: PolicyDocument) => void;
}

const SettingsRow = z
  .object({
    revision: z.number(),
    enabled: z.number(),
    mode: PolicyMode,
    contact: z.string().nullable(),
    enforce_from: z.number().nullable(),
    registries: z.instanceof(Uint8Array),
    additions: z.string(),
    extras: z.string(),
    claims: z.string().nullable(),
  })
  .transform(({ enabled, contact, enforce_from, additions, extras, ...rest }) => ({
    ...rest,
    ...SettingsExtras.parse(JSON.parse(extras)),
    enabled: enabled === 1,
    ...(contact === null ? {} : { contact }),
    ...(enforce_from === null ? {} : { enforceFrom: new Date(enforce_from).toISOString() }),
    additions: z.array(Addition).parse(JSON.parse(additions)),
  }));
const EnforceRow = z.object({ enforce_from: z.number().nullable() });
const SwitchesRow = z
  .object({ enabled: z.number(), mode: PolicyMode })
  .transform(({ enabled, mode }) => ({ enabled: enabled === 1, mode }));
const TeamRow = z.object({ team: z.string() }).transform(({ team }) => team);
const RevisionRow = z.object({ revision: z.number() });
const PolicyRow = z.object({
  iss: z.string(),
  kid: z.string(),
  revision: z.number(),
  iat: z.number(),
  exp: z.number(),
  jws: z.instanceof(Uint8Array),
});

export function createRegistryAccessStore(database: DatabaseSync): RegistryAccessStore {
  const selectSettings = database.prepare('SELECT * FROM settings WHERE org = ?');
  // Without the list, which may have a hundred megabytes.
  const selectRevision = database.prepare('SELECT revision FROM settings WHERE org = ?');
  const selectSwitches = database.prepare('SELECT enabled, mode FROM settings WHERE org = ?');
  const selectEnforce = database.prepare('SELECT enforce_from FROM settings WHERE org = ?');
  const upsertSettings = database.prepare(
    `INSERT OR REPLACE INTO settings (org, revision, enabled, mode, contact, registries, additions, enforce_from, extras, claims)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  );
  const selectClaims = database.prepare('SELECT 1 FROM settings WHERE org = ? AND claims IS NOT NULL');
  const updateClaims = database.prepare('UPDATE settings SET claims = ? WHERE org = ?');
  const selectTeams = database.prepare('SELECT name AS team FROM teams WHERE org = ?');
  const selectTeamsOf = database.prepare('SELECT team FROM team_members WHERE org = ? AND sub = ? ORDER BY team');
  const selectPolicy = database.prepare('SELECT * FROM policies WHERE org = ?');
  const upsertPolicy = database.prepare(
    'INSERT OR REPLACE INTO policies (org, iss, kid, revision, iat, exp, jws) VALUES (?, ?, ?, ?, ?, ?, ?)',
  );

  return {
    settings: (org) => SettingsRow.parse(selectSettings.get(org)),
    revision: (org) => RevisionRow.parse(selectRevision.get(org)).revision,
    switches: (org) => SwitchesRow.parse(selectSwitches.get(org)),
    enforceFrom: (org) => EnforceRow.optional().parse(selectEnforce.get(org))?.enforce_from ?? null,
    saveSettings: (org, settings) => {
      const { revision, enabled, mode, contact, registries, additions, enforceFrom, claims } = settings;
      upsertSettings.run(
        ...[org, revision, enabled ? 1 : 0, mode, contact ?? null, registries, JSON.stringify(additions)],
        enforceFrom === undefined ? null : Date.parse(enforceFrom),
        JSON.stringify(extrasOf(settings)),
        claims,
      );
    },
    hasClaims: (org) => selectClaims.get(org) !== undefined,
    saveClaims: (org, claims) => void updateClaims.run(claims, org),
    teams: (org) => selectTeams.all(org).map((row) => TeamRow.parse(row)),
    teamsOf: (org, sub) => selectTeamsOf.all(org, sub).map((row) => TeamRow.parse(row)),
    policy: (org) => PolicyRow.optional().parse(selectPolicy.get(org)),
    savePolicy: (org, { iss, kid, revision, iat, exp, jws }) => {
      upsertPolicy.run(org, iss, kid, revision, iat, exp, jws);
    },
  };
}
