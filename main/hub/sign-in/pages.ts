import { createHash } from 'node:crypto';

/** Text that has been escaped, or was written by us: the only thing that gets into a page. */
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
--on-accent:#fff;--bad:#a4161a;--bad-page:#fdecec}
@media(prefers-color-scheme:dark){:root{--ink:#e8edf2;--quiet:#a9b5c1;--page:#10161d;--card:#1a222c;--line:#71808f;
--accent:#8ab8ff;--on-accent:#08172e;--bad:#ffb3b0;--bad-page:#3c1618}}
*{box-sizing:border-box}
body{margin:0;min-height:100vh;display:grid;place-items:center;padding:1rem;background:var(--page);color:var(--ink);
font:1rem/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"Noto Sans",sans-serif}
main{width:100%;max-width:25rem;background:var(--card);border-radius:.75rem;padding:2rem;
box-shadow:0 1px 2px rgb(0 0 0/.12),0 8px 24px rgb(0 0 0/.08)}
svg{display:block;width:2.25rem;height:2.25rem;color:var(--accent)}
h1{font-size:1.375rem;line-height:1.25;margin:1rem 0 .25rem}
p{margin:.5rem 0}
.quiet{color:var(--quiet);font-size:.9375rem}
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

/** For `style-src`: this one style sheet and no other. */
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

function alert(message: string | undefined): Html {
  return message === undefined ? NOTHING : html`<p class="bad" role="alert">${message}</p>`;
}

/** @param error said above the fields, which keep the user name */
export function signInPage(options: { username: string; error?: string; action: string }): string {
  const { username, error, action } = options;
  const focus = (wanted: boolean): Html => new Html(wanted ? ' autofocus' : '');
  return page(
    'Sign in',
    html`<p class="quiet">to use Portcullis with your organization</p>
${alert(error)}
<form method="post" action="${action}">
<label for="username">User name</label>
<input id="username" name="username" value="${username}" autocomplete="username"
  autocapitalize="none" spellcheck="false" maxlength="255" required${focus(username === '')}>
<label for="password">Password</label>
<input id="password" name="password" type="password" autocomplete="current-password" maxlength="1024" required${focus(username !== '')}>
<button name="action" value="sign-in">Sign in</button>
<button class="second" name="action" value="cancel" formnovalidate>Cancel</button>
</form>`,
  );
}

/** Somebody is signed in in this browser already; a program on this machine asks for it, which is worth one look (RFC 8252 section 8.6). */
export function continuePage(options: { name: string; where: string; action: string }): string {
  const { name, where, action } = options;
  return page(
    `Continue as ${name}?`,
    html`<p class="quiet">Portcullis on ${where} asks who you are.</p>
<form method="post" action="${action}">
<button name="action" value="continue" autofocus>Continue as ${name}</button>
<button class="second" name="action" value="switch">Use another account</button>
<button class="second" name="action" value="cancel">Cancel</button>
</form>`,
  );
}

export function deviceCodePage(options: { userCode: string; error?: string; action: string; xsrf: string }): string {
  const { userCode, error, action, xsrf } = options;
  return page(
    'Connect a device',
    html`<p class="quiet">Type the code that Portcullis shows on the other machine.</p>
${alert(error)}
<form method="post" action="${action}">
<input type="hidden" name="xsrf" value="${xsrf}">
<label for="user_code">Code</label>
<input class="code" id="user_code" name="user_code" value="${userCode}" autocomplete="off"
  autocapitalize="characters" spellcheck="false" maxlength="32" required autofocus>
<button>Next</button>
</form>`,
  );
}

export function deviceConfirmPage(options: {
  userCode: string;
  typed: string;
  from: string;
  action: string;
  xsrf: string;
}): string {
  const { userCode, typed, from, action, xsrf } = options;
  return page(
    'Is this your device?',
    html`<p>A device at ${from} shows this code:</p>
<p class="code">${userCode}</p>
<p class="quiet">Go on only if you started this yourself just now.
Whoever sent you here with a code of theirs would be signed in as you.</p>
<form method="post" action="${action}">
<input type="hidden" name="xsrf" value="${xsrf}">
<input type="hidden" name="user_code" value="${typed}">
<button name="confirm" value="yes">Yes, continue</button>
<button class="second" name="abort" value="yes">No, failure it</button>
</form>`,
  );
}

export function signOutPage(options: { action: string; xsrf: string }): string {
  const { action, xsrf } = options;
  return page(
    'Sign out here?',
    html`<p class="quiet">This browser forgets who you are. Portcullis itself stays signed in until you sign out there.</p>
<form method="post" action="${action}">
<input type="hidden" name="xsrf" value="${xsrf}">
<button name="logout" value="yes" autofocus>Sign out</button>
<button class="second">Stay signed in</button>
</form>`,
  );
}

/** A page with nothing to do on it. */
export function messagePage(title: string, message: string): string {
  return page(title, html`<p>${message}</p>`);
}
