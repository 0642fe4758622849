import type { IncomingMessage, ServerResponse } from 'node:http';
import { detail } from '../../../shared/activity/details.ts';
import { problem } from '../../../shared/problems/catalogue.ts';
import { CHANGE_PASSWORD_PATH } from '../../../shared/schemas/hub-schema.ts';
import type { Logger } from '../../platform/log/logger.ts';
import { clientShare } from '../../platform/net/client-share.ts';
import { sendPage } from '../http/answers.ts';
import { clientAddress } from '../http/client-address.ts';
import { readBody, requireMediaType } from '../http/request-body.ts';
import { methodNotAllowed } from '../http/router.ts';
import { isFromElsewhere } from '../http/same-site.ts';
import type { Credentials, Refusal } from '../sign-in/credentials.ts';
import { faultInNewAccount, normalizedUserName } from '../sign-in/new-account.ts';
import { problemPage, readerOf } from '../sign-in/pages.ts';
import { hashPassword } from '../sign-in/password.ts';
import { busy, type PasswordQueue } from '../sign-in/password-queue.ts';
import type { Accounts, User } from '../store/accounts.ts';
import type { RecordActivity } from '../store/activity.ts';
import type { Database } from '../store/database.ts';
import { changePasswordPage, passwordChangedPage } from './password-pages.ts';

/** Where password managers look for such a page (W3C, A Well-Known URL for Changing Passwords). */
export const WELL_KNOWN_CHANGE_PASSWORD = '/.well-known/change-password';

const MAX_FORM_BYTES = 16 * 1024;

/**
 * The page on which people change their own password. It asks for the present one, so that nothing else, no cookie and no token, is enough;
 * and it signs nobody in.
 */
export function createChangePassword(deps: {
  database: Database;
  issuer: string;
  accounts: Accounts;
  credentials: Credentials;
  passwords: PasswordQueue;
  /** Ends every sign-in of an account. */
  endSignIns: (sub: string) => Promise<void>;
  /** Who a person is or may be has changed, and open streams are to find out. */
  accessChanged: (sub: string) => Promise<void>;
  record: RecordActivity;
  random: (bytes: number) => Buffer;
  isBehindProxy: boolean;
  log: Logger;
}): (request: IncomingMessage, response: ServerResponse) => Promise<void> {
  const { database, issuer, accounts } = deps;
  const log = deps.log.child({ part: 'change-password' });

  return async (request, response) => {
    const reader = readerOf(request);
    if (new URL(request.url ?? '/', issuer).pathname === WELL_KNOWN_CHANGE_PASSWORD) {
      if (request.method !== 'GET' && request.method !== 'HEAD') throw methodNotAllowed(['GET']);
      response.writeHead(302, { location: CHANGE_PASSWORD_PATH }).end();
      return;
    }
    if (request.method === 'GET' || request.method === 'HEAD') {
      return sendPage(response, 200, changePasswordPage(reader, { username: '', signOut: false }));
    }
    if (request.method !== 'POST') throw methodNotAllowed(['GET', 'POST']);
    if (isFromElsewhere(request, issuer)) {
      return sendPage(response, 403, problemPage(reader, problem('sent-from-elsewhere')));
    }
    requireMediaType(request, 'application/x-www-form-urlencoded');
    const form = new URLSearchParams((await readBody(request, MAX_FORM_BYTES)).toString('utf8'));
    const username = form.get('username') ?? '';
    const signOut = form.get('sign-out') === 'yes';
    const done = await change({ request, response }, form, signOut);
    if ('user' in done) {
      return sendPage(response, 200, passwordChangedPage(reader, await hasDashboard(done.user), signOut));
    }
    const { status, problem: found, headers } = done.refusal;
    sendPage(response, status, changePasswordPage(reader, { username, signOut, problem: found }), headers);
  };

  async function change(
    exchange: { request: IncomingMessage; response: ServerResponse },
    form: URLSearchParams,
    signOut: boolean,
  ): Promise<{ user: User } | { refusal: Refusal }> {
    const present = form.get('present') ?? '';
    const password = form.get('password') ?? '';
    const username = normalizedUserName(form.get('username') ?? '');
    // Of the new password first, which says nothing of the account, so that nobody who mistypes it runs out of attempts.
    const fault =
      faultInNewAccount({ username, password, repeated: form.get('repeated') ?? '' }) ??
      (password === present ? problem('password-unchanged') : null);
    if (fault !== null) return { refusal: { status: 422, problem: fault } };
    const checked = await deps.credentials.check(exchange, username, present);
    if ('refusal' in checked) return checked;
    const { user } = checked;
    const client = clientShare(clientAddress(exchange.request, deps.isBehindProxy));
    const hashing = deps.passwords.run(client, () => hashPassword(password, deps.random));
    if (hashing === null) return { refusal: busy() };
    const hash = await hashing;
    const isChanged = await database.transaction(async () => {
      // Meanwhile the person may have been removed, or the password reset.
      if ((await accounts.bySub(user.sub))?.password !== user.password) return false;
      await accounts.setPassword(user.sub, hash);
      if (signOut) await deps.endSignIns(user.sub);
      for (const { name } of (await accounts.describe(user)).organizations) {
        await deps.record(name, user.username, 'person.password-set', [
          detail('password-changed', { username: user.username }),
        ]);
      }
      if (signOut) await deps.accessChanged(user.sub);
      return true;
    });
    if (!isChanged) return { refusal: { status: 422, problem: problem('credentials-wrong') } };
    log.info({ sub: user.sub, signOut }, 'password changed');
    return { user };
  }

  async function hasDashboard(user: User): Promise<boolean> {
    return (await accounts.describe(user)).organizations.some(({ access }) => access !== 'member');
  }
}
