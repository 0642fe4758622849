import type { IncomingMessage } from 'node:http';
import type { Provider } from 'oidc-provider';
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
}

/** A user whose token is valid. */
export type Caller = User;

export function createAuthentication(provider: Provider, accounts: Accounts): Authentication {
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
    caller: async (request) => {
      const [, token] = /^Bearer +([\w.~+/-]+=*)$/i.exec(request.headers.authorization ?? '') ?? [];
      if (token === undefined) throw unauthorized('token-missing', 'Bearer realm="portcullis"');
      const user = await userOf(token);
      if (user === undefined) throw unauthorized('token-invalid', 'Bearer realm="portcullis", error="invalid_token"');
      return user;
    },
  };

  /** Looks up the token, then the grant it was issued under, then the user, as the provider's own user info does. */
  async function userOf(value: string): Promise<User | undefined> {
    const token = await provider.AccessToken.find(value);
    if (token?.grantId === undefined || token.accountId === undefined) return undefined;
    const grant = await provider.Grant.find(token.grantId);
    if (grant?.accountId !== token.accountId || grant.clientId !== token.clientId) return undefined;
    return accounts.bySub(token.accountId);
  }
}

function unauthorized(code: 'token-missing' | 'token-invalid', challenge: string): HttpProblem {
  return new HttpProblem(401, problem(code), { headers: { 'www-authenticate': challenge } });
}

function forbidden(why: Problem, organization: string): HttpProblem {
  return new HttpProblem(403, why, { organization });
}
