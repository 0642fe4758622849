import type { DatabaseSync } from 'node:sqlite';
import { z } from 'zod';
import type { MadeCodes, OpenCodes } from '../../../shared/schemas/hub/machines.ts';
import type { ReceiptClaims } from '../../../shared/schemas/receipt.ts';
import { codeId, codeKey, isProofOf, makeCode, normalizeCode } from '../../platform/enrolment/enrolment-code.ts';

const HOUR_MS = 3_600_000;
/** Codes of an organization that are not used yet. */
export const MAX_OPEN_CODES = 5000;

/**
 * One-time codes: each enrols the first key that proves to know it. Only what a proof is checked by is stored, under an id from which nobody can tell
 * the code.
 */
export interface EnrolmentCodes {
  make: (org: string, wanted: { count: number; hours: number }, sub: string) => MadeCodes | 'too-many';
  open: (org: string) => OpenCodes;
  /** @returns how many that were not used are void now */
  revoke: (org: string) => number;
  /** Uses up the code that a receipt proves to know. @returns who made it; undefined where it is not, or no longer, valid for this key */
  redeem: (claims: Pick<ReceiptClaims, 'iss' | 'aud' | 'org' | 'enrolment'>) => string | undefined;
  removeOld: () => void;
}

const CodeRow = z.object({
  key: z.string(),
  created_by: z.string(),
  expires_at: z.number(),
  used_by: z.string().nullable(),
});
const OpenRow = z.object({ open: z.number(), used: z.number(), expires_at: z.number().nullable() });

/** @param now milliseconds since 1970 */
export function createEnrolmentCodes(
  database: DatabaseSync,
  random: (bytes: number) => Buffer,
  now: () => number,
): EnrolmentCodes {
  const insert = database.prepare(
    'INSERT INTO machine_codes (org, id, key, created_by, created_at, expires_at) VALUES (?, ?, ?, ?, ?, ?)',
  );
  const select = database.prepare('SELECT * FROM machine_codes WHERE org = ? AND id = ?');
  const markUsed = database.prepare('UPDATE machine_codes SET used_by = ? WHERE org = ? AND id = ?');
  const countOpen = database.prepare(
    `SELECT count(*) FILTER (WHERE used_by IS NULL) AS open, count(*) FILTER (WHERE used_by IS NOT NULL) AS used,
       max(expires_at) FILTER (WHERE used_by IS NULL) AS expires_at
     FROM machine_codes WHERE org = ? AND (expires_at > ? OR used_by IS NOT NULL)`,
  );
  const deleteOpen = database.prepare('DELETE FROM machine_codes WHERE org = ? AND used_by IS NULL AND expires_at > ?');
  const deleteOld = database.prepare('DELETE FROM machine_codes WHERE expires_at <= ?');
  const counted = (org: string): z.infer<typeof OpenRow> => OpenRow.parse(countOpen.get(org, now()));

  return {
    make: (org, { count, hours }, sub) => {
      if (counted(org).open + count > MAX_OPEN_CODES) return 'too-many';
      const expiresAt = now() + hours * HOUR_MS;
      const codes = Array.from({ length: count }, () => makeCode(random));
      for (const made of codes) {
        const code = normalizeCode(made) ?? '';
        insert.run(org, codeId(code), codeKey(code), sub, now(), expiresAt);
      }
      return { codes, expiresAt: new Date(expiresAt).toISOString() };
    },
    open: (org) => {
      const { open, used, expires_at } = counted(org);
      return { open, used, expiresAt: expires_at === null ? null : new Date(expires_at).toISOString() };
    },
    revoke: (org) => Number(deleteOpen.run(org, now()).changes),
    redeem: ({ iss: jkt, aud, org, enrolment }) => {
      if (enrolment === undefined) return undefined;
      const row = CodeRow.optional().parse(select.get(org, enrolment.id));
      if (row === undefined || !isProofOf(row.key, { jkt, aud, org }, enrolment.proof)) return undefined;
      if (row.used_by !== null) return row.used_by === jkt ? row.created_by : undefined;
      if (row.expires_at <= now()) return undefined;
      markUsed.run(jkt, org, enrolment.id);
      return row.created_by;
    },
    removeOld: () => void deleteOld.run(now()),
  };
}
