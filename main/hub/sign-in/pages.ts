import type { IncomingMessage } from 'node:http';
import { languageFor } from '../../../shared/messages/accept-language.ts';
import { browserPageTexts } from '../../../shared/messages/browser-pages.ts';
import type { BrowserPageMessages } from '../../../shared/messages/en/browser-pages.ts';
import type { SpokenLanguage } from '../../../shared/messages/languages.ts';
import { problemIn } from '../../../shared/problems/catalogue.ts';
import type { Problem } from '../../../shared/problems/problem.ts';
import { CHANGE_PASSWORD_PATH } from '../../../shared/schemas/hub-schema.ts';
import { Html, html, plainPage } from '../../platform/html/plain-page.ts';

const NOTHING = new Html('');

/** The language of whoever reads a page, and the hub's words in it. */
export interface Reader {
  readonly language: SpokenLanguage;
  readonly texts: BrowserPageMessages;
}

/** By what the browser says that its user reads. */
export function readerOf({ headers }: Pick<IncomingMessage, 'headers'>): Reader {
  const language = languageFor(headers['accept-language']);
  return { language, texts: browserPageTexts[language] };
}

export function alert({ language }: Reader, problem: Problem | undefined): Html {
  if (problem === undefined) return NOTHING;
  const { message, next } = problemIn(language, problem);
  return html`<p class="bad" role="alert">${next === undefined ? message : `${message} ${next}`}</p>`;
}

/** A text whose parts between `**` are set in bold. */
export function withBold(text: string): Html {
  const parts = text
    .split('**')
    .map((part, index) => (index % 2 === 0 ? html`${part}` : html`<strong>${part}</strong>`));
  return new Html(parts.map((part) => part.text).join(''));
}

/** What asks for the sign-in: Portcullis here or, with a device code, on another device than this browser, or the dashboard in this browser. */
export type SigningIn = keyof BrowserPageMessages['signIn']['of'];

/**
 * @param problem shown above the fields; the user name is kept
 * @param provider leads to the external provider, where there is one
 */
export function signInPage(
  reader: Reader,
  options: { username: string; signingIn: SigningIn; problem?: Problem; action: string; provider?: string | undefined },
): string {
  const { username, signingIn, problem, action, provider } = options;
  const { signIn } = reader.texts;
  const autofocus = (wanted: boolean): Html => (wanted ? new Html(' autofocus') : NOTHING);
  return plainPage(
    signIn.title,
    html`<p class="quiet">${signIn.of[signingIn]}</p>
${alert(reader, problem)}
${provider === undefined ? NOTHING : html`<a class="button" href="${provider}">${signIn.atProvider}</a>`}
<form method="post" action="${action}">
<label for="username">${signIn.username}</label>
<input id="username" name="username" value="${username}" autocomplete="username"
  autocapitalize="none" spellcheck="false" maxlength="255" required${autofocus(username === '')}>
<label for="password">${signIn.password}</label>
<input id="password" name="password" type="password" autocomplete="current-password" maxlength="1024" required${autofocus(username !== '')}>
<button name="action" value="sign-in">${signIn.submit}</button>
<button class="second" name="action" value="cancel" formnovalidate>${signIn.cancel}</button>
</form>
<p class="small"><a href="${CHANGE_PASSWORD_PATH}" target="_blank" rel="noopener">${signIn.changePassword}</a></p>`,
    reader.language,
  );
}

/** For a browser that is signed in already. Any program can start a sign-in, so the user is asked (RFC 8252 section 8.6). */
export function continuePage(
  { language, texts: { signIn } }: Reader,
  {
    name,
    signingIn,
    action,
    provider,
  }: { name: string; signingIn: SigningIn; action: string; provider?: string | undefined },
): string {
  return plainPage(
    signIn.continueTitle(name),
    html`<p class="quiet">${signIn.of[signingIn]}</p>
<form method="post" action="${action}">
<button name="action" value="continue" autofocus>${signIn.continueAs(name)}</button>
${
  // A link: a form must not lead to another origin (CSP `form-action`).
  provider === undefined
    ? html`<button class="second" name="action" value="switch">${signIn.another}</button>`
    : html`<a class="button second" href="${provider}">${signIn.another}</a>`
}
<button class="second" name="action" value="cancel">${signIn.cancel}</button>
</form>`,
    language,
  );
}

export function deviceCodePage(
  reader: Reader,
  { userCode, problem, action, xsrf }: { userCode: string; problem?: Problem; action: string; xsrf: string },
): string {
  const { device } = reader.texts;
  return plainPage(
    device.title,
    html`<p>${device.enter}</p>
<p class="warn">${device.never}</p>
${alert(reader, problem)}
<form method="post" action="${action}">
<input type="hidden" name="xsrf" value="${xsrf}">
<label for="user_code">${device.code}</label>
<input class="code" id="user_code" name="user_code" value="${userCode}" autocomplete="off"
  autocapitalize="characters" spellcheck="false" maxlength="32" required autofocus>
<button>${device.next}</button>
</form>`,
    reader.language,
  );
}

/** @param from the address of the device that asked for the code; undefined where it is not known */
export function deviceConfirmPage(
  { language, texts: { device } }: Reader,
  options: { userCode: string; typed: string; from: string | undefined; action: string; xsrf: string },
): string {
  const { userCode, typed, from, action, xsrf } = options;
  return plainPage(
    device.confirmTitle,
    html`<p>${from === undefined ? device.shows : device.showsAt(from)}</p>
<p class="code">${userCode}</p>
<p class="warn">${device.warning}</p>
<form method="post" action="${action}">
<input type="hidden" name="xsrf" value="${xsrf}">
<input type="hidden" name="user_code" value="${typed}">
<button name="confirm" value="yes">${device.next}</button>
<button class="second" name="abort" value="yes">${device.stop}</button>
</form>`,
    language,
  );
}

export function signOutPage(
  { language, texts: { signOut } }: Reader,
  { action, xsrf }: { action: string; xsrf: string },
): string {
  return plainPage(
    signOut.title,
    html`<p class="quiet">${signOut.scope}</p>
<form method="post" action="${action}">
<input type="hidden" name="xsrf" value="${xsrf}">
<button name="logout" value="yes" autofocus>${signOut.submit}</button>
<button class="second">${signOut.stay}</button>
</form>`,
    language,
  );
}

/** A page without a form. */
export function messagePage(
  { language }: Reader,
  { title, text }: { title: string; text: string },
  more = NOTHING,
): string {
  return plainPage(title, html`<p>${text}</p>${more}`, language);
}

/** A page that ends a sign-in. Code and cause are in small print, for support. */
export function problemPage({ language }: Reader, problem: Problem): string {
  const { code, message, cause, next } = problemIn(language, problem);
  return plainPage(
    message.replace(/\.$/, ''),
    html`<p>${next ?? ''}</p>
<p class="small">${cause === undefined ? code : `${code}: ${cause}`}</p>`,
    language,
  );
}
