import { sql } from 'kysely';
import { z } from 'zod';
import type { MadeCodes, OpenCodes } from '../../../shared/schemas/hub/machines.ts';
import type { ReceiptClaims } from '../../../shared/schemas/receipt.ts';
import { codeId, codeKey, isProofOf, makeCode, normalizeCode } from '../../platform/enrolment/enrolment-code.ts';
import type { Database } from '../store/database.ts';

const HOUR_MS = 3_600_000;
/** Codes of an organization that are not used yet. */
export const MAX_OPEN_CODES = 5000;

/**
 * One-time codes: each enrols the first key that proves to know it. Only what a proof is checked by is stored, under an id from which nobody can tell
 * the code.
 */
export interface EnrolmentCodes {
  /** In a transaction, as is `redeem`. */
  make: (org: string, wanted: { count: number; hours: number }, sub: string) => Promise<MadeCodes | 'too-many'>;
  open: (org: string) => Promise<OpenCodes>;
  /** @returns how many that were not used are void now */
  revoke: (org: string) => Promise<number>;
  /** Uses up the code that a receipt proves to know. @returns who made it; undefined where it is not, or no longer, valid for this key */
  redeem: (claims: Pick<ReceiptClaims, 'iss' | 'aud' | 'org' | 'enrolment'>) => Promise<string | undefined>;
  removeOld: () => Promise<void>;
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
  database: Database,
  random: (bytes: number) => Buffer,
  now: () => number,
): EnrolmentCodes {
  const counted = async (org: string): Promise<z.infer<typeof OpenRow>> => {
    const row = await database.get(sql`
      SELECT count(*) FILTER (WHERE used_by IS NULL) AS open, count(*) FILTER (WHERE used_by IS NOT NULL) AS used,
        max(expires_at) FILTER (WHERE used_by IS NULL) AS expires_at
      FROM machine_codes WHERE org = ${org} AND (expires_at > ${now()} OR used_by IS NOT NULL)`);
    return OpenRow.parse(row);
  };

  return {
    make: async (org, { count, hours }, sub) => {
      if ((await counted(org)).open + count > MAX_OPEN_CODES) return 'too-many';
      const expiresAt = now() + hours * HOUR_MS;
      const codes = Array.from({ length: count }, () => makeCode(random));
      for (const made of codes) {
        const code = normalizeCode(made) ?? '';
        await database.run(sql`
          INSERT INTO machine_codes (org, id, key, created_by, created_at, expires_at)
          VALUES (${org}, ${codeId(code)}, ${codeKey(code)}, ${sub}, ${now()}, ${expiresAt})`);
      }
      return { codes, expiresAt: new Date(expiresAt).toISOString() };
    },
    open: async (org) => {
      const { open, used, expires_at } = await counted(org);
      return { open, used, expiresAt: expires_at === null ? null : new Date(expires_at).toISOString() };
    },
    revoke: (org) =>
      database.run(sql`DELETE FROM machine_codes WHERE org = ${org} AND used_by IS NULL AND expires_at > ${now()}`),
    redeem: async ({ iss: jkt, aud, org, enrolment }) => {
      if (enrolment === undefined) return undefined;
      const { id, proof } = enrolment;
      const found = await database.get(sql`SELECT * FROM machine_codes WHERE org = ${org} AND id = ${id}`);
      const row = CodeRow.optional().parse(found);
      if (row === undefined || !isProofOf(row.key, { jkt, aud, org }, proof)) return undefined;
      if (row.used_by !== null) return row.used_by === jkt ? row.created_by : undefined;
      if (row.expires_at <= now()) return undefined;
      await database.run(sql`UPDATE machine_codes SET used_by = ${jkt} WHERE org = ${org} AND id = ${id}`);
      return row.created_by;
    },
    removeOld: async () => {
      await database.run(sql`DELETE FROM machine_codes WHERE expires_at <= ${now()}`);
    },
  };
}
