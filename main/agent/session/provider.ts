import * as oidc from 'openid-client';
import { z } from 'zod';
import { problem } from '../../../shared/problems/catalogue.ts';
import { type Problem, ProblemError } from '../../../shared/problems/problem.ts';
import { isPlainLoopback } from '../../platform/net/loopback.ts';
import type { Fetch } from '../../platform/net/web-answer.ts';
import type { Clock } from '../../platform/time/clock.ts';
import { clockProblem } from './clock-problem.ts';

export interface ProviderSettings {
  issuer: string;
  clientId: string;
  /** Asked for besides `openid` and `offline_access`. */
  scopes: readonly string[];
}

/** An answer of the token endpoint. */
export interface Grant {
  accessToken: string;
  /** Milliseconds since 1970 by this machine's clock, counted from `expires_in`, so that a wrong clock does not matter. */
  expiresAt: number;
  /** Milliseconds from issue to expiry. */
  lifetime: number;
  refreshToken: string | null;
  /** The validated claims of the ID token, if there was one. */
  claims: Record<string, unknown> | null;
  /** The ID token itself, a secret like the others. */
  idToken: string | null;
}

export interface BrowserSignIn {
  url: URL;
  state: string;
  /** @param reply the address the browser was sent back to, with its query. */
  redeem(reply: URL): Promise<Grant>;
}

export interface DeviceCode {
  verificationUri: string;
  /** With the code in it: for a QR code or a click. */
  verificationUriComplete?: string;
  userCode: string;
  /** Milliseconds since 1970. */
  expiresAt: number;
}

export interface DeviceSignIn extends DeviceCode {
  /** Resolves once the user has signed in on another device. */
  poll(signal: AbortSignal): Promise<Grant>;
}

/** An OpenID Connect provider as a native public client (RFC 8252) uses it. Every rejection is a `ProblemError`. */
export interface Provider {
  /** @param options.forceLogin makes the provider ask who signs in, even if its own session is still open. */
  browserSignIn(redirectUri: string, options: { forceLogin: boolean }): Promise<BrowserSignIn>;
  deviceSignIn(): Promise<DeviceSignIn>;
  refresh(refreshToken: string): Promise<Grant>;
  userInfo(accessToken: string, sub: string): Promise<Record<string, unknown>>;
  revoke(refreshToken: string): Promise<void>;
}

/** Lifetime assumed for an access token without `expires_in`, which RFC 6749 section 5.1 only recommends. */
const ASSUMED_LIFETIME_S = 300;

/**
 * Seconds by which this machine's clock may be wrong. Generous, because the nonce prevents replay and the ID token comes straight from the
 * provider over TLS: strict times would only lock out people whose clock is off.
 */
const CLOCK_TOLERANCE_S = 15 * 60;

export async function discoverProvider(settings: ProviderSettings, fetch: Fetch, clock: Clock): Promise<Provider> {
  const issuer = new URL(settings.issuer);
  const host = issuer.host;
  const configuration = await exchange(host, () =>
    oidc.discovery(issuer, settings.clientId, { [oidc.clockTolerance]: CLOCK_TOLERANCE_S }, oidc.None(), {
      // A last resort: the fetch given has a shorter time-out of its own, which says what happened.
      timeout: 60,
      [oidc.customFetch]: fetch as oidc.CustomFetch,
      ...(isPlainLoopback(issuer) ? { execute: [oidc.allowInsecureRequests] } : {}),
    }),
  );
  const offline = offlineAccessAt(issuer);
  const scope = [...new Set(['openid', ...settings.scopes, ...offline.scopes])].join(' ');

  const grantOf = (tokens: Awaited<ReturnType<typeof oidc.refreshTokenGrant>>): Grant => {
    const lifetime = (tokens.expires_in ?? ASSUMED_LIFETIME_S) * 1000;
    return {
      accessToken: tokens.access_token,
      expiresAt: clock.wall() + lifetime,
      lifetime,
      refreshToken: tokens.refresh_token ?? null,
      claims: tokens.claims() ?? null,
      idToken: tokens.id_token ?? null,
    };
  };

  return {
    async browserSignIn(redirectUri, { forceLogin }) {
      const state = oidc.randomState();
      const nonce = oidc.randomNonce();
      const verifier = oidc.randomPKCECodeVerifier();
      const challenge = await oidc.calculatePKCECodeChallenge(verifier);
      const prompt = [...(forceLogin ? ['login'] : []), ...offline.prompt].join(' ');
      const url = oidc.buildAuthorizationUrl(configuration, {
        redirect_uri: redirectUri,
        scope,
        state,
        nonce,
        code_challenge: challenge,
        code_challenge_method: 'S256',
        ...(prompt === '' ? {} : { prompt }),
        ...offline.parameters,
      });
      return {
        url,
        state,
        redeem: (reply) =>
          exchange(host, async () =>
            grantOf(
              await oidc.authorizationCodeGrant(configuration, reply, {
                expectedState: state,
                expectedNonce: nonce,
                pkceCodeVerifier: verifier,
              }),
            ),
          ),
      };
    },

    async deviceSignIn() {
      if (configuration.serverMetadata().device_authorization_endpoint === undefined) {
        throw new ProblemError(problem('device-sign-in-unsupported', { server: host }));
      }
      const answer = await exchange(host, () => oidc.initiateDeviceAuthorization(configuration, { scope }));
      return {
        verificationUri: answer.verification_uri,
        ...(answer.verification_uri_complete === undefined
          ? {}
          : { verificationUriComplete: answer.verification_uri_complete }),
        userCode: answer.user_code,
        expiresAt: clock.wall() + answer.expires_in * 1000,
        poll: (signal) =>
          exchange(host, async () =>
            grantOf(await oidc.pollDeviceAuthorizationGrant(configuration, answer, undefined, { signal })),
          ),
      };
    },

    refresh: (refreshToken) =>
      exchange(host, async () => grantOf(await oidc.refreshTokenGrant(configuration, refreshToken)), 'refresh'),

    userInfo: (accessToken, sub) => exchange(host, () => oidc.fetchUserInfo(configuration, accessToken, sub)),

    async revoke(refreshToken) {
      if (configuration.serverMetadata().revocation_endpoint === undefined) return;
      await exchange(host, () =>
        oidc.tokenRevocation(configuration, refreshToken, { token_type_hint: 'refresh_token' }),
      );
    },
  };
}

interface OfflineAccess {
  scopes: readonly string[];
  prompt: readonly string[];
  parameters: Record<string, string>;
}

/**
 * How a refresh token is asked for. OpenID Connect Core section 11 wants `prompt=consent` with `offline_access`, and providers that insist
 * on it give none without. Entra ID gives one regardless, and would turn the prompt into a request for an administrator's approval. Google
 * rejects the scope and has a parameter instead (https://developers.google.com/identity/protocols/oauth2/web-server#offline).
 */
function offlineAccessAt({ hostname }: URL): OfflineAccess {
  switch (hostname) {
    case 'login.microsoftonline.com':
      return { scopes: ['offline_access'], prompt: [], parameters: {} };
    case 'accounts.google.com':
      return { scopes: [], prompt: ['consent'], parameters: { access_type: 'offline' } };
    default:
      return { scopes: ['offline_access'], prompt: ['consent'], parameters: {} };
  }
}

/** Runs one exchange with the provider. @throws ProblemError for whatever goes wrong. */
async function exchange<T>(host: string, run: () => Promise<T>, kind?: 'refresh'): Promise<T> {
  try {
    return await run();
  } catch (error) {
    const wrapped = wrappedProblem(error);
    if (wrapped !== null) throw wrapped;
    throw new ProblemError(exchangeProblem(error, host, kind), { cause: error });
  }
}

/** openid-client wraps what its `fetch` threw. */
function wrappedProblem(error: unknown): ProblemError | null {
  for (let next = error; next instanceof Error; next = next.cause) if (next instanceof ProblemError) return next;
  return null;
}

function exchangeProblem(error: unknown, server: string, kind: 'refresh' | undefined): Problem {
  if (error instanceof oidc.AuthorizationResponseError) {
    const cause = quotable(error.error, error.error_description);
    if (error.error === 'access_denied') return problem('sign-in-cancelled', {}, { cause });
    return problem('sign-in-refused', { server }, { cause });
  }
  if (error instanceof oidc.ResponseBodyError) {
    const cause = quotable(error.error, error.error_description, `HTTP ${error.status}`);
    // RFC 6749 section 5.2. The only answer that signs a user out.
    if (error.error === 'invalid_grant' && kind === 'refresh') return problem('session-ended', { server }, { cause });
    if (error.error === 'access_denied') return problem('sign-in-cancelled', {}, { cause });
    if (error.error === 'expired_token') return problem('sign-in-timed-out');
    // LemonLDAP::NG answers `invalid_request` for a token that it no longer knows: signing in helps, but nobody is signed out by a guess.
    return problem(kind === 'refresh' ? 'sign-in-not-renewed' : 'sign-in-refused', { server }, { cause });
  }
  const issuers = differentIssuers(error);
  if (issuers !== null) return problem('issuer-differs', issuers);
  const clock = clockProblem(error, server);
  if (clock !== null) return clock;
  const response = error instanceof Error && error.cause instanceof Response ? error.cause : null;
  if (error instanceof oidc.WWWAuthenticateChallengeError || response?.status === 401) {
    return problem('server-unauthorized', { server }, { cause: 'HTTP 401' });
  }
  const message = error instanceof Error ? withoutTokens(error.message) : 'unknown';
  const cause = response === null ? message : `HTTP ${response.status}: ${message}`;
  return problem('server-answer-invalid', { server }, { cause });
}

const IssuerComparison = z.object({
  expected: z.string(),
  attribute: z.literal('issuer'),
  body: z.object({ issuer: z.string() }),
});
const ClaimComparison = z.object({
  expected: z.string(),
  claim: z.literal('iss'),
  claims: z.object({ iss: z.string() }),
});

/** Both spellings, where the library says no more than that they differ; often by a slash at the end. */
function differentIssuers(error: unknown): { expected: string; found: string } | null {
  for (let next = error, depth = 0; next instanceof Error && depth < 8; next = next.cause, depth += 1) {
    const metadata = IssuerComparison.safeParse(next.cause);
    if (metadata.success)
      return { expected: quotable(metadata.data.expected), found: quotable(metadata.data.body.issuer) };
    const claim = ClaimComparison.safeParse(next.cause);
    if (claim.success) return { expected: quotable(claim.data.expected), found: quotable(claim.data.claims.iss) };
  }
  return null;
}

/** The provider's own words, at most 300 characters and without control characters, because they are printed. */
function quotable(...parts: (string | undefined)[]): string {
  return parts
    .filter((part) => part !== undefined)
    .join(': ')
    .replace(/[^\x20-\x7e\u00a0-\uffff]/g, ' ')
    .slice(0, 300);
}

/** Messages of the library hold no tokens today; this ensures that none ever reaches a screen or a log. */
function withoutTokens(text: string): string {
  return quotable(text.replace(/[A-Za-z0-9_-]{32,}(\.[A-Za-z0-9_-]+)*/g, '[…]'));
}
