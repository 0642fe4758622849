import type { Problem } from '../../../shared/problems/problem.ts';
import { html, plainPage } from '../../platform/html/plain-page.ts';
import { MIN_PASSWORD_LENGTH } from '../sign-in/new-account.ts';
import { alert, type Reader, withBold } from '../sign-in/pages.ts';

import type { OpenLink } from './password-links.ts';

interface Shown {
  link: OpenLink;
  username: string;
  action: string;
  problem?: Problem | undefined;
}

/** The rules come before the fields, and the user name is there for password managers. */
export function choosePasswordPage(
  reader: Reader,
  { link: { purpose, org }, username, action, problem }: Shown,
): string {
  const { password } = reader.texts;
  const isInvitation = purpose === 'invitation';
  return plainPage(
    isInvitation ? password.welcome : password.chooseNew,
    html`<p>${withBold(isInvitation ? password.invited(org, username) : password.wasReset(username))}</p>
<p class="quiet" id="rules">${password.rules(MIN_PASSWORD_LENGTH)}</p>
${alert(reader, problem)}
<form method="post" action="${action}">
<input type="text" name="username" value="${username}" autocomplete="username" readonly hidden>
<label for="password">${password.label}</label>
<input id="password" name="password" type="password" autocomplete="new-password" minlength="${String(MIN_PASSWORD_LENGTH)}"
  maxlength="1024" aria-describedby="rules" required autofocus>
<label for="repeated">${password.again}</label>
<input id="repeated" name="repeated" type="password" autocomplete="new-password" maxlength="1024" required>
<button>${password.submit}</button>
</form>`,
    reader.language,
  );
}

/** @param hasDashboard whether the person may see the dashboard */
export function passwordSetPage({ language, texts }: Reader, username: string, hasDashboard: boolean): string {
  return plainPage(
    texts.password.setTitle,
    html`<p>${withBold(texts.password.nowSignIn(username))}</p>
${hasDashboard ? html`<p><a class="button" href="/dashboard/">${texts.openDashboard}</a></p>` : ''}`,
    language,
  );
}
