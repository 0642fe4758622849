import { decodeProtectedHeader } from 'jose';
import * as oidc from 'openid-client';
import { z } from 'zod';
import { problem } from '../../../shared/problems/catalogue.ts';
import { ProblemError } from '../../../shared/problems/problem.ts';
import { isPlainLoopback } from '../../platform/net/loopback.ts';
import { answeringFetch, type Fetch } from '../../platform/net/web-answer.ts';

/** What the browser brings back has to fit: kept, encrypted, in a cookie of the browser that began. */
export const Pending = z.object({
  /** The interaction of the hub's own sign-in that this is for. */
  uid: z.string(),
  state: z.string(),
  nonce: z.string(),
  verifier: z.string(),
  /** Seconds since 1970: the person has to have entered their password after it; null where any sign-in there serves. */
  freshSince: z.number().nullable(),
});
export type Pending = z.infer<typeof Pending>;

/** A person whom the provider has confirmed. */
export interface Confirmed {
  /** As the ID token spells it. */
  issuer: string;
  sub: string;
  /** Of the ID token, and in their place those of the user info, which is always current. */
  claims: Record<string, unknown>;
  /** Seconds since 1970: when they signed in there; null where the provider does not say. */
  authTime: number | null;
}

/** The hub as a client of the provider, the only one that there is: codes, secret and tokens never leave the server. */
export interface RelyingParty {
  /** The provider, as people know it. */
  readonly host: string;
  /** @param freshSince see `Pending` @returns where to send the browser. @throws ProblemError */
  begin: (uid: string, freshSince: number | null) => Promise<{ url: URL; pending: Pending }>;
  /** @param reply the query that the browser brought back. @throws ProblemError whatever does not fit */
  redeem: (reply: URLSearchParams, pending: Pending) => Promise<Confirmed & { refreshToken: string }>;
  /**
   * Asks for the person's claims anew.
   *
   * @returns null: the provider has ended the sign-in, or does not know it
   * @throws ProblemError where nothing can be said about the person: the provider was not reached, or rejects the hub
   */
  refresh: (refreshToken: string, sub: string) => Promise<(Confirmed & { refreshToken: string }) | null>;
}

export interface RelyingPartySettings {
  issuer: string;
  clientId: string;
  clientSecret: string;
  scopes: readonly string[];
  /** Where the provider sends the browser back to. */
  redirectUri: string;
}

/** Signatures by a key that the provider publishes. Neither `none` nor an HMAC, whose key is the client's secret. */
const ALGORITHMS = [
  'RS256',
  'RS384',
  'RS512',
  'PS256',
  'PS384',
  'PS512',
  'ES256',
  'ES384',
  'ES512',
  'EdDSA',
  'Ed25519',
];
/** As long as the hub's own session in a browser. */
const MAX_AGE_S = 14 * 24 * 3600;
const CLOCK_TOLERANCE_S = 60;
const REQUEST_TIMEOUT_MS = 10_000;
/** The provider may stamp a sign-in by a clock that differs, and take one of a moment ago for a new one. */
const FRESH_TOLERANCE_S = 60;

export function createRelyingParty(settings: RelyingPartySettings, fetch: Fetch): RelyingParty {
  const issuer = new URL(settings.issuer);
  const { host } = issuer;
  const scope = [...new Set(['openid', ...settings.scopes, ...(isGoogle(issuer) ? [] : ['offline_access'])])].join(' ');
  const answered = answeringFetch(fetch, REQUEST_TIMEOUT_MS);
  let discovered: Promise<oidc.Configuration> | null = null;

  /** It is this server that got no answer, or none that is any use, and not the machine of whoever reads it. */
  const ask: Fetch = async (input, init) => {
    try {
      return await answered(input, init);
    } catch (error) {
      if (!(error instanceof ProblemError)) throw error;
      const { code, cause = code } = error.problem;
      throw new ProblemError(problem('identity-unreachable', { server: host }, { cause }), { cause: error });
    }
  };

  function configuration(): Promise<oidc.Configuration> {
    discovered ??= oidc
      .discovery(
        issuer,
        settings.clientId,
        { [oidc.clockTolerance]: CLOCK_TOLERANCE_S },
        authentication(settings.clientSecret),
        {
          [oidc.customFetch]: ask as oidc.CustomFetch,
          execute: [oidc.enableNonRepudiationChecks, ...(isPlainLoopback(issuer) ? [oidc.allowInsecureRequests] : [])],
        },
      )
      .catch((error: unknown) => {
        discovered = null;
        throw error;
      });
    return discovered;
  }

  /** @throws ProblemError for whatever goes wrong */
  async function exchange<T>(run: (known: oidc.Configuration) => Promise<T>): Promise<T> {
    try {
      return await run(await configuration());
    } catch (error) {
      // Its endpoints may have moved.
      discovered = null;
      for (let next = error; next instanceof Error; next = next.cause) if (next instanceof ProblemError) throw next;
      throw new ProblemError(problem('identity-sign-in-failed', { server: host }, { cause: causeOf(error) }), {
        cause: error,
      });
    }
  }

  type Tokens = Awaited<ReturnType<typeof oidc.refreshTokenGrant>>;

  async function claimsOf(known: oidc.Configuration, tokens: Tokens, sub: string): Promise<Record<string, unknown>> {
    const hasUserInfo = known.serverMetadata().userinfo_endpoint !== undefined;
    const userInfo = hasUserInfo ? await oidc.fetchUserInfo(known, tokens.access_token, sub) : {};
    return { ...tokens.claims(), ...userInfo };
  }

  return {
    host,
    begin: (uid, freshSince) =>
      exchange(async (known) => {
        const pending: Pending = {
          uid,
          // Names the interaction, so that the answer finds it (`pathOfReply`).
          state: `${uid}.${oidc.randomState()}`,
          nonce: oidc.randomNonce(),
          verifier: oidc.randomPKCECodeVerifier(),
          freshSince,
        };
        const prompt = [...(freshSince === null ? [] : ['login']), ...(isEntra(issuer) ? [] : ['consent'])].join(' ');
        const url = oidc.buildAuthorizationUrl(known, {
          redirect_uri: settings.redirectUri,
          scope,
          state: pending.state,
          nonce: pending.nonce,
          code_challenge: await oidc.calculatePKCECodeChallenge(pending.verifier),
          code_challenge_method: 'S256',
          ...(prompt === '' ? {} : { prompt }),
          // With it, the provider has to say when the person signed in (OpenID Connect Core section 3.1.2.1).
          max_age: `${freshSince === null ? MAX_AGE_S : FRESH_TOLERANCE_S}`,
          ...(isGoogle(issuer) ? { access_type: 'offline' } : {}),
        });
        return { url, pending };
      }),
    redeem: (reply, pending) =>
      exchange(async (known) => {
        const tokens = await oidc.authorizationCodeGrant(known, new URL(`${settings.redirectUri}?${reply}`), {
          expectedState: pending.state,
          expectedNonce: pending.nonce,
          pkceCodeVerifier: pending.verifier,
          idTokenExpected: true,
        });
        requireSignature(tokens.id_token);
        const claims = tokens.claims();
        if (claims === undefined) throw new Error('no ID token');
        const { auth_time: authTime = null, sub } = claims;
        if (pending.freshSince !== null && (authTime === null || authTime < pending.freshSince - FRESH_TOLERANCE_S)) {
          throw new ProblemError(problem('identity-not-fresh', { server: host }));
        }
        const refreshToken = tokens.refresh_token;
        // Without one, roles could not be renewed, and the person would have to sign in every quarter of an hour.
        if (refreshToken === undefined) throw new ProblemError(problem('identity-no-refresh-token', { server: host }));
        return { issuer: claims.iss, sub, authTime, refreshToken, claims: await claimsOf(known, tokens, sub) };
      }),
    refresh: (refreshToken, sub) =>
      exchange(async (known) => {
        let tokens: Tokens;
        try {
          tokens = await oidc.refreshTokenGrant(known, refreshToken);
        } catch (error) {
          if (error instanceof oidc.ResponseBodyError && ENDED.includes(error.error)) return null;
          throw error;
        }
        requireSignature(tokens.id_token);
        const claims = tokens.claims();
        // OpenID Connect Core section 12.2: the new ID token is about the same person.
        if (claims !== undefined && claims.sub !== sub) return null;
        return {
          issuer: known.serverMetadata().issuer,
          sub,
          authTime: claims?.auth_time ?? null,
          refreshToken: tokens.refresh_token ?? refreshToken,
          claims: await claimsOf(known, tokens, sub),
        };
      }),
  };
}

/** `invalid_request` is what LemonLDAP::NG answers for a token that it does not know. The hub's request is always the same. */
const ENDED: readonly string[] = ['invalid_grant', 'invalid_request'];

/** @throws the library has verified it with the provider's keys, where the algorithm is one of keys */
function requireSignature(idToken: string | undefined): void {
  if (idToken === undefined) return;
  const { alg } = decodeProtectedHeader(idToken);
  if (alg === undefined || !ALGORITHMS.includes(alg)) throw new Error('ID token without a signature by a key');
}

/**
 * In the body where the provider says that it takes it there: LemonLDAP::NG, for one, reads Basic without the decoding that RFC 6749
 * section 2.3.1 asks for. Otherwise by Basic, which every provider has to take.
 */
function authentication(clientSecret: string): oidc.ClientAuth {
  const basic = oidc.ClientSecretBasic(clientSecret);
  const post = oidc.ClientSecretPost(clientSecret);
  return (server, client, body, headers) => {
    const methods = server.token_endpoint_auth_methods_supported;
    const inBody = methods?.includes('client_secret_post') === true;
    return (inBody ? post : basic)(server, client, body, headers);
  };
}

// As in the agent (session/provider.ts): Entra ID would ask for an administrator's approval, and Google has a parameter of its own.
const isEntra = ({ hostname }: URL): boolean => hostname === 'login.microsoftonline.com';
const isGoogle = ({ hostname }: URL): boolean => hostname === 'accounts.google.com';

/** What the provider or the library said, at most 300 characters, and nothing that could be a token. */
function causeOf(error: unknown): string {
  if (error instanceof oidc.AuthorizationResponseError || error instanceof oidc.ResponseBodyError) {
    return quotable([error.error, error.error_description].filter((part) => part !== undefined).join(': '));
  }
  return quotable(error instanceof Error ? error.message : 'unknown');
}

function quotable(text: string): string {
  return text
    .replace(/[A-Za-z0-9_-]{32,}(\.[A-Za-z0-9_-]+)*/g, '[…]')
    .replace(/[^\x20-\x7e\u00a0-\uffff]/g, ' ')
    .slice(0, 300);
}

/** Whether the person cancelled at the provider. */
export function isCancelled(reply: URLSearchParams): boolean {
  return reply.get('error') === 'access_denied';
}
