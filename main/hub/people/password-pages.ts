import type { Problem } from '../../../shared/problems/problem.ts';
import { CHANGE_PASSWORD_PATH } from '../../../shared/schemas/hub-schema.ts';
import { type Html, html, plainPage } from '../../platform/html/plain-page.ts';
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
${newPassword(password.label, password.again, html` autofocus`)}
<button>${password.submit}</button>
</form>`,
    reader.language,
  );
}

/** @param signOut whether the box is ticked */
export function changePasswordPage(
  reader: Reader,
  { username, signOut, problem }: { username: string; signOut: boolean; problem?: Problem | undefined },
): string {
  const { password, changePassword, signIn } = reader.texts;
  const focus = (wanted: boolean): Html => (wanted ? html` autofocus` : html``);
  return plainPage(
    changePassword.title,
    html`<p class="quiet" id="rules">${password.rules(MIN_PASSWORD_LENGTH)}</p>
${alert(reader, problem)}
<form method="post" action="${CHANGE_PASSWORD_PATH}">
<label for="username">${signIn.username}</label>
<input id="username" name="username" value="${username}" autocomplete="username"
  autocapitalize="none" spellcheck="false" maxlength="255" required${focus(username === '')}>
<label for="present">${changePassword.present}</label>
<input id="present" name="present" type="password" autocomplete="current-password" maxlength="1024" required${focus(username !== '')}>
${newPassword(changePassword.label, changePassword.again)}
<label class="tick"><input type="checkbox" name="sign-out" value="yes"${signOut ? html` checked` : html``}> ${changePassword.signOut}</label>
<button>${changePassword.submit}</button>
</form>
<p class="small">${changePassword.forgotten}</p>`,
    reader.language,
  );
}

/** The same field names everywhere, with the rules described before. */
function newPassword(label: string, again: string, attributes = html``): Html {
  return html`<label for="password">${label}</label>
<input id="password" name="password" type="password" autocomplete="new-password" minlength="${String(MIN_PASSWORD_LENGTH)}"
  maxlength="1024" aria-describedby="rules" required${attributes}>
<label for="repeated">${again}</label>
<input id="repeated" name="repeated" type="password" autocomplete="new-password" maxlength="1024" required>`;
}

/**
 * @param hasDashboard whether the person may see the dashboard
 * @param signedOut whether they have to sign in again
 */
export function passwordChangedPage({ language, texts }: Reader, hasDashboard: boolean, signedOut: boolean): string {
  const { doneTitle, stillSignedIn, signInAgain } = texts.changePassword;
  return plainPage(
    doneTitle,
    html`<p>${signedOut ? signInAgain : stillSignedIn}</p>
${hasDashboard ? html`<p><a class="button" href="/dashboard/">${texts.openDashboard}</a></p>` : ''}`,
    language,
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
