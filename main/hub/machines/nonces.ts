import { createHmac, timingSafeEqual } from 'node:crypto';
import { sql } from 'kysely';
import type { MachineNonce } from '../../../shared/schemas/hub/machines.ts';
import type { Database } from '../store/database.ts';
import type { Facts } from '../store/facts.ts';

const LIFETIME_MS = 10 * 60_000;
/** Beyond its time, in case the clock is set back. */
const REMEMBERED_MS = 3_600_000;
const KEY = 'machine-nonce-key';
const RANDOM_BYTES = 12;
const TIME_BYTES = 6;
const MAC_BYTES = 16;

/**
 * Nonces of receipts: each for one person of one organization, once, within ten minutes. Nothing is stored when one is given out (a member who
 * asks for a million of them costs no memory), and one row when it is used.
 */
export interface Nonces {
  give: (org: string, sub: string) => Promise<MachineNonce>;
  /** Call it in the transaction that stores the receipt. @returns false for one that is not ours, not theirs, expired, or used */
  use: (nonce: string, org: string, sub: string) => Promise<boolean>;
  /** Those that have expired need not be remembered. */
  removeOld: () => Promise<void>;
}

/** @param now milliseconds since 1970 */
export function createNonces(
  database: Database,
  facts: Facts,
  random: (bytes: number) => Buffer,
  now: () => number,
): Nonces {
  let kept: Buffer | undefined;
  // Kept, so that a restart of the hub fails no report that is under way.
  const key = async (): Promise<Buffer> => {
    if (kept !== undefined) return kept;
    const stored = Buffer.from(await facts.once(KEY, () => random(32).toString('base64url')), 'base64url');
    database.afterCommit(() => {
      kept = stored;
    });
    return stored;
  };
  const macOf = async (head: Buffer, org: string, sub: string): Promise<Buffer> =>
    createHmac('sha256', await key())
      .update(head)
      .update(JSON.stringify([org, sub]))
      .digest()
      .subarray(0, MAC_BYTES);

  return {
    give: async (org, sub) => {
      const expiresAt = now() + LIFETIME_MS;
      const head = Buffer.concat([Buffer.alloc(TIME_BYTES), random(RANDOM_BYTES)]);
      head.writeUIntBE(expiresAt, 0, TIME_BYTES);
      const nonce = Buffer.concat([head, await macOf(head, org, sub)]).toString('base64url');
      return { nonce, expiresAt: new Date(expiresAt).toISOString() };
    },
    use: async (nonce, org, sub) => {
      const bytes = Buffer.from(nonce, 'base64url');
      if (bytes.length !== TIME_BYTES + RANDOM_BYTES + MAC_BYTES) return false;
      // One spelling each: another would be another row.
      if (bytes.toString('base64url') !== nonce) return false;
      const head = bytes.subarray(0, TIME_BYTES + RANDOM_BYTES);
      if (!timingSafeEqual(bytes.subarray(head.length), await macOf(head, org, sub))) return false;
      const expiresAt = head.readUIntBE(0, TIME_BYTES);
      // A clock that was set back must not make one good for longer.
      if (now() >= expiresAt || now() < expiresAt - LIFETIME_MS) return false;
      return (
        (await database.run(sql`
          INSERT INTO used_nonces (nonce, expires_at) VALUES (${nonce}, ${expiresAt}) ON CONFLICT (nonce) DO NOTHING`)) ===
        1
      );
    },
    removeOld: async () => {
      await database.run(sql`DELETE FROM used_nonces WHERE expires_at < ${now() - REMEMBERED_MS}`);
    },
  };
}
