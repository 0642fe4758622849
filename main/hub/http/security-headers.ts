import { STYLE_SOURCE } from '../sign-in/pages.ts';

/** On every answer. A page or a call that needs something else overrides it where it is written. */
export function baseHeaders(https: boolean): Record<string, string> {
  return {
    'cache-control': 'no-store',
    'content-security-policy': "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    'cross-origin-opener-policy': 'same-origin',
    'cross-origin-resource-policy': 'same-origin',
    'permissions-policy': 'camera=(), geolocation=(), microphone=()',
    'referrer-policy': 'no-referrer',
    'x-content-type-options': 'nosniff',
    'x-frame-options': 'DENY',
    ...(https ? { 'strict-transport-security': 'max-age=31536000' } : {}),
  };
}

/** A page of ours: its own style sheet, no scripts, and its form goes here or, by way of redirects, to `next`. */
export function htmlHeaders(next?: string): Record<string, string> {
  return { 'content-type': 'text/html; charset=utf-8', 'content-security-policy': contentSecurityPolicy(next ?? '') };
}

/**
 * For what the provider renders. `script-src` is empty, which allows none; the provider adds the hash of the one script
 * by which it passes a browser on where somebody changes accounts. It passes it on to loopback redirects.
 */
export const providerPolicy = `script-src ; ${contentSecurityPolicy('http://127.0.0.1:*')}`;

function contentSecurityPolicy(next: string): string {
  // A CSP source names no IPv6 literal (CSP Level 3 section 2.3.1): there the scheme alone has to do.
  const target = next.includes('[') ? 'http:' : next;
  return [
    "default-src 'none'",
    `style-src ${STYLE_SOURCE}`,
    `form-action 'self' ${target}`.trimEnd(),
    "base-uri 'none'",
    "frame-ancestors 'none'",
  ].join('; ');
}
