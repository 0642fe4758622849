import { sql } from 'kysely';
import { type Adapter, type AdapterPayload, errors } from 'oidc-provider';
import { z } from 'zod';
import type { Access } from '../../../shared/schemas/hub/people.ts';
import { parseJson } from '../../../shared/schemas/parse-json.ts';
import { roleIn, type User, userIn } from '../store/accounts.ts';
import type { Database, Row } from '../store/database.ts';

/** What is removed with its grant. An interaction names its grant too, but must outlive it. */
const GRANTABLE = ['AccessToken', 'AuthorizationCode', 'RefreshToken', 'DeviceCode'];

/** What anybody can have stored without signing in. */
const ANONYMOUS = new Set(['Interaction', 'DeviceCode', 'Session']);
/**
 * `kept` of each are kept, the latest: enough for a fleet that signs in at once, and no way to fill the disk. Counting costs more
 * than storing, so it is done once `every` so many.
 */
const ANONYMOUS_LIMITS = { kept: 20_000, every: 500 };
/** So many access tokens are remembered as used. Each that was forgotten costs one statement more. */
const MAX_USED = 20_000;

const TokenPayload = z.object({
  clientId: z.string(),
  iat: z.number(),
  exp: z.number(),
  // What the provider keeps with an access token (provider.ts).
  extra: z.object({ password_at: z.number().optional() }).optional(),
});
const GrantPayload = z.object({ clientId: z.string(), exp: z.number() });

/** Whose access token it is. */
export interface Bearer {
  user: User;
  /** Their role in the organization that was asked for. */
  role: Access | undefined;
  /** When they entered their password for this sign-in, in seconds since 1970; null where it is not known. */
  passwordAt: number | null;
}

export interface OidcStore {
  adapter: (model: string) => Adapter;
  /** Whose access token it is, if it and the grant that it was issued under are valid. @param org whose role is asked for */
  bearer: (token: string, org: string) => Promise<Bearer | undefined>;
  removeExpired: () => Promise<void>;
  /** Ends everything that the account is signed in to, on every machine and in every browser. */
  endSignIns: (accountId: string) => Promise<void>;
}

/**
 * The OpenID provider's sessions, codes and tokens, in the hub's database, so that a restart signs nobody out.
 *
 * A refresh token works once (RFC 9700 section 4.14.2), but the answer may never arrive: the connection breaks, the program is
 * killed, the power fails. So it may be used again until something from its renewal has been used, which proves that the
 * answer arrived: Portcullis stores a token before it uses it. Only one chain of tokens is ever valid: of two renewals the later
 * one replaces the earlier, and using a replaced or an old token ends the sign-in.
 */
export function createOidcStore(database: Database, now: () => number, limits = ANONYMOUS_LIMITS): OidcStore {
  const grantable = sql.join(GRANTABLE);
  const seconds = (): number => Math.floor(now() / 1000);

  let storedSincePrune = 0;
  const keepInBounds = async (): Promise<void> => {
    storedSincePrune += 1;
    if (storedSincePrune < limits.every) return;
    storedSincePrune = 0;
    for (const model of ANONYMOUS) {
      const isAnonymous = model === 'Interaction' ? sql`` : sql`AND account IS NULL`;
      await database.run(
        sql`DELETE FROM oidc WHERE model = ${model} AND id IN (
              SELECT id FROM oidc WHERE model = ${model} ${isAnonymous}
              ORDER BY expires_at DESC, id LIMIT ${Number.MAX_SAFE_INTEGER} OFFSET ${limits.kept}
            )`,
      );
    }
  };

  /** The renewal before has arrived, since something from it is used. */
  const arrive = (grantId: string, id: string, until: number) =>
    database.run(
      sql`UPDATE oidc SET arrived = 1 WHERE model = 'RefreshToken' AND grant_id = ${grantId} AND id <> ${id}
          AND consumed <= ${until} AND arrived IS NULL`,
    );
  const used = new Set<string>();
  const proveArrival = async (id: string, grantId: string, issuedAt: number): Promise<void> => {
    await arrive(grantId, id, issuedAt);
    if (used.size >= MAX_USED) used.clear();
    used.add(id);
  };

  return {
    removeExpired: async () => {
      await database.run(sql`DELETE FROM oidc WHERE expires_at < ${seconds()}`);
    },
    endSignIns: async (accountId) => {
      await database.run(sql`DELETE FROM oidc WHERE account = ${accountId}`);
    },
    bearer: async (id, org) => {
      const [row] = await database.lookUp(
        sql`SELECT t.payload AS token_payload, t.grant_id, g.payload AS grant_payload, u.sub, u.username,
              u.name, u.email, u.password, m.role
            FROM oidc t JOIN oidc g ON g.model = 'Grant' AND g.id = t.grant_id AND g.account = t.account
              JOIN users u ON u.sub = t.account
              LEFT JOIN memberships m ON m.org = ${org} AND m.sub = u.sub
            WHERE t.model = 'AccessToken' AND t.id = ${id}`,
      );
      const user = userIn(row);
      const token = TokenPayload.safeParse(parseJson(String(row?.token_payload))).data;
      const grant = GrantPayload.safeParse(parseJson(String(row?.grant_payload))).data;
      if (user === undefined || token === undefined || grant?.clientId !== token.clientId) return undefined;
      if (Math.min(token.exp, grant.exp) <= now() / 1000) return undefined;
      if (!used.has(id)) await proveArrival(id, String(row?.grant_id), token.iat);
      return { user, role: roleIn(row), passwordAt: token.extra?.password_at ?? null };
    },
    adapter: (model) => {
      const byId = (id: string) =>
        database.get(sql`SELECT payload, consumed, arrived FROM oidc WHERE model = ${model} AND id = ${id}`);
      return {
        upsert: async (id, content, expiresIn) => {
          const { consumed = null, ...kept } = content;
          const { grantId = null, userCode = null, uid = null } = kept;
          const expiresAt = expiresIn === undefined ? null : seconds() + expiresIn;
          await database.transaction(async () => {
            if (model === 'RefreshToken' && grantId !== null) {
              await database.run(
                sql`UPDATE oidc SET consumed = ${seconds()}, arrived = 1
                    WHERE model = 'RefreshToken' AND grant_id = ${grantId} AND id <> ${id} AND consumed IS NULL`,
              );
            }
            await database.run(
              sql`INSERT INTO oidc (model, id, payload, grant_id, user_code, uid, expires_at, account, consumed)
                  VALUES (${model}, ${id}, ${JSON.stringify(kept)}, ${grantId}, ${userCode}, ${uid}, ${expiresAt},
                    ${accountIn(content)}, ${consumed})
                  ON CONFLICT (model, id) DO UPDATE SET payload = excluded.payload, grant_id = excluded.grant_id,
                    user_code = excluded.user_code, uid = excluded.uid, expires_at = excluded.expires_at,
                    account = excluded.account, consumed = excluded.consumed, arrived = NULL`,
            );
          });
          if (ANONYMOUS.has(model) && content.accountId === undefined) await keepInBounds();
        },
        find: async (id) => {
          const row = await byId(id);
          const found = payloadIn(row);
          if (found === undefined) return undefined;
          if (model === 'AccessToken' && found.grantId !== undefined && !used.has(id)) {
            await proveArrival(id, found.grantId, found.iat ?? 0);
          }
          // The provider must treat it as unused.
          if (model === 'RefreshToken' && row?.arrived === null) delete found.consumed;
          return found;
        },
        findByUid: async (uid) =>
          payloadIn(
            await database.get(sql`SELECT payload, consumed FROM oidc WHERE model = ${model} AND uid = ${uid}`),
          ),
        findByUserCode: async (userCode) =>
          payloadIn(
            await database.get(
              sql`SELECT payload, consumed FROM oidc WHERE model = ${model} AND user_code = ${userCode}`,
            ),
          ),
        consume: (id) =>
          database.transaction(async () => {
            const at = seconds();
            const isOf = sql`model = ${model} AND id = ${id}`;
            // Another request may have used the same code or refresh token since the provider looked it up.
            const isFirst = await database.run(
              sql`UPDATE oidc SET consumed = ${at} WHERE ${isOf} AND consumed IS NULL`,
            );
            if (isFirst > 0) {
              const grantId = model === 'RefreshToken' ? payloadIn(await byId(id))?.grantId : undefined;
              if (grantId !== undefined) await arrive(grantId, id, at);
              return;
            }
            const isRepeated =
              model === 'RefreshToken' &&
              (await database.run(sql`UPDATE oidc SET consumed = ${at} WHERE ${isOf} AND arrived IS NULL`)) > 0;
            if (!isRepeated) throw new errors.InvalidGrant('already used');
          }),
        destroy: async (id) => {
          await database.run(sql`DELETE FROM oidc WHERE model = ${model} AND id = ${id}`);
        },
        revokeByGrantId: async (grantId) => {
          await database.run(sql`DELETE FROM oidc WHERE grant_id = ${grantId} AND model IN (${grantable})`);
        },
      };
    },
  };
}

/** Whose it is. Of a sign-in that is under way, whose password was right, or who was signed in before. */
function accountIn({ accountId, result, session }: AdapterPayload): string | null {
  return accountId ?? result?.login?.accountId ?? session?.accountId ?? null;
}

function payloadIn(row: Row | undefined): AdapterPayload | undefined {
  if (row === undefined) return undefined;
  const payload: AdapterPayload = JSON.parse(String(row.payload));
  return row.consumed === null ? payload : { ...payload, consumed: Number(row.consumed) };
}
