import { generateKeyPairSync } from 'node:crypto';
import { SignJWT } from 'jose';
import { describe, expect, it } from 'vitest';
import { createRelyingParty, type Pending } from '../../../../main/hub/external-identity/relying-party.ts';
import type { Fetch } from '../../../../main/platform/net/web-answer.ts';

/** A provider that answers as an attacker would have it. */
const ISSUER = 'https://login.example';
const CLIENT_ID = 'portcullis-hub';
const REDIRECT_URI = 'https://hub.example/sign-in/callback';
const key = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const foreign = generateKeyPairSync('ec', { namedCurve: 'P-256' });

const json = (value: unknown, status = 200): Response => Response.json(value, { status });
const now = (): number => Math.floor(Date.now() / 1000);

interface Answer {
  idToken?: (claims: Record<string, unknown>) => Promise<string> | string | undefined;
  refreshToken?: string | undefined;
  token?: () => Response;
  userInfo?: Record<string, unknown>;
}

const signed = (claims: Record<string, unknown>, by = key): Promise<string> =>
  new SignJWT(claims).setProtectedHeader({ alg: 'ES256', kid: 'k1' }).sign(by.privateKey);

async function begun(answer: Answer = {}, freshSince: number | null = null) {
  let pending: Pending | null = null;
  const asked: string[] = [];
  const fetch: Fetch = async (input, init) => {
    const { pathname } = new URL(String(input));
    asked.push(pathname);
    switch (pathname) {
      case '/.well-known/openid-configuration':
        return json({
          issuer: ISSUER,
          authorization_endpoint: `${ISSUER}/authorize`,
          token_endpoint: `${ISSUER}/token`,
          userinfo_endpoint: `${ISSUER}/userinfo`,
          jwks_uri: `${ISSUER}/keys`,
          id_token_signing_alg_values_supported: ['none', 'HS256', 'ES256'],
          authorization_response_iss_parameter_supported: true,
        });
      case '/keys':
        return json({ keys: [{ ...key.publicKey.export({ format: 'jwk' }), kid: 'k1', alg: 'ES256', use: 'sig' }] });
      case '/userinfo':
        return json(answer.userInfo ?? { sub: 'mia', groups: ['staff'] });
      default: {
        if (answer.token !== undefined) return answer.token();
        const claims = {
          ...{ iss: ISSUER, aud: CLIENT_ID, sub: 'mia', iat: now(), exp: now() + 300, auth_time: now() },
          nonce: String(init?.body).includes('grant_type=refresh_token') ? undefined : pending?.nonce,
        };
        const id_token = await (answer.idToken ?? signed)(claims);
        const refresh_token = 'refreshToken' in answer ? answer.refreshToken : 'refresh';
        return json({ access_token: 'access', token_type: 'Bearer', expires_in: 300, id_token, refresh_token });
      }
    }
  };
  const party = createRelyingParty(
    { issuer: ISSUER, clientId: CLIENT_ID, clientSecret: 's', scopes: ['profile'], redirectUri: REDIRECT_URI },
    fetch,
  );
  const begin = await party.begin('uid', freshSince);
  pending = begin.pending;
  const reply = new URLSearchParams({ code: 'code', state: pending.state, iss: ISSUER });
  return { party, url: begin.url, pending, reply, asked };
}

it('asks with PKCE, state, nonce and the time of the sign-in', async () => {
  const { url, pending } = await begun();
  expect(Object.fromEntries(url.searchParams)).toMatchObject({
    redirect_uri: REDIRECT_URI,
    scope: 'openid profile offline_access',
    code_challenge_method: 'S256',
    state: pending.state,
    nonce: pending.nonce,
    prompt: 'consent',
    max_age: '1209600',
  });
  const fresh = await begun({}, now());
  expect(fresh.url.searchParams.get('prompt')).toBe('login consent');
  expect(fresh.url.searchParams.get('max_age')).toBe('60');
});

it('takes the claims of ID token and user info together', async () => {
  const { party, reply, pending } = await begun();
  expect(await party.redeem(reply, pending)).toMatchObject({
    ...{ issuer: ISSUER, sub: 'mia', refreshToken: 'refresh' },
    claims: { groups: ['staff'] },
  });
});

const unsigned = (claims: Record<string, unknown>): string =>
  `${[{ alg: 'none' }, claims].map((part) => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.')}.`;
const bySecret = (claims: Record<string, unknown>): Promise<string> =>
  new SignJWT(claims).setProtectedHeader({ alg: 'HS256' }).sign(Buffer.from('s'.repeat(32)));

describe('nobody is signed in by an ID token', () => {
  it.each<[string, NonNullable<Answer['idToken']>]>([
    ['without a signature', unsigned],
    ['signed with the secret of the client', bySecret],
    ['signed by a key that is not the provider’s', (claims) => signed(claims, foreign)],
    ['of another client', (claims) => signed({ ...claims, aud: 'another-client' })],
    ['of another issuer', (claims) => signed({ ...claims, iss: 'https://evil.example' })],
    ['with another nonce', (claims) => signed({ ...claims, nonce: 'of-another-sign-in' })],
    ['that has expired', (claims) => signed({ ...claims, exp: now() - 3600, iat: now() - 7200 })],
    [
      'for several audiences without naming this client as its party',
      (claims) => signed({ ...claims, aud: [CLIENT_ID, 'x'], azp: 'x' }),
    ],
    ['that is not there', () => undefined],
  ])('%s', async (_what, idToken) => {
    const { party, reply, pending } = await begun({ idToken });
    await expect(party.redeem(reply, pending)).rejects.toMatchObject({ problem: { code: 'identity-sign-in-failed' } });
  });
});

describe('nobody is signed in by an answer', () => {
  it.each<[string, Record<string, string>]>([
    ['of another sign-in', { state: 'uid.other' }],
    ['that comes from another provider (RFC 9207)', { iss: 'https://evil.example' }],
    ['that says that something went wrong', { error: 'server_error' }],
  ])('%s', async (_what, changed) => {
    const { party, reply, pending, asked } = await begun();
    for (const [name, value] of Object.entries(changed)) reply.set(name, value);
    await expect(party.redeem(reply, pending)).rejects.toMatchObject({ problem: { code: 'identity-sign-in-failed' } });
    expect(asked).not.toContain('/token');
  });

  it('about somebody else than the user info', async () => {
    const { party, reply, pending } = await begun({ userInfo: { sub: 'olga', groups: ['owners'] } });
    await expect(party.redeem(reply, pending)).rejects.toMatchObject({ problem: { code: 'identity-sign-in-failed' } });
  });

  it('without a refresh token, since roles could not be renewed', async () => {
    const { party, reply, pending } = await begun({ refreshToken: undefined });
    await expect(party.redeem(reply, pending)).rejects.toMatchObject({
      problem: { code: 'identity-no-refresh-token' },
    });
  });
});

describe('where a fresh sign-in is needed', () => {
  it.each<[string, (claims: Record<string, unknown>) => Record<string, unknown>]>([
    ['an old one does not count', (claims) => ({ ...claims, auth_time: now() - 3600 })],
    ['one of unknown age does not count', ({ auth_time: _at, ...claims }) => claims],
  ])('%s', async (_what, change) => {
    const { party, reply, pending } = await begun({ idToken: (claims) => signed(change(claims)) });
    const since = { ...pending, freshSince: now() };
    await expect(party.redeem(reply, since)).rejects.toMatchObject({
      problem: { code: expect.stringMatching(/^identity-(not-fresh|sign-in-failed)$/) },
    });
  });

  it('a new one counts', async () => {
    const { party, reply, pending } = await begun({}, now());
    expect(await party.redeem(reply, pending)).toMatchObject({ sub: 'mia' });
  });
});

describe('a renewal', () => {
  it('brings the claims of now, and keeps the token where no new one comes', async () => {
    const { party } = await begun({ refreshToken: undefined, userInfo: { sub: 'mia', groups: [] } });
    expect(await party.refresh('old', 'mia')).toMatchObject({
      sub: 'mia',
      refreshToken: 'old',
      claims: { groups: [] },
    });
  });

  it.each(['invalid_grant', 'invalid_request'])('that is answered %s ends the sign-in', async (error) => {
    const { party } = await begun({ token: () => json({ error }, 400) });
    expect(await party.refresh('old', 'mia')).toBeNull();
  });

  it('about another person ends the sign-in', async () => {
    const { party } = await begun();
    expect(await party.refresh('old', 'olga')).toBeNull();
  });

  it.each<[string, () => Response]>([
    ['an error of the server', () => json({ error: 'invalid_grant' }, 503)],
    ['a client that it does not know', () => json({ error: 'invalid_client' }, 401)],
    ['something that is no answer', () => new Response('<html>', { headers: { 'content-type': 'text/html' } })],
  ])('that meets %s says nothing about the person', async (_what, token) => {
    const { party } = await begun({ token });
    await expect(party.refresh('old', 'mia')).rejects.toMatchObject({ problem: {} });
  });

  it('without a valid signature says nothing about the person', async () => {
    const { party } = await begun({ idToken: unsigned });
    await expect(party.refresh('old', 'mia')).rejects.toMatchObject({ problem: { code: 'identity-sign-in-failed' } });
  });
});
