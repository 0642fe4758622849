import { createHash } from 'node:crypto';
import type { Problem } from '../../shared/problem.ts';
import type { Account } from './account.ts';

/** The last page of a sign-in: what the browser shows once this program has the answer. */
export interface ReplyPage {
  status: number;
  title: string;
  paragraphs: string[];
}

const STYLE = `:root{color-scheme:light dark;font:1.0625rem/1.6 system-ui,sans-serif}
body{margin:0;min-height:100vh;display:grid;place-items:center}
main{max-width:34rem;padding:2rem}
h1{font-size:1.5rem;line-height:1.3;margin:0 0 1rem}
p{margin:0 0 .75rem;overflow-wrap:anywhere}`;

/** No script, nothing loaded, in nobody's frame: the address it is shown at has just held an authorization code. */
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

export function renderReplyPage({ title, paragraphs }: ReplyPage): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>${asText(title)} - Portcullis</title>
<style>${STYLE}</style>
</head>
<body>
<main>
<h1>${asText(title)}</h1>
${paragraphs.map((paragraph) => `<p>${asText(paragraph)}</p>`).join('\n')}
</main>
</body>
</html>
`;
}

function asText(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}

const CLOSE_WINDOW = 'You can close this window.';

export function successPage({ name, sub, org }: Account): ReplyPage {
  return {
    status: 200,
    title: 'You are signed in',
    paragraphs: [`${name ?? sub} is signed in to ${org}.`, CLOSE_WINDOW],
  };
}

export function failurePage({ message, cause, next }: Problem): ReplyPage {
  const paragraphs = [message, cause, next, CLOSE_WINDOW].filter((paragraph) => paragraph !== undefined);
  return { status: 200, title: 'You are not signed in', paragraphs };
}

export const REPLACED: ReplyPage = {
  status: 200,
  title: 'A newer sign-in has replaced this one',
  paragraphs: ['Go on in the window that was opened last.', CLOSE_WINDOW],
};
