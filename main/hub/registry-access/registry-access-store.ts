import { sql } from 'kysely';
import { z } from 'zod';
import { PolicyMode } from '../../../shared/policy/schema.ts';
import { SettingsExtras } from '../../../shared/schemas/hub/grants.ts';
import { Addition } from '../../../shared/schemas/hub/registry-access.ts';
import type { Database, Row } from '../store/database.ts';
import { extrasOf, type PolicyDocument, type StoredSettings } from './document.ts';

/** Settings and signed policies of each organization, in the hub's database. */
export interface RegistryAccessStore {
  settings: (org: string) => Promise<StoredSettings>;
  revision: (org: string) => Promise<number>;
  /** Whether and how the list is enforced. */
  switches: (org: string) => Promise<{ enabled: boolean; mode: PolicyMode }>;
  /** Milliseconds since 1970; null where none is set. */
  enforceFrom: (org: string) => Promise<number | null>;
  saveSettings: (org: string, settings: StoredSettings) => Promise<void>;
  hasClaims: (org: string) => Promise<boolean>;
  /** Keeps the claims of the current revision, where an earlier version did not. */
  saveClaims: (org: string, claims: string) => Promise<void>;
  /** The teams of the organization. */
  teams: (org: string) => Promise<string[]>;
  teamsOf: (org: string, sub: string) => Promise<string[]>;
  policy: (org: string) => Promise<PolicyDocument | undefined>;
  savePolicy: (org: string, policy: PolicyDocument) => Promise<void>;
  /** Of the stored policy, with the key that signs now; without the document, which may have a hundred megabytes. */
  newestPolicy: (org: string) => Promise<{ revision: number; iat: number; kid: string; signing: string } | undefined>;
  allRevisions: () => Promise<{ org: string; revision: number }[]>;
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
const TeamRow = z.object({ team: z.string() });
const RevisionRow = z.object({ revision: z.number() });
const OrgRevisionRow = z.object({ org: z.string(), revision: z.number() });
const NewestRow = z.object({ revision: z.number(), iat: z.number(), kid: z.string(), signing: z.string() });
const PolicyRow = z.object({
  iss: z.string(),
  kid: z.string(),
  revision: z.number(),
  iat: z.number(),
  exp: z.number(),
  jws: z.instanceof(Uint8Array),
});

export function createRegistryAccessStore(database: Database): RegistryAccessStore {
  return {
    settings: async (org) => SettingsRow.parse(await database.get(sql`SELECT * FROM settings WHERE org = ${org}`)),
    // Without the list, which may have a hundred megabytes.
    revision: async (org) => {
      const [row] = await database.lookUp(sql`SELECT revision FROM settings WHERE org = ${org}`);
      return RevisionRow.parse(row).revision;
    },
    switches: async (org) =>
      SwitchesRow.parse(await database.get(sql`SELECT enabled, mode FROM settings WHERE org = ${org}`)),
    enforceFrom: async (org) => {
      const row = await database.get(sql`SELECT enforce_from FROM settings WHERE org = ${org}`);
      return EnforceRow.optional().parse(row)?.enforce_from ?? null;
    },
    saveSettings: async (org, settings) => {
      const { revision, enabled, mode, contact, registries, additions, enforceFrom, claims } = settings;
      const date = enforceFrom === undefined ? null : Date.parse(enforceFrom);
      await database.run(sql`
        INSERT INTO settings (org, revision, enabled, mode, contact, registries, additions, enforce_from, extras, claims)
        VALUES (${org}, ${revision}, ${enabled ? 1 : 0}, ${mode}, ${contact ?? null}, ${registries},
          ${JSON.stringify(additions)}, ${date}, ${JSON.stringify(extrasOf(settings))}, ${claims})
        ON CONFLICT (org) DO UPDATE SET revision = excluded.revision, enabled = excluded.enabled, mode = excluded.mode,
          contact = excluded.contact, registries = excluded.registries, additions = excluded.additions,
          enforce_from = excluded.enforce_from, extras = excluded.extras, claims = excluded.claims`);
    },
    hasClaims: async (org) =>
      (await database.get(sql`SELECT 1 AS found FROM settings WHERE org = ${org} AND claims IS NOT NULL`)) !==
      undefined,
    saveClaims: async (org, claims) => {
      await database.run(sql`UPDATE settings SET claims = ${claims} WHERE org = ${org}`);
    },
    teams: async (org) =>
      (await database.all(sql`SELECT name AS team FROM teams WHERE org = ${org} ORDER BY name`)).map(teamOf),
    teamsOf: async (org, sub) =>
      (await database.lookUp(sql`SELECT team FROM team_members WHERE org = ${org} AND sub = ${sub} ORDER BY team`)).map(
        teamOf,
      ),
    policy: async (org) =>
      PolicyRow.optional().parse(await database.get(sql`SELECT * FROM policies WHERE org = ${org}`)),
    newestPolicy: async (org) => {
      const [row] = await database.lookUp(sql`
        SELECT p.revision, p.iat, p.kid, k.kid AS signing FROM policies p
        JOIN signing_keys k ON k.org = p.org AND k.state = 'signing' WHERE p.org = ${org}`);
      return NewestRow.optional().parse(row);
    },
    allRevisions: async () =>
      (await database.all(sql`SELECT org, revision FROM settings`)).map((row) => OrgRevisionRow.parse(row)),
    savePolicy: async (org, { iss, kid, revision, iat, exp, jws }) => {
      await database.run(sql`
        INSERT INTO policies (org, iss, kid, revision, iat, exp, jws)
        VALUES (${org}, ${iss}, ${kid}, ${revision}, ${iat}, ${exp}, ${jws})
        ON CONFLICT (org) DO UPDATE SET iss = excluded.iss, kid = excluded.kid, revision = excluded.revision,
          iat = excluded.iat, exp = excluded.exp, jws = excluded.jws`);
    },
  };
}

function teamOf(row: Row): string {
  return TeamRow.parse(row).team;
}
