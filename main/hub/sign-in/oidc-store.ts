import type { DatabaseSync } from 'node:sqlite';
import { type Adapter, type AdapterPayload, errors } from 'oidc-provider';

/** What belongs to a grant and falls with it. An interaction names its grant too, and must survive it. */
const GRANTABLE = ['AccessToken', 'AuthorizationCode', 'RefreshToken', 'DeviceCode'];

/** What the OpenID provider remembers (sessions, codes, tokens), in the hub's file, so that nobody is signed out by a restart. */
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
    "UPDATE oidc SET payload = json_set(payload, '$.consumed', ?) WHERE model = ? AND id = ? AND payload ->> '$.consumed' IS NULL",
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
        const expiresAt = expiresIn === undefined ? null : seconds() + expiresIn;
        upsert.run(model, id, JSON.stringify(content), grantId, userCode, uid, expiresAt);
      },
      find: async (id) => payload(select.get(model, id)),
      findByUid: async (uid) => payload(selectByUid.get(model, uid)),
      findByUserCode: async (userCode) => payload(selectByUserCode.get(model, userCode)),
      consume: async (id) => {
        // Between the provider's look and this one another request may have used the same code or refresh token.
        if (consume.run(seconds(), model, id).changes === 0) throw new errors.InvalidGrant('already used');
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
