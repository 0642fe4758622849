import { generateKeyPairSync } from 'node:crypto';
import { type AdapterFactory, type ErrorOut, errors, type KoaContextWithOIDC, Provider } from 'oidc-provider';
import { problem } from '../../../shared/problems/catalogue.ts';
import type { Problem } from '../../../shared/problems/problem.ts';
import {
  DASHBOARD_CLIENT_ID,
  DASHBOARD_PATH,
  DESKTOP_CLIENT_ID,
  SIGN_IN_REDIRECT_PATH,
} from '../../../shared/schemas/hub-schema.ts';
import { clientShare } from '../../platform/net/client-share.ts';
import { clientAddress } from '../http/client-address.ts';
import type { Accounts } from '../store/accounts.ts';
import type { Facts } from '../store/facts.ts';
import {
  deviceCodePage,
  deviceConfirmPage,
  messagePage,
  problemPage,
  type Reader,
  readerOf,
  signOutPage,
} from './pages.ts';
import type { WrongCodes } from './wrong-codes.ts';

const DEVICE_PATH = '/oidc/device';

const MINUTE = 60;
const DAY = 24 * 3600;

/** Below this path the hub asks for the password itself (interaction.ts). */
export const INTERACTION_PATH = '/interaction/';
/** Every path that the provider answers begins with one of these. */
export const PROVIDER_PATHS = [
  '/oidc/',
  '/.well-known/openid-configuration',
  '/.well-known/oauth-authorization-server',
];

/**
 * The OpenID provider: code with PKCE on a loopback redirect, device code, rotating refresh tokens. The library reads the
 * system's clock and randomness itself; policies and membership proofs are signed elsewhere.
 */
export async function createProvider(deps: {
  issuer: string;
  facts: Facts;
  accounts: Accounts;
  adapter: AdapterFactory;
  random: (bytes: number) => Buffer;
  accessTokenSeconds: number;
  wrongCodes: WrongCodes;
}): Promise<Provider> {
  const { issuer, facts, accounts, adapter, random, wrongCodes } = deps;
  const { port } = new URL(issuer);
  // Cookies do not tell ports apart (RFC 6265 section 8.5), and two hubs on this machine must not share them.
  const cookie = (name: string): string => `hub${port}_${name}`;
  const secure = issuer.startsWith('https:');

  const provider = new Provider(issuer, {
    adapter,
    clients: [
      {
        client_id: DESKTOP_CLIENT_ID,
        client_name: 'Portcullis',
        application_type: 'native',
        token_endpoint_auth_method: 'none',
        grant_types: ['authorization_code', 'refresh_token', 'urn:ietf:params:oauth:grant-type:device_code'],
        response_types: ['code'],
        redirect_uris: [`http://127.0.0.1${SIGN_IN_REDIRECT_PATH}`, `http://[::1]${SIGN_IN_REDIRECT_PATH}`],
      },
      {
        // A page of our own origin. It keeps its token in memory and gets none to refresh it with: the browser's session does that.
        client_id: DASHBOARD_CLIENT_ID,
        client_name: 'Portcullis dashboard',
        application_type: 'web',
        token_endpoint_auth_method: 'none',
        grant_types: ['authorization_code'],
        response_types: ['code'],
        redirect_uris: [`${issuer}${DASHBOARD_PATH}`],
        post_logout_redirect_uris: [`${issuer}${DASHBOARD_PATH}`],
      },
    ],
    clientDefaults: { id_token_signed_response_alg: 'ES256' },
    enabledJWA: { idTokenSigningAlgValues: ['ES256'] },
    jwks: { keys: [JSON.parse(await facts.once('id-token-key', makeIdTokenKey))] },
    cookies: {
      keys: [await facts.once('cookie-key', () => random(32).toString('base64url'))],
      names: { session: cookie('session'), interaction: cookie('interaction'), resume: cookie('resume') },
      long: { httpOnly: true, sameSite: 'lax', secure, signed: true },
      short: { httpOnly: true, sameSite: 'lax', secure, signed: true },
    },
    routes: {
      authorization: '/oidc/authorize',
      code_verification: DEVICE_PATH,
      device_authorization: '/oidc/device/authorize',
      end_session: '/oidc/sign-out',
      jwks: '/oidc/keys',
      revocation: '/oidc/revoke',
      token: '/oidc/token',
      userinfo: '/oidc/userinfo',
    },
    responseTypes: ['code'],
    scopes: ['openid', 'profile', 'email', 'offline_access'],
    claims: { openid: ['sub', 'organizations'], profile: ['name', 'preferred_username'], email: ['email'] },
    pkce: { required: () => true },
    features: {
      devInteractions: { enabled: false },
      dPoP: { enabled: false },
      pushedAuthorizationRequests: { enabled: false },
      resourceIndicators: { enabled: false },
      revocation: { enabled: true },
      rpInitiatedLogout: {
        enabled: true,
        logoutSource: (ctx) =>
          show(
            ctx,
            signOutPage(readerOf(ctx.req), { action: ctx.oidc.urlFor('end_session_confirm'), xsrf: xsrf(ctx) }),
          ),
        postLogoutSuccessSource: (ctx) =>
          show(ctx, messagePage(readerOf(ctx.req), readerOf(ctx.req).texts.signOut.done)),
      },
      deviceFlow: {
        enabled: true,
        // The library would take the first entry of X-Forwarded-For, which whoever asked for the code wrote.
        deviceInfo: (ctx) => ({ ip: clientAddress(ctx.req, secure) }),
        userCodeInputSource: (ctx, _form, out, error) => {
          ctx.state.isCodeWrong = error?.name === 'NotFoundError';
          show(ctx, userCodeInput(ctx, out, error));
        },
        userCodeConfirmSource: (ctx, _form, _client, deviceInfo, userCode) =>
          show(
            ctx,
            deviceConfirmPage(readerOf(ctx.req), {
              action: ctx.oidc.urlFor('code_verification'),
              xsrf: xsrf(ctx),
              userCode,
              typed: String(ctx.oidc.params?.user_code ?? ''),
              from: typeof deviceInfo.ip === 'string' ? deviceInfo.ip : undefined,
            }),
          ),
        successSource: (ctx) => show(ctx, messagePage(readerOf(ctx.req), readerOf(ctx.req).texts.device.done)),
      },
    },
    interactions: { url: (_ctx, { uid }) => `${INTERACTION_PATH}${uid}` },
    findAccount: async (_ctx, sub) => {
      const user = await accounts.bySub(sub);
      if (user === undefined) return undefined;
      const { name, email, organizations } = await accounts.describe(user);
      return {
        accountId: sub,
        claims: () => ({
          sub,
          preferred_username: user.username,
          name,
          email,
          organizations: organizations.map((organization) => organization.name),
        }),
      };
    },
    // Signing out in the browser leaves Portcullis signed in; its own sign-out revokes its tokens.
    expiresWithSession: () => false,
    // Kept with the access token, and shown to nobody: for what takes a fresh sign-in.
    extraTokenClaims: (ctx) => {
      const { AuthorizationCode, DeviceCode, RefreshToken } = ctx.oidc.entities;
      return { password_at: (AuthorizationCode ?? DeviceCode ?? RefreshToken)?.authTime };
    },
    issueRefreshToken: (_ctx, client) => client.grantTypeAllowed('refresh_token'),
    rotateRefreshToken: () => true,
    // Browsers name the origin in a page's own calls too; of no other origin is anything allowed.
    clientBasedCORS: (_ctx, origin, { clientId }) => origin === issuer && clientId === DASHBOARD_CLIENT_ID,
    clockTolerance: 0,
    ttl: {
      AccessToken: () => deps.accessTokenSeconds,
      AuthorizationCode: () => MINUTE,
      DeviceCode: () => 10 * MINUTE,
      Grant: () => 365 * DAY,
      IdToken: () => 60 * MINUTE,
      Interaction: () => 30 * MINUTE,
      RefreshToken: () => 30 * DAY,
      Session: () => 14 * DAY,
    },
    renderError: (ctx, out, error) => show(ctx, errorPage(readerOf(ctx.req), out, error)),
  });
  provider.proxy = secure;

  // The provider would use a script to submit a code given in the address; instead the page fills it into the field.
  provider.use(async (ctx, next) => {
    const userCode = ctx.query.user_code;
    if (ctx.method === 'GET' && ctx.path === DEVICE_PATH && typeof userCode === 'string') {
      ctx.state.userCode = userCode.slice(0, 32);
      ctx.querystring = '';
    }
    await next();
  });
  provider.use(async (ctx, next) => {
    if (ctx.method !== 'POST' || ctx.path !== DEVICE_PATH) return next();
    const client = clientShare(clientAddress(ctx.req, secure));
    const wait = await wrongCodes.begin(client);
    if (wait > 0) {
      const seconds = Math.ceil(wait / 1000);
      ctx.status = 429;
      ctx.set('retry-after', String(seconds));
      return show(ctx, problemPage(readerOf(ctx.req), problem('too-many-codes', { seconds })));
    }
    await next();
    if (ctx.state.isCodeWrong !== true) await wrongCodes.right(client);
  });
  return provider;
}

function show(ctx: Pick<KoaContextWithOIDC, 'type' | 'body'>, content: string): void {
  ctx.type = 'html';
  ctx.body = content;
}

function xsrf(ctx: KoaContextWithOIDC): string {
  return String(ctx.oidc.session?.state?.secret ?? '');
}

function userCodeInput(ctx: KoaContextWithOIDC, out: ErrorOut | undefined, error: Error | undefined): string {
  const reader = readerOf(ctx.req);
  if (error?.name === 'AbortedError') return messagePage(reader, reader.texts.device.cancelled);
  return deviceCodePage(reader, {
    action: ctx.oidc.urlFor('code_verification'),
    xsrf: xsrf(ctx),
    userCode: typedCode(ctx, error),
    ...(error === undefined ? {} : { problem: deviceProblem(error, out) }),
  });
}

/** What was given in the address or typed before, so that it can be corrected. */
function typedCode(ctx: KoaContextWithOIDC, error: Error | undefined): string {
  const typed: unknown = error !== undefined && 'userCode' in error ? error.userCode : ctx.state.userCode;
  return typeof typed === 'string' ? typed : '';
}

function deviceProblem(error: Error, out: ErrorOut | undefined): Problem {
  switch (error.name) {
    case 'NoCodeError':
      return problem('device-code-missing');
    case 'NotFoundError':
      return problem('device-code-unknown');
    case 'ExpiredError':
      return problem('device-code-expired');
    case 'AlreadyUsedError':
      return problem('device-code-used');
    default:
      return problem('device-sign-in-failed', {}, { cause: out?.error_description });
  }
}

function errorPage(reader: Reader, out: ErrorOut, error: Error): string {
  if (error instanceof errors.SessionNotFound) return problemPage(reader, problem('sign-in-page-expired'));
  const cause = [out.error, out.error_description].filter((part) => part !== undefined).join(': ');
  return problemPage(reader, problem('sign-in-page-failed', {}, { cause }));
}

function makeIdTokenKey(): string {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  return JSON.stringify({ ...privateKey.export({ format: 'jwk' }), alg: 'ES256', use: 'sig' });
}
