import type { IncomingMessage } from 'node:http';
import type { Provider } from 'oidc-provider';
import { z } from 'zod';
import { problem } from '../../../shared/problems/catalogue.ts';
import type { Problem } from '../../../shared/problems/problem.ts';
import { type Access, mayAs } from '../../../shared/schemas/hub/people.ts';
import type { Accounts, User } from '../store/accounts.ts';
import { HttpProblem } from './problem-response.ts';

/** Who is calling, and what they may see. */
export interface Authentication {
  /** @throws HttpProblem 401 */
  caller: (request: IncomingMessage) => Promise<Caller>;
  /** @throws HttpProblem 403; for who is no member the same whether or not an organization of that name exists */
  requireRole: (caller: Caller, org: string, needed: Access) => void;
  /** For what a stolen token must not be enough for. @throws HttpProblem 403 */
  requireFresh: (caller: Caller) => void;
}

/** A user whose token is valid. */
export interface Caller extends User {
  /** When they entered their password for this sign-in, in seconds since 1970; null where it is not known. */
  passwordAt: number | null;
}

/** How long an entered password is good for what takes a fresh sign-in. */
export const FRESH_SECONDS = 15 * 60;

/** What the provider keeps with an access token (provider.ts). */
const PasswordAt = z.object({ password_at: z.number() });

/** @param now milliseconds since 1970 */
export function createAuthentication(provider: Provider, accounts: Accounts, now: () => number): Authentication {
  return {
    requireRole: ({ sub }, organization, needed) => {
      const role = accounts.role(organization, sub);
      if (role === undefined) throw forbidden(problem('not-a-member', { organization }), organization);
      if (mayAs(role, needed)) return;
      const missing =
        needed === 'owner'
          ? problem('not-an-owner', { organization })
          : problem('not-allowed-for-role', { organization, role: needed });
      throw forbidden(missing, organization);
    },
    requireFresh: ({ passwordAt }) => {
      if (passwordAt !== null && now() / 1000 - passwordAt <= FRESH_SECONDS) return;
      // RFC 9470 section 3.
      const challenge = `Bearer realm="portcullis", error="insufficient_user_authentication", max_age="${FRESH_SECONDS}"`;
      throw new HttpProblem(403, problem('fresh-sign-in-required', { minutes: FRESH_SECONDS / 60 }), {
        headers: { 'www-authenticate': challenge },
      });
    },
    caller: async (request) => {
      const token = bearerOf(request);
      if (token === undefined) throw unauthorized('token-missing', 'Bearer realm="portcullis"');
      const user = await userOf(token);
      if (user === undefined) throw unauthorized('token-invalid', 'Bearer realm="portcullis", error="invalid_token"');
      return user;
    },
  };

  /** Looks up the token, then the grant it was issued under, then the user, as the provider's own user info does. */
  async function userOf(value: string): Promise<Caller | undefined> {
    const token = await provider.AccessToken.find(value);
    if (token?.grantId === undefined || token.accountId === undefined) return undefined;
    const grant = await provider.Grant.find(token.grantId);
    if (grant?.accountId !== token.accountId || grant.clientId !== token.clientId) return undefined;
    const user = accounts.bySub(token.accountId);
    const passwordAt = PasswordAt.safeParse(token.extra).data?.password_at ?? null;
    return user === undefined ? undefined : { ...user, passwordAt };
  }
}

/** The token of a request (RFC 6750 section 2.1). */
export function bearerOf(request: IncomingMessage): string | undefined {
  return /^Bearer +([\w.~+/-]+=*)$/i.exec(request.headers.authorization ?? '')?.[1];
}

export function unauthorized(
  code: 'token-missing' | 'token-invalid' | 'pipeline-token-invalid',
  challenge: string,
): HttpProblem {
  return new HttpProblem(401, problem(code), { headers: { 'www-authenticate': challenge } });
}

function forbidden(why: Problem, organization: string): HttpProblem {
  return new HttpProblem(403, why, { organization });
}
