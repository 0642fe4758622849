import { createHash } from 'node:crypto';
import type { DatabaseSync } from 'node:sqlite';
import { promisify } from 'node:util';
import { zstdCompress, zstdCompressSync, zstdDecompress } from 'node:zlib';
import { z } from 'zod';
import { PolicyMode } from '../../../shared/policy/schema.ts';
import { SettingsChanges } from '../../../shared/schemas/hub/changes.ts';
import { SettingsExtras } from '../../../shared/schemas/hub/grants.ts';
import type { RevisionsPage } from '../../../shared/schemas/hub/registry-access.ts';
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
  has: (org: string, revision: number) => boolean;
  /** Compresses a list, and grants and hints, before the transaction that saves them. */
  pack: (org: string, settings: StoredSettings, registries: number) => Promise<PackedList>;
  /** The same at once, for the start of the hub. */
  packNow: (org: string, settings: StoredSettings, registries: number) => PackedList;
  /** Saves a revision, and drops what exceeds the bounds. */
  save: (org: string, settings: StoredSettings, list: PackedList, record: RevisionRecord) => void;
  find: (org: string, revision: number) => Promise<KeptRevision>;
  /** Newest first. @param before the `next` of another page */
  page: (org: string, before: number | null, limit: number) => RevisionsPage;
  /** The newest revision that was there at that moment, in milliseconds since 1970; 0 where none was. */
  newestAt: (org: string, at: number) => number;
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
export function createRevisionStore(database: DatabaseSync, maxListBytes = MAX_LIST_BYTES): RevisionStore {
  const selectOne = database.prepare('SELECT 1 FROM revisions WHERE org = ? AND revision = ?');
  const selectList = database.prepare('SELECT 1 FROM revision_lists WHERE org = ? AND digest = ?');
  const insertList = database.prepare('INSERT OR IGNORE INTO revision_lists (org, digest, content) VALUES (?, ?, ?)');
  const insert = database.prepare(
    `INSERT OR REPLACE INTO revisions (org, revision, at, actor, restored, enabled, mode, contact, registries, list, activity, enforce_from, extras)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  );
  const selectFull = database.prepare(
    `SELECT enabled, mode, contact, enforce_from, l.content, r.extras, e.content AS beside FROM revisions r
     LEFT JOIN revision_lists l ON l.org = r.org AND l.digest = r.list
     LEFT JOIN revision_lists e ON e.org = r.org AND e.digest = r.extras WHERE r.org = ? AND r.revision = ?`,
  );
  const selectPage = database.prepare(
    `SELECT r.revision, r.at, r.actor AS by, r.enabled, r.mode, r.registries, r.list, r.restored, a.diff FROM revisions r
     LEFT JOIN activity a ON a.id = r.activity WHERE r.org = ? AND r.revision < ? ORDER BY r.revision DESC LIMIT ?`,
  );
  const selectNewestAt = database.prepare(
    'SELECT revision FROM revisions WHERE org = ? AND ifnull(at, 0) <= ? ORDER BY revision DESC LIMIT 1',
  );
  const deleteOld = database.prepare('DELETE FROM revisions WHERE org = ? AND revision <= ?');
  const selectSizes = database.prepare(
    `SELECT l.digest, length(l.content) AS bytes, max(r.revision) AS latest FROM revision_lists l
     LEFT JOIN (
       SELECT revision, list AS digest FROM revisions WHERE org = :org
       UNION ALL SELECT revision, extras FROM revisions WHERE org = :org AND extras IS NOT NULL
     ) r ON r.digest = l.digest WHERE l.org = :org GROUP BY l.digest ORDER BY latest DESC`,
  );
  const forgetList = database.prepare(
    'UPDATE revisions SET list = NULL WHERE org = :org AND (list = :digest OR extras = :digest)',
  );
  const deleteList = database.prepare('DELETE FROM revision_lists WHERE org = ? AND digest = ?');

  return {
    has: (org, revision) => selectOne.get(org, revision) !== undefined,
    pack: async (org, settings, registries) => {
      const extras = extrasBytes(settings);
      const pack = async (bytes: Uint8Array): Promise<Packed> => {
        const digest = digestOf(bytes);
        return { digest, content: isKept(org, digest) ? null : await compress(bytes) };
      };
      return {
        ...(await pack(settings.registries)),
        registries,
        extras: extras === null ? null : await pack(extras),
      };
    },
    packNow: (org, settings, registries) => {
      const extras = extrasBytes(settings);
      const pack = (bytes: Uint8Array): Packed => {
        const digest = digestOf(bytes);
        return { digest, content: isKept(org, digest) ? null : zstdCompressSync(bytes) };
      };
      return { ...pack(settings.registries), registries, extras: extras === null ? null : pack(extras) };
    },
    save: (org, { revision, enabled, mode, contact, enforceFrom }, list, { at, actor, restored, activity }) => {
      for (const packed of [list, list.extras]) {
        if (packed?.content != null) insertList.run(org, packed.digest, packed.content);
      }
      insert.run(
        ...[org, revision, at, actor, restored, enabled ? 1 : 0, mode, contact ?? null, list.registries, list.digest],
        activity,
        enforceFrom === undefined ? null : Date.parse(enforceFrom),
        list.extras?.digest ?? null,
      );
      keepWithinBounds(org, revision, [list.digest, list.extras?.digest ?? list.digest]);
    },
    find: async (org, revision) => {
      const row = selectFull.get(org, revision);
      if (row === undefined) return { outcome: 'unknown', revision };
      const { enabled, mode, contact, enforce_from: date, content, extras, beside } = FoundRow.parse(row);
      if (content === null || (extras !== null && beside === null)) return { outcome: 'dropped', revision };
      const registries = await decompress(content);
      const kept = beside === null ? {} : SettingsExtras.parse(JSON.parse(String(await decompress(beside))));
      const head = { revision, enabled: enabled === 1, mode, ...(contact === null ? {} : { contact }) };
      const enforceFrom = date === null ? {} : { enforceFrom: new Date(date).toISOString() };
      return { outcome: 'found', settings: { ...head, ...enforceFrom, ...kept, registries } };
    },
    page: (org, before, limit) => {
      const rows = selectPage.all(org, before ?? Number.MAX_SAFE_INTEGER, limit + 1);
      const items = rows.slice(0, limit).map((row) => ListedRow.parse(row));
      return { items, next: rows.length > limit ? String(items.at(-1)?.revision) : null };
    },
    newestAt: (org, at) => Number(selectNewestAt.get(org, at)?.revision ?? 0),
  };

  function digestOf(list: Uint8Array): string {
    return createHash('sha256').update(list).digest('base64url');
  }

  function extrasBytes(settings: StoredSettings): Buffer | null {
    const text = JSON.stringify(extrasOf(settings));
    return text === '{}' ? null : Buffer.from(text);
  }

  function isKept(org: string, digest: string): boolean {
    return selectList.get(org, digest) !== undefined;
  }

  function keepWithinBounds(org: string, newest: number, current: readonly string[]): void {
    deleteOld.run(org, newest - MAX_REVISIONS);
    let total = 0;
    for (const { digest, bytes, latest } of selectSizes.all({ org }).map((row) => SizeRow.parse(row))) {
      total += bytes;
      if (current.includes(digest) || (latest !== null && total <= maxListBytes)) continue;
      forgetList.run({ org, digest });
      deleteList.run(org, digest);
    }
  }
}
