import type { SessionApi } from './electron-api.ts';

/** The error of Electron's `ClientRequest` where a redirect must not be followed; `net.fetch` has no other outcome for it. */
const REDIRECTED = 'Redirect was cancelled';

/**
 * Electron's `net.fetch` behind the agent's `fetch`: Chromium's network stack, so the system's proxy settings, PAC files,
 * sign-in to a proxy by the system's account, and on macOS and Windows the system's trust store hold for us too. The session
 * is not the panel's: the two share no cookie, no cache, no connection.
 *
 * Without credentials, as Node's has none: unless told, Electron's sends cookies, the user's accounts and the first client
 * certificate that it finds (https://www.electronjs.org/docs/latest/api/client-request). What we have to show stands in a
 * header.
 *
 * A redirect with `redirect: 'manual'` is an answer under Fetch (https://fetch.spec.whatwg.org/#http-redirect-fetch), and is
 * made one here, without the address it led to, which Electron does not tell.
 */
export function electronFetch(session: Pick<SessionApi, 'fetch'>): typeof fetch {
  return async (input, init) => {
    try {
      return await session.fetch(input instanceof Request ? input : String(input), { ...init, credentials: 'omit' });
    } catch (error) {
      const manual = (init?.redirect ?? (input instanceof Request ? input.redirect : 'follow')) === 'manual';
      if (manual && error instanceof Error && error.message.includes(REDIRECTED)) {
        return new Response(null, { status: 302 });
      }
      throw error;
    }
  };
}
