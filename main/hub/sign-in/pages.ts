import { createHash } from 'node:crypto';
import type { Problem } from '../../../shared/problems/problem.ts';

/** Markup that is escaped or is a constant of this file: the only thing that gets into a page. */
class Html {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
}

/** Every value is escaped unless it is `Html` already. */
export function html(parts: TemplateStringsArray, ...values: (string | Html)[]): Html {
  const escaped = values.map((value) => (typeof value === 'string' ? escapeHtml(value) : value.text));
  return new Html(parts.map((part, index) => part + (escaped[index] ?? '')).join(''));
}

function escapeHtml(value: string): string {
  return value.replaceAll(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}

const STYLE = `
:root{color-scheme:light dark;--ink:#16202b;--quiet:#52606f;--page:#eef1f4;--card:#fff;--line:#8593a3;--accent:#0b57c9;
--on-accent:#fff;--bad:#a4161a;--bad-page:#fdecec;--warn:#b45309}
@media(prefers-color-scheme:dark){:root{--ink:#e8edf2;--quiet:#a9b5c1;--page:#10161d;--card:#1a222c;--line:#71808f;
--accent:#8ab8ff;--on-accent:#08172e;--bad:#ffb3b0;--bad-page:#3c1618;--warn:#f0b429}}
*{box-sizing:border-box}
body{margin:0;min-height:100vh;display:grid;place-items:center;padding:1rem;background:var(--page);color:var(--ink);
font:1rem/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"Noto Sans",sans-serif}
main{width:100%;max-width:25rem;background:var(--card);border-radius:.75rem;padding:2rem;
box-shadow:0 1px 2px rgb(0 0 0/.12),0 8px 24px rgb(0 0 0/.08)}
svg{display:block;width:2.25rem;height:2.25rem;color:var(--accent)}
h1{font-size:1.375rem;line-height:1.25;margin:1rem 0 .25rem}
p{margin:.5rem 0}
.quiet{color:var(--quiet);font-size:.9375rem}
.small{color:var(--quiet);font-size:.8125rem;overflow-wrap:anywhere}
.warn{border-left:4px solid var(--warn);padding-left:.75rem;margin:1rem 0}
.bad{background:var(--bad-page);color:var(--bad);border-radius:.5rem;padding:.625rem .75rem;margin:1rem 0}
label{display:block;font-weight:600;margin:1rem 0 .25rem}
input{width:100%;font:inherit;color:inherit;background:transparent;border:1px solid var(--line);border-radius:.5rem;
padding:.5rem .75rem;min-height:2.75rem}
.code{font-size:1.5rem;letter-spacing:.12em;font-family:ui-monospace,Menlo,Consolas,monospace;text-align:center}
button{width:100%;min-height:2.75rem;margin-top:1rem;border-radius:.5rem;border:1px solid var(--accent);cursor:pointer;
font:inherit;font-weight:600;background:var(--accent);color:var(--on-accent)}
button.second{background:transparent;color:inherit;border-color:var(--line);margin-top:.5rem}
:focus-visible{outline:3px solid var(--accent);outline-offset:2px}
`;

/** For `style-src`: allows this style sheet and no other. */
export const STYLE_SOURCE = `'sha256-${createHash('sha256').update(STYLE).digest('base64')}'`;

const MARK = new Html(
  '<svg viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-width="2" stroke-linecap="round" aria-hidden="true">' +
    '<path d="M3 21V10a9 9 0 0 1 18 0v11M3 12h18M3 17h18M8 4.5V21M12 3v18M16 4.5V21"/></svg>',
);

/** Server-rendered, without scripts: a page that asks for a password runs nothing. */
export function page(title: string, body: Html): string {
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title} – Portcullis</title>
<style>${new Html(STYLE)}</style>
</head>
<body>
<main>
${MARK}
<h1>${title}</h1>
${body}
</main>
</body>
</html>
`.text;
}

const NOTHING = new Html('');

function alert(problem: Problem | undefined): Html {
  return problem === undefined ? NOTHING : html`<p class="bad" role="alert">${sentences(problem)}</p>`;
}

function sentences({ message, next }: Problem): string {
  return next === undefined ? message : `${message} ${next}`;
}

/** Where Portcullis is that asks for the sign-in: with a device code, on another device than this browser. */
export type SigningIn = 'this computer' | 'another device';

/** @param problem shown above the fields; the user name is kept */
export function signInPage(options: {
  username: string;
  signingIn: SigningIn;
  problem?: Problem;
  action: string;
}): string {
  const { username, signingIn, problem, action } = options;
  const autofocus = (wanted: boolean): Html => (wanted ? new Html(' autofocus') : NOTHING);
  return page(
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
  return page(
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
  }
}

export function deviceCodePage(options: { userCode: string; problem?: Problem; action: string; xsrf: string }): string {
  const { userCode, problem, action, xsrf } = options;
  return page(
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
  return page(
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
  return page(
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
export function messagePage(title: string, message: string): string {
  return page(title, html`<p>${message}</p>`);
}

/** A page that ends a sign-in. Code and cause are in small print, for support. */
export function problemPage({ code, message, cause, next }: Problem): string {
  return page(
    message.replace(/\.$/, ''),
    html`<p>${next ?? ''}</p>
<p class="small">${cause === undefined ? code : `${code}: ${cause}`}</p>`,
  );
}
