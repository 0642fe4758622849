import * as oidc from 'openid-client';
import { type Problem, ProblemError } from '../../../shared/problems/problem.ts';
import { isPlainLoopback } from '../../platform/net/loopback.ts';
import type { Fetch } from '../../platform/net/web-answer.ts';
import type { Clock } from '../../platform/time/clock.ts';
import { clockProblem } from './clock-problem.ts';
import { CANCELLED, SESSION_ENDED, TIMED_OUT, unauthorized } from './problems.ts';

export interface ProviderSettings {
  issuer: string;
  clientId: string;
  /** Asked for besides `openid` and `offline_access`. */
  scopes: readonly string[];
}

/** What the token endpoint gave. */
export interface Grant {
  accessToken: string;
  /** Milliseconds since 1970 by this machine's clock, counted from `expires_in`, so that a wrong clock does not matter. */
  expiresAt: number;
  /** How long it lives in all, in milliseconds. */
  lifetime: number;
  refreshToken: string | null;
  /** The validated claims of the ID token, where one came with it. */
  claims: Record<string, unknown> | null;
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
  /** Resolves once the user has agreed on another device. */
  poll(signal: AbortSignal): Promise<Grant>;
}

/** An OpenID Connect provider, as far as a native public client (RFC 8252) needs it. Every rejection is a `ProblemError`. */
export interface Provider {
  browserSignIn(redirectUri: string, options: { askWho: boolean }): Promise<BrowserSignIn>;
  deviceSignIn(): Promise<DeviceSignIn>;
  refresh(refreshToken: string): Promise<Grant>;
  userInfo(accessToken: string, sub: string): Promise<Record<string, unknown>>;
  revoke(refreshToken: string): Promise<void>;
}

/** Lifetime assumed for an access token without `expires_in`, which RFC 6749 section 5.1 only recommends. */
const ASSUMED_LIFETIME_S = 300;

/**
 * How wrong this machine's clock may be for an ID token that came straight from the provider over TLS, in seconds.
 * Replay is the nonce's matter; the time claims would only lock out people whose clock is off.
 */
const CLOCK_TOLERANCE_S = 15 * 60;

export async function discoverProvider(settings: ProviderSettings, fetch: Fetch, clock: Clock): Promise<Provider> {
  const issuer = new URL(settings.issuer);
  const host = issuer.host;
  const configuration = await asking(host, () =>
    oidc.discovery(issuer, settings.clientId, { [oidc.clockTolerance]: CLOCK_TOLERANCE_S }, oidc.None(), {
      // The fetch given has a time-out of its own, which tells what happened; this one is only a net beneath it.
      timeout: 60,
      [oidc.customFetch]: fetch as oidc.CustomFetch,
      ...(isPlainLoopback(issuer) ? { execute: [oidc.allowInsecureRequests] } : {}),
    }),
  );
  const scope = [...new Set(['openid', ...settings.scopes, 'offline_access'])].join(' ');

  const granted = (tokens: Awaited<ReturnType<typeof oidc.refreshTokenGrant>>): Grant => {
    const lifetime = (tokens.expires_in ?? ASSUMED_LIFETIME_S) * 1000;
    return {
      accessToken: tokens.access_token,
      expiresAt: clock.wall() + lifetime,
      lifetime,
      refreshToken: tokens.refresh_token ?? null,
      claims: tokens.claims() ?? null,
    };
  };

  return {
    async browserSignIn(redirectUri, { askWho }) {
      const state = oidc.randomState();
      const nonce = oidc.randomNonce();
      const verifier = oidc.randomPKCECodeVerifier();
      const challenge = await oidc.calculatePKCECodeChallenge(verifier);
      const prompt = promptFor(issuer, askWho);
      const url = oidc.buildAuthorizationUrl(configuration, {
        redirect_uri: redirectUri,
        scope,
        state,
        nonce,
        code_challenge: challenge,
        code_challenge_method: 'S256',
        ...(prompt === '' ? {} : { prompt }),
      });
      return {
        url,
        state,
        redeem: (reply) =>
          asking(host, async () =>
            granted(
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
        throw new ProblemError({
          code: 'device-sign-in-unsupported',
          message: `The server ${host} does not offer sign-in by device code.`,
          next: 'Sign in with a browser on this machine, or ask your administrator to enable the device flow (RFC 8628).',
        });
      }
      const answer = await asking(host, () => oidc.initiateDeviceAuthorization(configuration, { scope }));
      return {
        verificationUri: answer.verification_uri,
        ...(answer.verification_uri_complete === undefined
          ? {}
          : { verificationUriComplete: answer.verification_uri_complete }),
        userCode: answer.user_code,
        expiresAt: clock.wall() + answer.expires_in * 1000,
        poll: (signal) =>
          asking(host, async () =>
            granted(await oidc.pollDeviceAuthorizationGrant(configuration, answer, undefined, { signal })),
          ),
      };
    },

    refresh: (refreshToken) =>
      asking(host, async () => granted(await oidc.refreshTokenGrant(configuration, refreshToken)), 'refresh'),

    userInfo: (accessToken, sub) => asking(host, () => oidc.fetchUserInfo(configuration, accessToken, sub)),

    async revoke(refreshToken) {
      if (configuration.serverMetadata().revocation_endpoint === undefined) return;
      await asking(host, () => oidc.tokenRevocation(configuration, refreshToken, { token_type_hint: 'refresh_token' }));
    },
  };
}

/**
 * OpenID Connect Core section 11 wants `prompt=consent` with `offline_access`, and providers that go by the letter give no
 * refresh token without it. Entra ID gives one regardless, and would turn it into a request for an administrator's approval.
 */
function promptFor(issuer: URL, askWho: boolean): string {
  const consent = issuer.hostname === 'login.microsoftonline.com' ? [] : ['consent'];
  return [...(askWho ? ['login'] : []), ...consent].join(' ');
}

/** Runs one exchange with the provider and puts its failure into words. */
async function asking<T>(host: string, exchange: () => Promise<T>, kind?: 'refresh'): Promise<T> {
  try {
    return await exchange();
  } catch (error) {
    const own = ownProblem(error);
    if (own !== null) throw own;
    throw new ProblemError(describe(error, host, kind), { cause: error });
  }
}

/** openid-client wraps what its `fetch` threw. */
function ownProblem(error: unknown): ProblemError | null {
  for (let next = error; next instanceof Error; next = next.cause) if (next instanceof ProblemError) return next;
  return null;
}

function describe(error: unknown, host: string, kind: 'refresh' | undefined): Problem {
  if (error instanceof oidc.AuthorizationResponseError) return refusedReply(error, host);
  if (error instanceof oidc.ResponseBodyError) {
    const cause = said(error.error, error.error_description, `HTTP ${error.status}`);
    if (error.error === 'invalid_grant' && kind === 'refresh') {
      return {
        code: SESSION_ENDED,
        message: `The server ${host} has ended this session.`,
        cause,
        next: 'Sign in again.',
      };
    }
    if (error.error === 'access_denied') return { ...CANCELLED, cause };
    if (error.error === 'expired_token') return TIMED_OUT;
    return {
      code: 'sign-in-refused',
      message: `The server ${host} refused the request.`,
      cause,
      next: 'Tell your administrator: the client registered there may not match this program.',
    };
  }
  const clocks = clockProblem(error, host);
  if (clocks !== null) return clocks;
  const response = error instanceof Error && error.cause instanceof Response ? error.cause : null;
  if (error instanceof oidc.WWWAuthenticateChallengeError || response?.status === 401) {
    return unauthorized(host, 'HTTP 401');
  }
  const what = error instanceof Error ? withoutTokens(error.message) : 'unknown';
  return {
    code: 'server-answer-invalid',
    message: `The server ${host} gave an answer that cannot be used.`,
    cause: response === null ? what : `HTTP ${response.status}: ${what}`,
    next: 'Tell your administrator: the address of the sign-in server may be wrong.',
  };
}

function refusedReply(error: oidc.AuthorizationResponseError, host: string): Problem {
  const cause = said(error.error, error.error_description);
  if (error.error === 'access_denied') return { ...CANCELLED, cause };
  return {
    code: 'sign-in-refused',
    message: `The server ${host} did not sign you in.`,
    cause,
    next: 'Try again; if it stays, tell your administrator.',
  };
}

/** The provider's own words, cut to what a line can hold; they are printed, so no control characters. */
function said(...parts: (string | undefined)[]): string {
  return parts
    .filter((part) => part !== undefined)
    .join(': ')
    .replace(/[^\x20-\x7e\u00a0-\uffff]/g, ' ')
    .slice(0, 300);
}

/** Messages of a library do not hold tokens today; this makes sure that none ever reaches a screen or a log. */
function withoutTokens(text: string): string {
  return said(text.replace(/[A-Za-z0-9_-]{32,}(\.[A-Za-z0-9_-]+)*/g, '[…]'));
}
