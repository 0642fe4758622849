import type { Problem } from '../../../shared/problems/problem.ts';
import { Html, html, plainPage } from '../../platform/html/plain-page.ts';

const NOTHING = new Html('');

export function alert(problem: Problem | undefined): Html {
  return problem === undefined ? NOTHING : html`<p class="bad" role="alert">${sentences(problem)}</p>`;
}

function sentences({ message, next }: Problem): string {
  return next === undefined ? message : `${message} ${next}`;
}

/** What asks for the sign-in: Portcullis here or, with a device code, on another device than this browser, or the dashboard in this browser. */
export type SigningIn = 'this computer' | 'another device' | 'the dashboard';

/** @param problem shown above the fields; the user name is kept */
export function signInPage(options: {
  username: string;
  signingIn: SigningIn;
  problem?: Problem;
  action: string;
}): string {
  const { username, signingIn, problem, action } = options;
  const autofocus = (wanted: boolean): Html => (wanted ? new Html(' autofocus') : NOTHING);
  return plainPage(
    'Sign in to Portcullis',
    html`<p class="quiet">${whoGetsSignedIn(signingIn)}</p>
${alert(problem)}
<form method="post" action="${action}">
<label for="username">User name</label>
<input id="username" name="username" value="${username}" autocomplete="username"
  autocapitalize="none" spellcheck="false" maxlength="255" required${autofocus(username === '')}>
<label for="password">Password</label>
<input id="password" name="password" type="password" autocomplete="current-password" maxlength="1024" required${autofocus(username !== '')}>
<button name="action" value="sign-in">Sign in</button>
<button class="second" name="action" value="cancel" formnovalidate>Cancel</button>
</form>`,
  );
}

/** For a browser that is signed in already. Any program can start a sign-in, so the user is asked (RFC 8252 section 8.6). */
export function continuePage(options: { name: string; signingIn: SigningIn; action: string }): string {
  const { name, signingIn, action } = options;
  return plainPage(
    `Continue as ${name}?`,
    html`<p class="quiet">${whoGetsSignedIn(signingIn)}</p>
<form method="post" action="${action}">
<button name="action" value="continue" autofocus>Continue as ${name}</button>
<button class="second" name="action" value="switch">Use another account</button>
<button class="second" name="action" value="cancel">Cancel</button>
</form>`,
  );
}

function whoGetsSignedIn(signingIn: SigningIn): string {
  switch (signingIn) {
    case 'this computer':
      return 'This signs in Portcullis on this computer.';
    case 'another device':
      return 'This signs in Portcullis on the device that shows your code.';
    case 'the dashboard':
      return 'This signs you in to the dashboard in this browser.';
  }
}

export function deviceCodePage(options: { userCode: string; problem?: Problem; action: string; xsrf: string }): string {
  const { userCode, problem, action, xsrf } = options;
  return plainPage(
    'Connect a device',
    html`<p>Enter the code that Portcullis shows on your other device.</p>
<p class="warn">Never enter a code someone else sent you.</p>
${alert(problem)}
<form method="post" action="${action}">
<input type="hidden" name="xsrf" value="${xsrf}">
<label for="user_code">Code</label>
<input class="code" id="user_code" name="user_code" value="${userCode}" autocomplete="off"
  autocapitalize="characters" spellcheck="false" maxlength="32" required autofocus>
<button>Continue</button>
</form>`,
  );
}

/** @param from the address of the device that asked for the code; undefined where it is not known */
export function deviceConfirmPage(options: {
  userCode: string;
  typed: string;
  from: string | undefined;
  action: string;
  xsrf: string;
}): string {
  const { userCode, typed, from, action, xsrf } = options;
  const intro = from === undefined ? 'A device is showing this code:' : `A device at ${from} is showing this code:`;
  return plainPage(
    'Is this your device?',
    html`<p>${intro}</p>
<p class="code">${userCode}</p>
<p class="warn">Continue only if you just started this.
If someone sent you this code, they would be signed in as you.</p>
<form method="post" action="${action}">
<input type="hidden" name="xsrf" value="${xsrf}">
<input type="hidden" name="user_code" value="${typed}">
<button name="confirm" value="yes">Continue</button>
<button class="second" name="abort" value="yes">No, cancel</button>
</form>`,
  );
}

export function signOutPage(options: { action: string; xsrf: string }): string {
  const { action, xsrf } = options;
  return plainPage(
    'Sign out in this browser?',
    html`<p class="quiet">Portcullis itself stays signed in. To sign it out, use Sign out in Portcullis.</p>
<form method="post" action="${action}">
<input type="hidden" name="xsrf" value="${xsrf}">
<button name="logout" value="yes" autofocus>Sign out</button>
<button class="second">Stay signed in</button>
</form>`,
  );
}

/** A page without a form. */
export function messagePage(title: string, message: string, more = NOTHING): string {
  return plainPage(title, html`<p>${message}</p>${more}`);
}

/** A page that ends a sign-in. Code and cause are in small print, for support. */
export function problemPage({ code, message, cause, next }: Problem): string {
  return plainPage(
    message.replace(/\.$/, ''),
    html`<p>${next ?? ''}</p>
<p class="small">${cause === undefined ? code : `${code}: ${cause}`}</p>`,
  );
}
