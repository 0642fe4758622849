import type { DatabaseSync } from 'node:sqlite';
import { type Adapter, type AdapterPayload, errors } from 'oidc-provider';

/** What is removed with its grant. An interaction names its grant too, but must outlive it. */
const GRANTABLE = ['AccessToken', 'AuthorizationCode', 'RefreshToken', 'DeviceCode'];

/** What anybody can have stored without signing in. */
const ANONYMOUS = new Set(['Interaction', 'DeviceCode', 'Session']);
/**
 * `kept` of each are kept, the latest: enough for a fleet that signs in at once, and no way to fill the disk. Counting costs more
 * than storing, so it is done once `every` so many.
 */
const ANONYMOUS_LIMITS = { kept: 20_000, every: 500 };

/**
 * The OpenID provider's sessions, codes and tokens, in the hub's database, so that a restart signs nobody out.
 *
 * A refresh token works once (RFC 9700 section 4.14.2), but the answer may never arrive: the connection breaks, the program is
 * killed, the power fails. So it may be used again until something from its renewal has been used, which proves that the
 * answer arrived: Portcullis stores a token before it uses it. Only one chain of tokens is ever valid: of two renewals the later
 * one replaces the earlier, and using a replaced or an old token ends the sign-in.
 */
export function createOidcStore(
  database: DatabaseSync,
  now: () => number,
  limits = ANONYMOUS_LIMITS,
): {
  adapter: (model: string) => Adapter;
  removeExpired: () => void;
  /** Everything that the account is signed in to, on every machine and in every browser. */
  endSignIns: (accountId: string) => void;
} {
  const select = database.prepare('SELECT payload FROM oidc WHERE model = ? AND id = ?');
  const selectByUid = database.prepare('SELECT payload FROM oidc WHERE model = ? AND uid = ?');
  const selectByUserCode = database.prepare('SELECT payload FROM oidc WHERE model = ? AND user_code = ?');
  const upsert = database.prepare(
    'INSERT OR REPLACE INTO oidc (model, id, payload, grant_id, user_code, uid, expires_at) VALUES (?, ?, ?, ?, ?, ?, ?)',
  );
  const consume = database.prepare(
    `UPDATE oidc SET payload = json_set(payload, '$.consumed', ?)
     WHERE model = ? AND id = ? AND payload ->> '$.consumed' IS NULL`,
  );
  const repeat = database.prepare(
    `UPDATE oidc SET payload = json_set(payload, '$.consumed', ?)
     WHERE model = 'RefreshToken' AND id = ? AND payload ->> '$.arrived' IS NULL`,
  );
  const supersede = database.prepare(
    `UPDATE oidc SET payload = json_set(payload, '$.consumed', ?, '$.arrived', 1)
     WHERE model = 'RefreshToken' AND grant_id = ? AND id <> ? AND payload ->> '$.consumed' IS NULL`,
  );
  const arrive = database.prepare(
    `UPDATE oidc SET payload = json_set(payload, '$.arrived', 1)
     WHERE model = 'RefreshToken' AND grant_id = ? AND id <> ?
       AND payload ->> '$.consumed' <= ? AND payload ->> '$.arrived' IS NULL`,
  );
  const remove = database.prepare('DELETE FROM oidc WHERE model = ? AND id = ?');
  const removeByGrant = database.prepare(
    `DELETE FROM oidc WHERE grant_id = ? AND model IN (${GRANTABLE.map((model) => `'${model}'`).join(', ')})`,
  );
  const removeBefore = database.prepare('DELETE FROM oidc WHERE expires_at < ?');

  const removeByAccount = database.prepare(`DELETE FROM oidc WHERE payload ->> '$.accountId' = ?`);
  // The password was right, and the browser is on its way back.
  const removeInteractions = database.prepare(
    `DELETE FROM oidc WHERE model = 'Interaction'
       AND (payload ->> '$.session.accountId' = ?1 OR payload ->> '$.result.login.accountId' = ?1)`,
  );

  const prune = database.prepare(
    `DELETE FROM oidc WHERE rowid IN (
       SELECT rowid FROM oidc WHERE model = ? AND payload ->> '$.accountId' IS NULL ORDER BY rowid DESC LIMIT -1 OFFSET ?
     )`,
  );
  let storedSincePrune = 0;
  const keepInBounds = (): void => {
    storedSincePrune += 1;
    if (storedSincePrune < limits.every) return;
    storedSincePrune = 0;
    for (const model of ANONYMOUS) prune.run(model, limits.kept);
  };

  const seconds = (): number => Math.floor(now() / 1000);
  const payload = (row: Record<string, unknown> | undefined): AdapterPayload | undefined =>
    row === undefined ? undefined : JSON.parse(String(row.payload));

  return {
    removeExpired: () => {
      removeBefore.run(seconds());
    },
    endSignIns: (accountId) => {
      removeByAccount.run(accountId);
      removeInteractions.run(accountId);
    },
    adapter: (model) => ({
      upsert: async (id, content, expiresIn) => {
        const { grantId = null, userCode = null, uid = null } = content;
        if (model === 'RefreshToken' && grantId !== null) supersede.run(seconds(), grantId, id);
        const expiresAt = expiresIn === undefined ? null : seconds() + expiresIn;
        upsert.run(model, id, JSON.stringify(content), grantId, userCode, uid, expiresAt);
        if (ANONYMOUS.has(model) && content.accountId === undefined) keepInBounds();
      },
      find: async (id) => {
        const found = payload(select.get(model, id));
        if (model === 'AccessToken' && found?.grantId !== undefined) arrive.run(found.grantId, id, found.iat ?? 0);
        // The provider must treat it as unused.
        if (model === 'RefreshToken' && found !== undefined && found.arrived === undefined) delete found.consumed;
        return found;
      },
      findByUid: async (uid) => payload(selectByUid.get(model, uid)),
      findByUserCode: async (userCode) => payload(selectByUserCode.get(model, userCode)),
      consume: async (id) => {
        // Another request may have used the same code or refresh token since the provider looked it up.
        if (consume.run(seconds(), model, id).changes > 0) {
          const used = model === 'RefreshToken' ? payload(select.get(model, id)) : undefined;
          if (used?.grantId !== undefined) arrive.run(used.grantId, id, seconds());
        } else if (model !== 'RefreshToken' || repeat.run(seconds(), id).changes === 0) {
          throw new errors.InvalidGrant('already used');
        }
      },
      destroy: async (id) => {
        remove.run(model, id);
      },
      revokeByGrantId: async (grantId) => {
        removeByGrant.run(grantId);
      },
    }),
  };
}
