import type { IncomingMessage } from 'node:http';

/**
 * Whether a page of another site made the browser send a form that no cookie protects. Its secret (a code, a password) is what such a page does
 * not know; this is for one whose author does, and would act by the hand of somebody else. With `Referrer-Policy: no-referrer` the origin of our
 * own form is `null` (Fetch, "append a request Origin header"), so what browsers say beside it counts first.
 *
 * @param issuer the hub's own address
 */
export function isFromElsewhere({ headers }: IncomingMessage, issuer: string): boolean {
  const site = headers['sec-fetch-site'];
  if (site !== undefined) return site !== 'same-origin';
  const { origin } = headers;
  return origin !== undefined && origin !== 'null' && origin !== issuer;
}
