import type { IncomingMessage } from 'node:http';
import type { Provider } from 'oidc-provider';
import { problem } from '../../../shared/problems/catalogue.ts';
import type { Accounts, User } from '../store/accounts.ts';
import { HttpProblem } from './problem-response.ts';

/** Who is calling, and what they may see. */
export interface Authentication {
  /** @throws HttpProblem 401 */
  user: (request: IncomingMessage) => Promise<User>;
  /** @throws HttpProblem 403, the same whether or not an organization of that name exists */
  requireMember: (user: User, org: string) => void;
  /** @throws HttpProblem 403 */
  requireOwner: (user: User, org: string) => void;
}

export function createAuthentication(provider: Provider, accounts: Accounts): Authentication {
  const requireMember: Authentication['requireMember'] = (user, org) => {
    if (accounts.role(org, user.sub) === undefined) throw forbidden('not-a-member', org);
  };

  return {
    requireMember,
    requireOwner: (user, org) => {
      requireMember(user, org);
      if (accounts.role(org, user.sub) !== 'owner') throw forbidden('not-an-owner', org);
    },
    user: async (request) => {
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

function forbidden(code: 'not-a-member' | 'not-an-owner', organization: string): HttpProblem {
  return new HttpProblem(403, problem(code, { organization }), { organization });
}
