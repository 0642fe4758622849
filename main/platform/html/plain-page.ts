import { createHash } from 'node:crypto';

/** Markup that is escaped or a constant of ours: the only thing that gets into a page. */
export class Html {
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

/** The panel's look (`renderer/ui/styles/tokens.css`), for pages that load nothing, not even a font. */
const STYLE = `
:root{color-scheme:light dark;--ink:#14181d;--quiet:#535b66;--page:#f5f6f8;--card:#fff;--line:#e0e3e8;--line-strong:#8a929c;
--button:#1c2127;--button-ink:#fff;--focus:#2160c4;--red:#b4231a;--red-soft:#fde8e6;--amber:#8f5200;--amber-soft:#fdf1dd}
@media(prefers-color-scheme:dark){:root{--ink:#eceef1;--quiet:#a4acb7;--page:#0f1114;--card:#17191d;--line:#2b2f36;
--line-strong:#6b737e;--button:#e8eaee;--button-ink:#14181d;--focus:#7fb0ff;--red:#ff8a80;--red-soft:#3a1714;--amber:#f0b45b;
--amber-soft:#2e2210}}
*{box-sizing:border-box}
body{margin:0;min-height:100vh;display:grid;place-items:center;padding:1rem;background:var(--page);color:var(--ink);
font:0.9375rem/1.5 "Inter",system-ui,-apple-system,"Segoe UI",Roboto,"Noto Sans",sans-serif;-webkit-font-smoothing:antialiased;
overflow-wrap:anywhere}
main{width:100%;max-width:26rem;padding:2rem;border:1px solid var(--line);border-radius:.625rem;background:var(--card)}
.brand{display:flex;align-items:center;gap:.5rem;margin:0;font-weight:650}
.brand svg{display:block;width:1.25rem;height:1.25rem}
h1{margin:1.25rem 0 .5rem;font-size:1.375rem;font-weight:650;line-height:1.2;letter-spacing:-.015em;text-wrap:balance}
p{margin:.5rem 0}
.quiet{color:var(--quiet)}
.small{color:var(--quiet);font-size:.8125rem}
.small a{color:inherit}
.warn,.bad{margin:1rem 0;padding:.75rem;border-radius:.375rem}
.warn{background:var(--amber-soft)}
.bad{background:var(--red-soft);color:var(--red)}
label{display:block;margin:1rem 0 .25rem;font-weight:550}
input{width:100%;min-height:2.5rem;padding:.375rem .75rem;border:1px solid var(--line-strong);border-radius:.375rem;
background:transparent;color:inherit;font:inherit}
.tick{display:flex;gap:.5rem;align-items:flex-start;font-weight:400}
.tick input{flex:none;width:1rem;min-height:1rem;margin:.25rem 0 0}
.code{font:600 1.5rem/1.5 ui-monospace,Menlo,Consolas,"DejaVu Sans Mono",monospace;letter-spacing:.06em;text-align:center}
button,.button{display:block;width:100%;min-height:2.5rem;margin-top:1rem;padding:.5rem;border:1px solid var(--button);
border-radius:.375rem;background:var(--button);color:var(--button-ink);font:inherit;font-weight:600;text-align:center;
text-decoration:none;cursor:pointer}
button.second,.button.second{margin-top:.5rem;border-color:var(--line-strong);background:transparent;color:inherit}
:focus-visible{outline:2px solid var(--focus);outline-offset:2px}
`;

/** For `style-src`: allows this style sheet and no other. */
export const STYLE_SOURCE = `'sha256-${createHash('sha256').update(STYLE).digest('base64')}'`;

const MARK = new Html(
  '<svg viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-width="2" stroke-linecap="round" aria-hidden="true">' +
    '<path d="M3 21V10a9 9 0 0 1 18 0v11M3 12h18M3 17h18M8 4.5V21M12 3v18M16 4.5V21"/></svg>',
);

/** One card with a heading. Without scripts: a page that asks for a password, or has just got a code, runs nothing. @param language BCP 47 */
export function plainPage(title: string, body: Html, language = 'en'): string {
  return html`<!doctype html>
<html lang="${language}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title} – Portcullis</title>
<style>${new Html(STYLE)}</style>
</head>
<body>
<main>
<p class="brand">${MARK} Portcullis</p>
<h1>${title}</h1>
${body}
</main>
</body>
</html>
`.text;
}
