import type { IncomingMessage } from 'node:http';
import type { Provider } from 'oidc-provider';
import type { Role } from '../../../shared/schemas/hub-schema.ts';
import type { Accounts, User } from '../store/accounts.ts';
import { HttpProblem } from './problem-response.ts';

/** Who is calling, and what they may see. */
export interface Authentication {
  /** @throws HttpProblem 401 */
  user: (request: IncomingMessage) => Promise<User>;
  /** @throws HttpProblem 403 naming the organization; the same whether there is one of that name or not */
  member: (user: User, org: string) => Role;
  /** @throws HttpProblem 403 */
  owner: (user: User, org: string) => void;
}

export function createAuthentication(provider: Provider, accounts: Accounts): Authentication {
  const member: Authentication['member'] = (user, org) => {
    const role = accounts.role(org, user.sub);
    if (role === undefined) {
      throw new HttpProblem(403, 'not-a-member', `You are not a member of ${org}.`, {
        organization: org,
        detail: `Sign in with an account that belongs to ${org}, or ask its owner to add you.`,
      });
    }
    return role;
  };

  return {
    member,
    owner: (user, org) => {
      if (member(user, org) !== 'owner') {
        throw new HttpProblem(403, 'not-an-owner', `Only owners of ${org} may do this.`, { organization: org });
      }
    },
    user: async (request) => {
      const [, token] = /^Bearer +([\w.~+/-]+=*)$/i.exec(request.headers.authorization ?? '') ?? [];
      if (token === undefined) {
        throw new HttpProblem(
          401,
          'token-missing',
          'This call needs an access token.',
          {},
          {
            'www-authenticate': 'Bearer realm="portcullis"',
          },
        );
      }
      const user = await resolve(token);
      if (user === undefined) {
        throw new HttpProblem(
          401,
          'token-invalid',
          'The access token has expired or was revoked.',
          {},
          {
            'www-authenticate': 'Bearer realm="portcullis", error="invalid_token"',
          },
        );
      }
      return user;
    },
  };

  /** As the provider's own user info does: the token, then the grant that it was given under, then the user. */
  async function resolve(value: string): Promise<User | undefined> {
    const token = await provider.AccessToken.find(value);
    if (token?.grantId === undefined || token.accountId === undefined) return undefined;
    const grant = await provider.Grant.find(token.grantId);
    if (grant?.accountId !== token.accountId || grant.clientId !== token.clientId) return undefined;
    return accounts.bySub(token.accountId);
  }
}
