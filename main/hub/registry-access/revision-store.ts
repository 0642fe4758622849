import { createHash } from 'node:crypto';
import { promisify } from 'node:util';
import { zstdCompress, zstdCompressSync, zstdDecompress } from 'node:zlib';
import { sql } from 'kysely';
import { z } from 'zod';
import { PolicyMode } from '../../../shared/policy/schema.ts';
import { SettingsChanges } from '../../../shared/schemas/hub/changes.ts';
import { SettingsExtras } from '../../../shared/schemas/hub/grants.ts';
import type { RevisionsPage } from '../../../shared/schemas/hub/registry-access.ts';
import type { Database } from '../store/database.ts';
import { extrasOf, type StoredSettings } from './document.ts';

const compress = promisify(zstdCompress);
const decompress = promisify(zstdDecompress);

/** So many bytes the kept lists of an organization may take, compressed; the oldest go first. docs/hub-api.md says it. */
const MAX_LIST_BYTES = 512 * 1024 * 1024;
/** Of older ones not even the head is kept. */
const MAX_REVISIONS = 10_000;

/** Something long, compressed once for all revisions that have it. */
interface Packed {
  digest: string;
  /** null where the database has it. */
  content: Uint8Array | null;
}
/** The list of a revision, and what it has beside it: null for nothing. */
export interface PackedList extends Packed {
  registries: number;
  extras: Packed | null;
}

/** What there is to say about a revision beside its settings; null where it is older than this record. */
export interface RevisionRecord {
  at: number | null;
  actor: string | null;
  /** The revision that it restored. */
  restored: number | null;
  /** Its entry in the activity. */
  activity: number | null;
}

export type KeptRevision =
  | { outcome: 'found'; settings: Omit<StoredSettings, 'additions' | 'claims'> }
  | MissingRevision;
/** `dropped`: its list exceeded the bounds. */
export interface MissingRevision {
  outcome: 'unknown' | 'dropped';
  revision: number;
}

/** What each organization's settings were, revision by revision. */
export interface RevisionStore {
  has: (org: string, revision: number) => Promise<boolean>;
  /** Compresses a list, and grants and hints, before the transaction that saves them. */
  pack: (org: string, settings: StoredSettings, registries: number) => Promise<PackedList>;
  /** The same without another thread, in a transaction. */
  packNow: (org: string, settings: StoredSettings, registries: number) => Promise<PackedList>;
  /** Saves a revision, and drops what exceeds the bounds. */
  save: (org: string, settings: StoredSettings, list: PackedList, record: RevisionRecord) => Promise<void>;
  find: (org: string, revision: number) => Promise<KeptRevision>;
  /** Newest first. @param before the `next` of another page */
  page: (org: string, before: number | null, limit: number) => Promise<RevisionsPage>;
  /** The newest revision that was there at that moment, in milliseconds since 1970; 0 where none was. */
  newestAt: (org: string, at: number) => Promise<number>;
}

const SizeRow = z.object({ digest: z.string(), bytes: z.number(), latest: z.number().nullable() });
const FoundRow = z.object({
  enabled: z.number(),
  mode: PolicyMode,
  contact: z.string().nullable(),
  enforce_from: z.number().nullable(),
  content: z.instanceof(Uint8Array).nullable(),
  extras: z.string().nullable(),
  beside: z.instanceof(Uint8Array).nullable(),
});
const ListedRow = z
  .object({
    revision: z.number(),
    at: z.number().nullable(),
    by: z.string().nullable(),
    enabled: z.number(),
    mode: PolicyMode,
    registries: z.number(),
    list: z.string().nullable(),
    restored: z.number().nullable(),
    diff: z.string().nullable(),
  })
  .transform(({ at, enabled, list, diff, ...rest }) => ({
    ...rest,
    at: at === null ? null : new Date(at).toISOString(),
    enabled: enabled === 1,
    kept: list !== null,
    changes: diff === null ? [] : SettingsChanges.parse(JSON.parse(diff)),
  }));

/** @param maxListBytes smaller in tests */
export function createRevisionStore(database: Database, maxListBytes = MAX_LIST_BYTES): RevisionStore {
  return {
    has: async (org, revision) =>
      (await database.get(sql`SELECT 1 AS found FROM revisions WHERE org = ${org} AND revision = ${revision}`)) !==
      undefined,
    pack: (org, settings, registries) => packed(org, settings, registries, compress),
    packNow: (org, settings, registries) =>
      packed(org, settings, registries, (bytes) => Promise.resolve(zstdCompressSync(bytes))),
    save: async (org, { revision, enabled, mode, contact, enforceFrom }, list, { at, actor, restored, activity }) => {
      for (const { digest, content } of [list, ...(list.extras === null ? [] : [list.extras])]) {
        if (content === null) continue;
        await database.run(sql`
          INSERT INTO revision_lists (org, digest, content) VALUES (${org}, ${digest}, ${content})
          ON CONFLICT (org, digest) DO NOTHING`);
      }
      const date = enforceFrom === undefined ? null : Date.parse(enforceFrom);
      await database.run(sql`
        INSERT INTO revisions (org, revision, at, actor, restored, enabled, mode, contact, registries, list, activity,
          enforce_from, extras)
        VALUES (${org}, ${revision}, ${at}, ${actor}, ${restored}, ${enabled ? 1 : 0}, ${mode}, ${contact ?? null},
          ${list.registries}, ${list.digest}, ${activity}, ${date}, ${list.extras?.digest ?? null})
        ON CONFLICT (org, revision) DO UPDATE SET at = excluded.at, actor = excluded.actor, restored = excluded.restored,
          enabled = excluded.enabled, mode = excluded.mode, contact = excluded.contact, registries = excluded.registries,
          list = excluded.list, activity = excluded.activity, enforce_from = excluded.enforce_from,
          extras = excluded.extras`);
      await keepWithinBounds(org, revision, [list.digest, list.extras?.digest ?? list.digest]);
    },
    find: async (org, revision) => {
      const row = await database.get(sql`
        SELECT r.enabled, r.mode, r.contact, r.enforce_from, l.content, r.extras, e.content AS beside FROM revisions r
        LEFT JOIN revision_lists l ON l.org = r.org AND l.digest = r.list
        LEFT JOIN revision_lists e ON e.org = r.org AND e.digest = r.extras
        WHERE r.org = ${org} AND r.revision = ${revision}`);
      if (row === undefined) return { outcome: 'unknown', revision };
      const { enabled, mode, contact, enforce_from: date, content, extras, beside } = FoundRow.parse(row);
      if (content === null || (extras !== null && beside === null)) return { outcome: 'dropped', revision };
      const registries = await decompress(content);
      const kept = beside === null ? {} : SettingsExtras.parse(JSON.parse(String(await decompress(beside))));
      const head = { revision, enabled: enabled === 1, mode, ...(contact === null ? {} : { contact }) };
      const enforceFrom = date === null ? {} : { enforceFrom: new Date(date).toISOString() };
      return { outcome: 'found', settings: { ...head, ...enforceFrom, ...kept, registries } };
    },
    page: async (org, before, limit) => {
      const rows = await database.all(sql`
        SELECT r.revision, r.at, r.actor AS by, r.enabled, r.mode, r.registries, r.list, r.restored, a.diff FROM revisions r
        LEFT JOIN activity a ON a.id = r.activity
        WHERE r.org = ${org} AND r.revision < ${before ?? Number.MAX_SAFE_INTEGER}
        ORDER BY r.revision DESC LIMIT ${limit + 1}`);
      const items = rows.slice(0, limit).map((row) => ListedRow.parse(row));
      return { items, next: rows.length > limit ? String(items.at(-1)?.revision) : null };
    },
    newestAt: async (org, at) => {
      const row = await database.get(sql`
        SELECT revision FROM revisions WHERE org = ${org} AND coalesce(at, 0) <= ${at} ORDER BY revision DESC LIMIT 1`);
      return Number(row?.revision ?? 0);
    },
  };

  async function packed(
    org: string,
    settings: StoredSettings,
    registries: number,
    compressed: (bytes: Uint8Array) => Promise<Uint8Array>,
  ): Promise<PackedList> {
    const pack = async (bytes: Uint8Array): Promise<Packed> => {
      const digest = createHash('sha256').update(bytes).digest('base64url');
      return { digest, content: (await isKept(org, digest)) ? null : await compressed(bytes) };
    };
    const extras = JSON.stringify(extrasOf(settings));
    return {
      ...(await pack(settings.registries)),
      registries,
      extras: extras === '{}' ? null : await pack(Buffer.from(extras)),
    };
  }

  async function isKept(org: string, digest: string): Promise<boolean> {
    const kept = sql`SELECT 1 AS found FROM revision_lists WHERE org = ${org} AND digest = ${digest}`;
    return (await database.get(kept)) !== undefined;
  }

  async function keepWithinBounds(org: string, newest: number, current: readonly string[]): Promise<void> {
    await database.run(sql`DELETE FROM revisions WHERE org = ${org} AND revision <= ${newest - MAX_REVISIONS}`);
    const rows = await database.all(sql`
      SELECT l.digest, length(l.content) AS bytes, max(r.revision) AS latest FROM revision_lists l
      LEFT JOIN (
        SELECT revision, list AS digest FROM revisions WHERE org = ${org}
        UNION ALL SELECT revision, extras FROM revisions WHERE org = ${org} AND extras IS NOT NULL
      ) r ON r.digest = l.digest
      WHERE l.org = ${org} GROUP BY l.org, l.digest ORDER BY coalesce(max(r.revision), 0) DESC`);
    let total = 0;
    for (const { digest, bytes, latest } of rows.map((row) => SizeRow.parse(row))) {
      total += bytes;
      if (current.includes(digest) || (latest !== null && total <= maxListBytes)) continue;
      await database.run(
        sql`UPDATE revisions SET list = NULL WHERE org = ${org} AND (list = ${digest} OR extras = ${digest})`,
      );
      await database.run(sql`DELETE FROM revision_lists WHERE org = ${org} AND digest = ${digest}`);
    }
  }
}
