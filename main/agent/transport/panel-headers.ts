/**
 * The headers of the panel's files, over HTTP and in Electron. Scripts and requests stay within the panel's own origin. Styles are
 * `'unsafe-inline'` because component libraries position elements by style attributes; scripts never are.
 */
export const panelHeaders = {
  // `connect-src 'self'` covers the WebSocket of the same origin (CSP level 3, "ws" upgrade of 'self').
  'Content-Security-Policy':
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self'; " +
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'X-Content-Type-Options': 'nosniff',
  'Referrer-Policy': 'no-referrer',
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Resource-Policy': 'same-origin',
  'Permissions-Policy': 'camera=(), geolocation=(), microphone=(), usb=()',
} as const;
