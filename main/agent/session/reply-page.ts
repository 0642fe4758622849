import { createHash } from 'node:crypto';
import type { Problem } from '../../../shared/problems/problem.ts';
import type { Account } from './account.ts';

/** The last page of a sign-in, which the browser shows once Portcullis has the reply. */
export interface ReplyPage {
  status: number;
  title: string;
  paragraphs: string[];
  /** In small print, for support: code and cause. */
  details?: string;
}

/** The look of the hub's sign-in pages, in the colours of the panel. */
const STYLE = `:root{color-scheme:light dark;--ink:#14181d;--quiet:#535b66;--page:#f5f6f8;--card:#fff;--line:#e0e3e8}
@media(prefers-color-scheme:dark){:root{--ink:#eceef1;--quiet:#a4acb7;--page:#0f1114;--card:#17191d;--line:#2b2f36}}
*{box-sizing:border-box}
body{margin:0;min-height:100vh;display:grid;place-items:center;padding:1rem;background:var(--page);color:var(--ink);
font:1rem/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"Noto Sans",sans-serif}
main{width:100%;max-width:28rem;padding:2rem;border:1px solid var(--line);border-radius:.625rem;background:var(--card)}
svg{display:block;width:2.25rem;height:2.25rem}
h1{font-size:1.375rem;line-height:1.25;margin:1rem 0 .5rem}
p{margin:0 0 .5rem;overflow-wrap:anywhere}
p.fine{color:var(--quiet);font-size:.9375rem}
p:last-child{margin:1rem 0 0}`;

const MARK =
  '<svg viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-width="2" stroke-linecap="round" aria-hidden="true">' +
  '<path d="M3 21V10a9 9 0 0 1 18 0v11M3 12h18M3 17h18M8 4.5V21M12 3v18M16 4.5V21"/></svg>';

/** No script, nothing loaded, never framed: its address has just held an authorization code. */
export const REPLY_HEADERS = {
  'content-type': 'text/html; charset=utf-8',
  'content-security-policy': [
    "default-src 'none'",
    `style-src 'sha256-${createHash('sha256').update(STYLE).digest('base64')}'`,
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; '),
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'cache-control': 'no-store',
  connection: 'close',
};

const CLOSE_WINDOW = 'You can close this window.';

export function renderReplyPage({ title, paragraphs, details }: ReplyPage): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeHtml(title)} – Portcullis</title>
<style>${STYLE}</style>
</head>
<body>
<main>
${MARK}
<h1>${escapeHtml(title)}</h1>
${paragraphs.map((paragraph) => `<p>${escapeHtml(paragraph)}</p>`).join('\n')}
${details === undefined ? '' : `<p class="fine">${escapeHtml(details)}</p>`}
<p class="fine">${CLOSE_WINDOW}</p>
</main>
</body>
</html>
`;
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}

export function successPage({ name, sub, org }: Account): ReplyPage {
  return {
    status: 200,
    title: 'You are signed in',
    paragraphs: [`${name ?? sub} is signed in to ${org}.`],
  };
}

export function failurePage({ code, message, cause, next }: Problem): ReplyPage {
  return {
    status: 200,
    title: 'You are not signed in',
    paragraphs: [message, next].filter((paragraph) => paragraph !== undefined),
    details: cause === undefined ? code : `${code} · ${cause}`,
  };
}

export const REPLACED: ReplyPage = {
  status: 200,
  title: 'A newer sign-in has replaced this one',
  paragraphs: ['Continue in the window that opened last.'],
};
