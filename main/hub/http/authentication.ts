import type { IncomingMessage } from 'node:http';
import { problem } from '../../../shared/problems/catalogue.ts';
import type { Problem } from '../../../shared/problems/problem.ts';
import { type Access, mayAs } from '../../../shared/schemas/hub/people.ts';
import type { OidcStore } from '../sign-in/oidc-store.ts';
import type { Accounts, User } from '../store/accounts.ts';
import { HttpProblem } from './problem-response.ts';

/** Who is calling, and what they may see. */
export interface Authentication {
  /** @param org whose role is looked up with the token. @throws HttpProblem 401 */
  caller: (request: IncomingMessage, org: string) => Promise<Caller>;
  /** Looks the role up again, after what may have taken its time. @throws HttpProblem 403 */
  requireRole: (caller: Caller, org: string, needed: Access) => Promise<void>;
  /** For what a stolen token must not be enough for. @throws HttpProblem 403 */
  requireFresh: (caller: Caller) => void;
}

/** A user whose token is valid. */
export interface Caller extends User {
  /** When they entered their password for this sign-in, in seconds since 1970; null where it is not known. */
  passwordAt: number | null;
  /** In the organization of the call, at its beginning. */
  role: Access | undefined;
}

/** How long an entered password is good for what takes a fresh sign-in. */
export const FRESH_SECONDS = 15 * 60;

/** @param now milliseconds since 1970 */
export function createAuthentication(
  tokens: Pick<OidcStore, 'bearer'>,
  accounts: Pick<Accounts, 'role'>,
  now: () => number,
): Authentication {
  return {
    requireRole: async ({ sub }, org, needed) => requireAccess(await accounts.role(org, sub), org, needed),
    requireFresh: ({ passwordAt }) => {
      if (passwordAt !== null && now() / 1000 - passwordAt <= FRESH_SECONDS) return;
      // RFC 9470 section 3.
      const challenge = `Bearer realm="portcullis", error="insufficient_user_authentication", max_age="${FRESH_SECONDS}"`;
      throw new HttpProblem(403, problem('fresh-sign-in-required', { minutes: FRESH_SECONDS / 60 }), {
        headers: { 'www-authenticate': challenge },
      });
    },
    caller: async (request, org) => {
      const token = bearerOf(request);
      if (token === undefined) throw unauthorized('token-missing', 'Bearer realm="portcullis"');
      const bearer = await tokens.bearer(token, org);
      if (bearer === undefined) throw unauthorized('token-invalid', 'Bearer realm="portcullis", error="invalid_token"');
      const { user, role, passwordAt } = bearer;
      return { ...user, role, passwordAt };
    },
  };
}

/** @throws HttpProblem 403; for who is no member the same whether or not an organization of that name exists */
export function requireAccess(role: Access | undefined, organization: string, needed: Access): void {
  if (role === undefined) throw forbidden(problem('not-a-member', { organization }), organization);
  if (mayAs(role, needed)) return;
  const missing =
    needed === 'owner'
      ? problem('not-an-owner', { organization })
      : problem('not-allowed-for-role', { organization, role: needed });
  throw forbidden(missing, organization);
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
