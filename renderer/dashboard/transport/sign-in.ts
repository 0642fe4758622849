import * as oidc from 'openid-client';
import { z } from 'zod';
import { problem } from '../../../shared/problems/catalogue.ts';
import { ProblemError } from '../../../shared/problems/problem.ts';
import { DASHBOARD_CLIENT_ID, DASHBOARD_PATH } from '../../../shared/schemas/hub-schema.ts';
import { parseJson } from '../../../shared/schemas/parse-json.ts';

/** What a sign-in has brought: kept in memory only. */
export interface Tokens {
  readonly access: string;
  /** Tells the server who signs out. */
  readonly id: string | null;
  /** Milliseconds that the access token is good for. */
  readonly goodFor: number;
}

/** The code flow with PKCE (RFC 9700 section 2.1.1) at the server that this page came from. */
export interface SignIn {
  /**
   * Whether the page was reached from a sign-in that this tab began. The address is cleaned of its answer, and shows the view again at
   * which it began.
   *
   * @throws ProblemError `dashboard-sign-in-cancelled`, `dashboard-sign-in-failed`
   */
  complete(): Promise<Tokens | null>;
  /**
   * Leaves the page for the server's sign-in page.
   *
   * @param username filled in there
   * @param fresh the password is asked for, although the browser is signed in
   * @throws ProblemError `dashboard-sign-in-failed`
   */
  begin(options?: { username?: string | undefined; fresh?: boolean }): Promise<void>;
  /** Leaves the page for the server's sign-out. @throws ProblemError `dashboard-sign-in-failed` */
  signOut(tokens: Tokens): Promise<void>;
}

const KEPT = 'portcullis.sign-in';
/** What a sign-in that has begun needs at its end. No secret of the person: a verifier is worth nothing without its code. */
const Begun = z.object({ state: z.string(), verifier: z.string(), hash: z.string() });

export function createSignIn({
  location,
  history,
  storage,
}: {
  location: Pick<Location, 'origin' | 'href' | 'hash' | 'pathname' | 'assign'>;
  history: Pick<History, 'replaceState'>;
  storage: Pick<Storage, 'getItem' | 'setItem' | 'removeItem'>;
}): SignIn {
  const redirect = `${location.origin}${DASHBOARD_PATH}`;
  let discovered: Promise<oidc.Configuration> | null = null;

  function server(): Promise<oidc.Configuration> {
    // Plain HTTP is for a server on this machine; the page itself came the same way.
    const execute = location.origin.startsWith('http:') ? [oidc.allowInsecureRequests] : [];
    discovered ??= oidc
      .discovery(new URL(location.origin), DASHBOARD_CLIENT_ID, undefined, oidc.None(), { execute })
      .catch((error: unknown) => {
        discovered = null;
        throw error;
      });
    return discovered;
  }

  /** Works once: a link with somebody else's code finds nothing here, and signs nobody in. */
  function takeBegun(): z.infer<typeof Begun> | null {
    const begun = Begun.safeParse(parseJson(storage.getItem(KEPT) ?? ''));
    storage.removeItem(KEPT);
    return begun.success ? begun.data : null;
  }

  return {
    async complete() {
      const reached = new URL(location.href);
      if (reached.search === '') return null;
      const begun = takeBegun();
      history.replaceState(null, '', `${location.pathname}${begun?.hash ?? reached.hash}`);
      if (begun === null) return null;
      if (reached.searchParams.get('error') === 'access_denied' && reached.searchParams.get('state') === begun.state) {
        throw new ProblemError(problem('dashboard-sign-in-cancelled'));
      }
      try {
        reached.hash = '';
        const answer = await oidc.authorizationCodeGrant(await server(), reached, {
          pkceCodeVerifier: begun.verifier,
          expectedState: begun.state,
        });
        return {
          access: answer.access_token,
          id: answer.id_token ?? null,
          goodFor: (answer.expiresIn() ?? 0) * 1000,
        };
      } catch (error) {
        throw failed(error);
      }
    },

    async begin({ username, fresh = false } = {}) {
      try {
        const verifier = oidc.randomPKCECodeVerifier();
        const state = oidc.randomState();
        const address = oidc.buildAuthorizationUrl(await server(), {
          redirect_uri: redirect,
          scope: 'openid profile',
          code_challenge: await oidc.calculatePKCECodeChallenge(verifier),
          code_challenge_method: 'S256',
          state,
          ...(username === undefined ? {} : { login_hint: username }),
          ...(fresh ? { prompt: 'login' } : {}),
        });
        storage.setItem(KEPT, JSON.stringify({ state, verifier, hash: location.hash }));
        location.assign(address.href);
      } catch (error) {
        throw failed(error);
      }
    },

    async signOut(tokens) {
      try {
        const configuration = await server();
        await oidc.tokenRevocation(configuration, tokens.access);
        const address = oidc.buildEndSessionUrl(configuration, {
          post_logout_redirect_uri: redirect,
          ...(tokens.id === null ? {} : { id_token_hint: tokens.id }),
        });
        location.assign(address.href);
      } catch (error) {
        throw failed(error);
      }
    },
  };
}

function failed(error: unknown): ProblemError {
  const cause = error instanceof Error ? error.message : String(error);
  return new ProblemError(problem('dashboard-sign-in-failed', {}, { cause }), { cause: error });
}
