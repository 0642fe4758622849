import type { DatabaseSync } from 'node:sqlite';
import { type Adapter, type AdapterPayload, errors } from 'oidc-provider';

/** What belongs to a grant and falls with it. An interaction names its grant too, and must survive it. */
const GRANTABLE = ['AccessToken', 'AuthorizationCode', 'RefreshToken', 'DeviceCode'];

/**
 * What the OpenID provider remembers (sessions, codes, tokens), in the hub's file, so that nobody is signed out by a restart.
 *
 * A refresh token is good once (RFC 9700 section 4.14.2), but an answer may never arrive: the connection breaks, the program is
 * killed, the power fails. So it may be used again until something that its renewal brought has been used, which proves
 * that it arrived: Portcullis keeps a token before it uses it. There is never more than one way on: of two renewals the later
 * one counts, and whoever uses the earlier one, or an old token after that, ends the sign-in.
 */
export function createOidcStore(
  database: DatabaseSync,
  now: () => number,
): { adapter: (model: string) => Adapter; removeExpired: () => void } {
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

  const seconds = (): number => Math.floor(now() / 1000);
  const payload = (row: Record<string, unknown> | undefined): AdapterPayload | undefined =>
    row === undefined ? undefined : JSON.parse(String(row.payload));

  return {
    removeExpired: () => {
      removeBefore.run(seconds());
    },
    adapter: (model) => ({
      upsert: async (id, content, expiresIn) => {
        const { grantId = null, userCode = null, uid = null } = content;
        if (model === 'RefreshToken' && grantId !== null) supersede.run(seconds(), grantId, id);
        const expiresAt = expiresIn === undefined ? null : seconds() + expiresIn;
        upsert.run(model, id, JSON.stringify(content), grantId, userCode, uid, expiresAt);
      },
      find: async (id) => {
        const found = payload(select.get(model, id));
        if (model === 'AccessToken' && found?.grantId !== undefined) arrive.run(found.grantId, id, found.iat ?? 0);
        // To the provider it has not been used yet.
        if (model === 'RefreshToken' && found !== undefined && found.arrived === undefined) delete found.consumed;
        return found;
      },
      findByUid: async (uid) => payload(selectByUid.get(model, uid)),
      findByUserCode: async (userCode) => payload(selectByUserCode.get(model, userCode)),
      consume: async (id) => {
        // Between the provider's look and this one another request may have used the same code or refresh token.
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
