import { createHmac, timingSafeEqual } from 'node:crypto';
import type { DatabaseSync } from 'node:sqlite';
import type { MachineNonce } from '../../../shared/schemas/hub/machines.ts';
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
  give: (org: string, sub: string) => MachineNonce;
  /** Call it in the transaction that stores the receipt. @returns false for one that is not ours, not theirs, expired, or used */
  use: (nonce: string, org: string, sub: string) => boolean;
  /** Those that have expired need not be remembered. */
  removeOld: () => void;
}

/** @param now milliseconds since 1970 */
export function createNonces(
  database: DatabaseSync,
  facts: Facts,
  random: (bytes: number) => Buffer,
  now: () => number,
): Nonces {
  // Kept, so that a restart of the hub fails no report that is under way.
  const key = Buffer.from(
    facts.once(KEY, () => random(32).toString('base64url')),
    'base64url',
  );
  const insert = database.prepare('INSERT OR IGNORE INTO used_nonces (nonce, expires_at) VALUES (?, ?)');
  const deleteOld = database.prepare('DELETE FROM used_nonces WHERE expires_at < ?');
  const macOf = (head: Buffer, org: string, sub: string): Buffer =>
    createHmac('sha256', key)
      .update(head)
      .update(JSON.stringify([org, sub]))
      .digest()
      .subarray(0, MAC_BYTES);

  return {
    give: (org, sub) => {
      const expiresAt = now() + LIFETIME_MS;
      const head = Buffer.concat([Buffer.alloc(TIME_BYTES), random(RANDOM_BYTES)]);
      head.writeUIntBE(expiresAt, 0, TIME_BYTES);
      const nonce = Buffer.concat([head, macOf(head, org, sub)]).toString('base64url');
      return { nonce, expiresAt: new Date(expiresAt).toISOString() };
    },
    use: (nonce, org, sub) => {
      const bytes = Buffer.from(nonce, 'base64url');
      if (bytes.length !== TIME_BYTES + RANDOM_BYTES + MAC_BYTES) return false;
      // One spelling each: another would be another row.
      if (bytes.toString('base64url') !== nonce) return false;
      const head = bytes.subarray(0, TIME_BYTES + RANDOM_BYTES);
      if (!timingSafeEqual(bytes.subarray(head.length), macOf(head, org, sub))) return false;
      const expiresAt = head.readUIntBE(0, TIME_BYTES);
      // A clock that was set back must not make one good for longer.
      if (now() >= expiresAt || now() < expiresAt - LIFETIME_MS) return false;
      return insert.run(nonce, expiresAt).changes === 1;
    },
    removeOld: () => void deleteOld.run(now() - REMEMBERED_MS),
  };
}
