import type { IncomingMessage, ServerResponse } from 'node:http';
import { problem } from '../../../shared/problems/catalogue.ts';
import type { Problem } from '../../../shared/problems/problem.ts';
import { DASHBOARD_PATH } from '../../../shared/schemas/hub-schema.ts';
import { Html, html, plainPage } from '../../platform/html/plain-page.ts';
import type { Logger } from '../../platform/log/logger.ts';
import { clientShare } from '../../platform/net/client-share.ts';
import { sendPage } from '../http/answers.ts';
import { clientAddress } from '../http/client-address.ts';
import { readBody, requireMediaType } from '../http/request-body.ts';
import { methodNotAllowed } from '../http/router.ts';
import { faultInNewAccount, MIN_PASSWORD_LENGTH, normalizedUserName } from '../sign-in/new-account.ts';
import { alert, type Reader, readerOf } from '../sign-in/pages.ts';
import { hashPassword } from '../sign-in/password.ts';
import { busy, type PasswordQueue } from '../sign-in/password-queue.ts';
import type { WrongCodes } from '../sign-in/wrong-codes.ts';
import { FIRST_OWNER_PATH, type FirstOwner } from './first-owner.ts';

const MAX_FORM_BYTES = 16 * 1024;

/**
 * `/first-owner`, where the first owner enters the code and chooses a user name and a password. Nothing but the code lets anyone in, so the
 * form needs no cookie: a page elsewhere that makes a browser post here does not know it.
 */
export function createFirstOwnerPage(deps: {
  firstOwner: FirstOwner;
  wrongCodes: WrongCodes;
  passwords: PasswordQueue;
  isBehindProxy: boolean;
  random: (bytes: number) => Buffer;
  log: Logger;
}): (request: IncomingMessage, response: ServerResponse) => Promise<void> {
  const { firstOwner, wrongCodes, passwords, random } = deps;
  const log = deps.log.child({ part: 'first-owner' });

  return async (request, response) => {
    const show = (status: number, entered: Entered, found?: Problem, headers: Record<string, string> = {}): void =>
      sendPage(response, status, page(readerOf(request), entered, found), headers);
    if (request.method === 'GET' || request.method === 'HEAD') return show(200, { code: '', username: '' });
    if (request.method !== 'POST') throw methodNotAllowed(['GET', 'POST']);
    requireMediaType(request, 'application/x-www-form-urlencoded');
    const form = new URLSearchParams((await readBody(request, MAX_FORM_BYTES)).toString('utf8'));
    const code = form.get('code') ?? '';
    const username = normalizedUserName(form.get('username') ?? '');
    const entered = { code, username };

    const client = clientShare(clientAddress(request, deps.isBehindProxy));
    const wait = await wrongCodes.begin(client);
    if (wait > 0) {
      const seconds = Math.ceil(wait / 1000);
      return show(429, entered, problem('too-many-codes', { seconds }), { 'retry-after': String(seconds) });
    }
    if ((await firstOwner.organizationOf(code)) === null) {
      log.warn('wrong code for the first owner');
      return show(422, entered, problem('first-owner-code-wrong'));
    }
    await wrongCodes.right(client);
    const password = form.get('password') ?? '';
    const fault = faultInNewAccount({ username, password, repeated: form.get('repeated') ?? '' });
    if (fault !== null) return show(422, entered, fault);
    const hashed = passwords.run(client, () => hashPassword(password, random));
    if (hashed === null) {
      const { status, problem: found, headers } = busy();
      return show(status, entered, found, headers);
    }
    const refused = await firstOwner.create(code, { username, passwordHash: await hashed });
    if (refused !== null) return show(422, entered, refused);
    log.info('first owner created');
    sendPage(response, 201, ownerPage(readerOf(request), username));
  };
}

interface Entered {
  readonly code: string;
  readonly username: string;
}

function ownerPage({ language, texts }: Reader, username: string): string {
  return plainPage(
    texts.firstOwner.doneTitle,
    html`<p>${texts.firstOwner.nowSignIn(username)}</p>
<a class="button" href="${DASHBOARD_PATH}">${texts.openDashboard}</a>`,
    language,
  );
}

function page(reader: Reader, { code, username }: Entered, found: Problem | undefined): string {
  const { firstOwner, password, signIn } = reader.texts;
  const focus = (wanted: boolean): Html => new Html(wanted ? ' autofocus' : '');
  return plainPage(
    firstOwner.title,
    html`<p class="quiet">${firstOwner.intro}</p>
${alert(reader, found)}
<form method="post" action="${FIRST_OWNER_PATH}">
<label for="code">${firstOwner.code}</label>
<input id="code" name="code" value="${code}" autocomplete="off" autocapitalize="none" spellcheck="false" maxlength="64" required${focus(code === '')}>
<label for="username">${signIn.username}</label>
<input id="username" name="username" value="${username}" autocomplete="username"
  autocapitalize="none" spellcheck="false" maxlength="63" required${focus(code !== '' && username === '')}>
<label for="password">${password.label}</label>
<input id="password" name="password" type="password" autocomplete="new-password" maxlength="1024" required
  aria-describedby="rule"${focus(code !== '' && username !== '')}>
<p class="small" id="rule">${password.rules(MIN_PASSWORD_LENGTH)}</p>
<label for="repeated">${password.again}</label>
<input id="repeated" name="repeated" type="password" autocomplete="new-password" maxlength="1024" required>
<button>${firstOwner.submit}</button>
</form>`,
    reader.language,
  );
}
