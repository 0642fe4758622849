import { browserPageTexts } from '../../../shared/messages/browser-pages.ts';
import type { SpokenLanguage } from '../../../shared/messages/languages.ts';
import { problemIn } from '../../../shared/problems/catalogue.ts';
import type { Problem } from '../../../shared/problems/problem.ts';
import { Html, html, plainPage, STYLE_SOURCE } from '../../platform/html/plain-page.ts';
import type { Account } from './account.ts';

/** The last page of a sign-in, which the browser shows once Portcullis has the reply, or what it shows instead. */
export type ReplyPage =
  | { kind: 'signed-in'; name: string; org: string }
  | { kind: 'not-signed-in'; problem: Problem }
  | { kind: 'replaced' | 'misdirected' | 'not-found' | 'foreign' | 'replayed' };

const STATUS: Record<ReplyPage['kind'], number> = {
  ...{ 'signed-in': 200, 'not-signed-in': 200, replaced: 200 },
  ...{ misdirected: 421, 'not-found': 404, foreign: 400, replayed: 409 },
};

export function statusOf({ kind }: ReplyPage): number {
  return STATUS[kind];
}

/** No script, nothing loaded, never framed: its address has just held an authorization code. */
export const REPLY_HEADERS = {
  'content-type': 'text/html; charset=utf-8',
  'content-security-policy': [
    "default-src 'none'",
    `style-src ${STYLE_SOURCE}`,
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

/** @param panel an address that brings the panel to the front; null where the browser has it in another tab */
export function renderReplyPage(page: ReplyPage, panel: string | null, language: SpokenLanguage): string {
  const { reply } = browserPageTexts[language];
  const { title, paragraphs, details } = contentOf(page, language);
  const lines = paragraphs.map((paragraph) => html`<p>${paragraph}</p>\n`.text).join('');
  const back = panel === null ? new Html('') : html`<a class="button" href="${panel}">${reply.open}</a>`;
  return plainPage(
    title,
    html`${new Html(lines)}
${details === undefined ? '' : html`<p class="small">${details}</p>`}
${back}
<p class="quiet">${panel === null ? reply.closeAndReturn : reply.close}</p>`,
    language,
  );
}

interface Content {
  title: string;
  paragraphs: string[];
  /** In small print, for support: code and cause. */
  details?: string;
}

function contentOf(page: ReplyPage, language: SpokenLanguage): Content {
  const { reply } = browserPageTexts[language];
  switch (page.kind) {
    case 'signed-in':
      return { title: reply.signedIn.title, paragraphs: [reply.signedIn.text(page.name, page.org)] };
    case 'not-signed-in': {
      const { code, message, cause, next } = problemIn(language, page.problem);
      return {
        title: reply.notSignedIn,
        paragraphs: [message, next].filter((paragraph) => paragraph !== undefined),
        details: cause === undefined ? code : `${code} · ${cause}`,
      };
    }
    case 'not-found':
      return { title: reply.notFound, paragraphs: [] };
    case 'foreign':
      return { title: reply.foreign.title, paragraphs: [reply.foreign.text, reply.foreign.next] };
    default:
      return { title: reply[page.kind].title, paragraphs: [reply[page.kind].text] };
  }
}

export function successPage({ name, sub, org }: Account): ReplyPage {
  return { kind: 'signed-in', name: name ?? sub, org };
}
