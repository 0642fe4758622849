import { STYLE_SOURCE } from '../../platform/html/plain-page.ts';

/** On every response; a page or a call that needs something else overrides them. */
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

/**
 * For the hub's own pages: their style sheet, no scripts, and a form that posts to the hub.
 * @param redirectOrigin where the hub may redirect after the form was sent; `form-action` applies to redirects too
 */
export function htmlHeaders(redirectOrigin = ''): Record<string, string> {
  return {
    'content-type': 'text/html; charset=utf-8',
    'content-security-policy': contentSecurityPolicy(redirectOrigin),
  };
}

/**
 * For the pages that the provider renders. An empty `script-src` allows no scripts; the provider adds the hash of the one
 * that submits its form when somebody switches accounts, and then redirects to the loopback address.
 */
export const providerPolicy = `script-src ; ${contentSecurityPolicy('http://127.0.0.1:*')}`;

/**
 * For the dashboard's files: its own scripts, styles, pictures and calls, nothing inline, and no string ever becomes markup or a script.
 */
export const dashboardHeaders = {
  'content-security-policy': [
    "default-src 'none'",
    ...['script-src', 'style-src', 'img-src', 'font-src', 'connect-src'].map((directive) => `${directive} 'self'`),
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
    "require-trusted-types-for 'script'",
    "trusted-types 'none'",
  ].join('; '),
} as const;

function contentSecurityPolicy(redirectOrigin: string): string {
  // A CSP source cannot be an IPv6 literal (CSP Level 3 section 2.3.1), so the scheme has to do.
  const target = redirectOrigin.includes('[') ? 'http:' : redirectOrigin;
  return [
    "default-src 'none'",
    `style-src ${STYLE_SOURCE}`,
    `form-action 'self' ${target}`.trimEnd(),
    "base-uri 'none'",
    "frame-ancestors 'none'",
  ].join('; ');
}
