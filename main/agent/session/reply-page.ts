import type { Problem } from '../../../shared/problems/problem.ts';
import { Html, html, plainPage, STYLE_SOURCE } from '../../platform/html/plain-page.ts';
import type { Account } from './account.ts';

/** The last page of a sign-in, which the browser shows once Portcullis has the reply. */
export interface ReplyPage {
  status: number;
  title: string;
  paragraphs: string[];
  /** In small print, for support: code and cause. */
  details?: string;
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
export function renderReplyPage({ title, paragraphs, details }: ReplyPage, panel: string | null): string {
  const lines = paragraphs.map((paragraph) => html`<p>${paragraph}</p>\n`.text).join('');
  const back = panel === null ? new Html('') : html`<a class="button" href="${panel}">Open Portcullis</a>`;
  return plainPage(
    title,
    html`${new Html(lines)}
${details === undefined ? '' : html`<p class="small">${details}</p>`}
${back}
<p class="quiet">${panel === null ? 'You can close this window and return to Portcullis.' : 'You can close this window.'}</p>`,
  );
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
