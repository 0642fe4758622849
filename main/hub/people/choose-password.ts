import type { IncomingMessage, ServerResponse } from 'node:http';
import { detail } from '../../../shared/activity/details.ts';
import { problem } from '../../../shared/problems/catalogue.ts';
import type { Problem } from '../../../shared/problems/problem.ts';
import type { Logger } from '../../platform/log/logger.ts';
import { clientShare } from '../../platform/net/client-share.ts';
import { sendPage } from '../http/answers.ts';
import { clientAddress } from '../http/client-address.ts';
import { readBody, requireMediaType } from '../http/request-body.ts';
import { methodNotAllowed } from '../http/router.ts';
import { isFromElsewhere } from '../http/same-site.ts';
import { faultInNewAccount } from '../sign-in/new-account.ts';
import { problemPage, readerOf } from '../sign-in/pages.ts';
import { hashPassword } from '../sign-in/password.ts';
import { busy, type PasswordQueue } from '../sign-in/password-queue.ts';
import type { WrongCodes } from '../sign-in/wrong-codes.ts';
import type { Accounts, User } from '../store/accounts.ts';
import type { RecordActivity } from '../store/activity.ts';
import type { Database } from '../store/database.ts';
import { LINK_PATH, type OpenLink, type PasswordLinks } from './password-links.ts';
import { choosePasswordPage, passwordSetPage } from './password-pages.ts';

const MAX_FORM_BYTES = 16 * 1024;

interface Exchange {
  request: IncomingMessage;
  response: ServerResponse;
  client: string;
  code: string;
}

/** The page of a link that an owner has made: a person sets a password there, once. It signs nobody in, and takes no cookie. */
export function createChoosePassword(deps: {
  database: Database;
  issuer: string;
  accounts: Accounts;
  links: PasswordLinks;
  passwords: PasswordQueue;
  wrongCodes: WrongCodes;
  record: RecordActivity;
  random: (bytes: number) => Buffer;
  isBehindProxy: boolean;
  log: Logger;
}): (request: IncomingMessage, response: ServerResponse) => Promise<void> {
  const { database, issuer, accounts, links, wrongCodes } = deps;
  const log = deps.log.child({ part: 'invitation' });

  return async (request, response) => {
    if (request.method !== 'GET' && request.method !== 'HEAD' && request.method !== 'POST') {
      throw methodNotAllowed(['GET', 'POST']);
    }
    const client = clientShare(clientAddress(request, deps.isBehindProxy));
    const code = new URL(request.url ?? '/', issuer).pathname.slice(LINK_PATH.length);
    const wait = await wrongCodes.begin(client);
    if (wait > 0) {
      const minutes = Math.ceil(wait / 60_000);
      const headers = { 'retry-after': String(Math.ceil(wait / 1000)) };
      return sendPage(response, 429, problemPage(readerOf(request), problem('too-many-links', { minutes })), headers);
    }
    const open = await find(code);
    if (open === undefined) {
      log.info('a link that is not valid was opened');
      return sendPage(response, 404, problemPage(readerOf(request), problem('password-link-invalid')));
    }
    await wrongCodes.right(client);
    // A program that previews links opens it too: nothing happens before the form is sent.
    if (request.method !== 'POST') return show({ request, response, client, code }, 200, open);
    if (isFromElsewhere(request, issuer))
      return sendPage(response, 403, problemPage(readerOf(request), problem('sent-from-elsewhere')));
    await handleForm({ request, response, client, code }, open);
  };

  async function find(code: string): Promise<{ link: OpenLink; user: User } | undefined> {
    const link = await links.find(code);
    const user = link === undefined ? undefined : await accounts.bySub(link.sub);
    return link === undefined || user === undefined ? undefined : { link, user };
  }

  async function handleForm(exchange: Exchange, open: { link: OpenLink; user: User }): Promise<void> {
    const { request, response, client, code } = exchange;
    requireMediaType(request, 'application/x-www-form-urlencoded');
    const form = new URLSearchParams((await readBody(request, MAX_FORM_BYTES)).toString('utf8'));
    const password = form.get('password') ?? '';
    const { username } = open.user;
    const fault = faultInNewAccount({ username, password, repeated: form.get('repeated') ?? '' });
    if (fault !== null) return show(exchange, 422, open, fault);
    const hashing = deps.passwords.run(client, () => hashPassword(password, deps.random));
    if (hashing === null) {
      const { status, problem: found, headers } = busy();
      return show(exchange, status, open, found, headers);
    }
    const hash = await hashing;
    const { sub } = open.user;
    const isSet = await database.transaction(async () => {
      // Meanwhile the link may have been used, replaced, or made void with the person's removal.
      if ((await find(code)) === undefined) return false;
      await accounts.setPassword(sub, hash);
      await links.remove(sub);
      for (const { name } of (await accounts.describe(open.user)).organizations) {
        await deps.record(name, username, 'person.password-set', [detail('password-set', { username })]);
      }
      return true;
    });
    if (!isSet) return sendPage(response, 404, problemPage(readerOf(request), problem('password-link-invalid')));
    log.info({ sub }, 'password set');
    const { organizations } = await accounts.describe(open.user);
    const hasDashboard = organizations.some(({ access }) => access !== 'member');
    sendPage(response, 200, passwordSetPage(readerOf(request), username, hasDashboard));
  }

  function show(
    { request, response, code }: Exchange,
    status: number,
    { link, user: { username } }: { link: OpenLink; user: User },
    fault?: Problem,
    headers: Record<string, string> = {},
  ): void {
    const page = choosePasswordPage(readerOf(request), {
      link,
      username,
      action: `${LINK_PATH}${code}`,
      problem: fault,
    });
    sendPage(response, status, page, headers);
  }
}
