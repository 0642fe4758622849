/** What shows that something in the network answered in the server's place, as captive portals do. */
export interface PortalSign {
  readonly kind: 'sign-in-required' | 'redirect' | 'web-page';
  /** What was seen, for a problem's cause. */
  readonly cause: string;
}

/**
 * Looks for a captive portal in the answer to a request that follows no redirect and expects no web page: HTTP 511
 * (RFC 6585 section 6), a redirect, or a page with a status that means success (RFC 8908 section 1).
 *
 * @returns null where the answer may be the server's own.
 */
export function captivePortalSign(url: URL, response: Response): PortalSign | null {
  const { status } = response;
  if (status === 511) return { kind: 'sign-in-required', cause: 'HTTP 511, network authentication required' };
  // A browser's fetch hides a redirect that it does not follow.
  if (response.type === 'opaqueredirect') return { kind: 'redirect', cause: 'a redirect' };
  if (status >= 300 && status < 400 && status !== 304) {
    // Electron does not say where it leads.
    const to = URL.parse(response.headers.get('location') ?? 'unknown:', url.href);
    const target = to === null || to.origin === 'null' ? 'another place' : to.origin;
    return { kind: 'redirect', cause: `HTTP ${status} to ${target}` };
  }
  if (response.ok && mediaTypeOf(response) === 'text/html') {
    return { kind: 'web-page', cause: `HTTP ${status} with a web page` };
  }
  return null;
}

/** The media type of a response without its parameters, in lower case; empty if there is none. */
export function mediaTypeOf(response: Response): string {
  const [essence = ''] = (response.headers.get('content-type') ?? '').split(';');
  return essence.trim().toLowerCase();
}
