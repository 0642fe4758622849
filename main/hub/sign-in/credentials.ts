import type { IncomingMessage, ServerResponse } from 'node:http';
import { problem } from '../../../shared/problems/catalogue.ts';
import type { Problem } from '../../../shared/problems/problem.ts';
import type { Logger } from '../../platform/log/logger.ts';
import { clientShare } from '../../platform/net/client-share.ts';
import { clientAddress } from '../http/client-address.ts';
import type { Accounts, User } from '../store/accounts.ts';
import type { SignInAttempts } from './attempts.ts';
import { MAX_PASSWORD_LENGTH, verifyPassword } from './password.ts';
import { busy, type PasswordQueue } from './password-queue.ts';

/** Why nobody was let in, and how a page says it. */
export interface Refusal {
  readonly status: number;
  readonly problem: Problem;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Whose user name and password these are: one answer for every page that asks for them, with one count of wrong ones. */
export interface Credentials {
  check: (
    exchange: { request: IncomingMessage; response: ServerResponse },
    username: string,
    password: string,
  ) => Promise<{ user: User } | { refusal: Refusal }>;
}

export function createCredentials(deps: {
  accounts: Accounts;
  attempts: SignInAttempts;
  passwords: PasswordQueue;
  isBehindProxy: boolean;
  /** Matches no password. Verified for unknown user names, so that they take as long as known ones. */
  decoyHash: string;
  log: Logger;
}): Credentials {
  const { accounts, attempts } = deps;
  const log = deps.log.child({ part: 'sign-in' });

  return {
    async check({ request, response }, username, password) {
      const wait = await attempts.begin(username);
      if (wait > 0) {
        const seconds = Math.ceil(wait / 1000);
        log.warn({ seconds }, 'sign-in throttled');
        const headers = { 'retry-after': String(seconds) };
        return { refusal: { status: 429, problem: problem('too-many-attempts', { seconds }), headers } };
      }
      const client = clientShare(clientAddress(request, deps.isBehindProxy));
      const checked = deps.passwords.run(client, async () => ({
        user: await authenticate(response, username, password),
      }));
      if (checked === null) {
        // Nothing was tried.
        await attempts.notTried(username);
        log.warn('too many sign-ins at once');
        return { refusal: busy() };
      }
      const { user } = await checked;
      if (user === undefined) {
        log.info('sign-in rejected');
        return { refusal: { status: 422, problem: problem('credentials-wrong') } };
      }
      await attempts.succeeded(username);
      return { user };
    },
  };

  async function authenticate(response: ServerResponse, username: string, password: string): Promise<User | undefined> {
    // Whoever has left while it was waiting needs no answer.
    if (response.destroyed) return undefined;
    const user = await accounts.byUsername(username);
    // Who was invited, or whose password was reset, has none.
    const hash = user === undefined || user.password === '' ? deps.decoyHash : user.password;
    const matches = password.length <= MAX_PASSWORD_LENGTH && (await verifyPassword(password, hash));
    // Hashing takes a while, in which the person may have been removed or the password reset.
    if (!matches || user === undefined) return undefined;
    return (await accounts.bySub(user.sub))?.password === hash ? user : undefined;
  }
}
