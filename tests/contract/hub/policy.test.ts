import { compactVerify, createLocalJWKSet, decodeProtectedHeader } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { MembershipClaims, PolicyClaims } from '../../../shared/policy/schema.ts';
import { verifyMembership, verifyPolicy } from '../../../shared/policy/verify.ts';
import { HubError } from '../../../shared/schemas/hub-schema.ts';
import { ACME_AND_GLOBEX, startHub, type TestHub } from '../../support/hub.ts';

let hub: TestHub;
let mia: string;
beforeAll(async () => {
  hub = await startHub(ACME_AND_GLOBEX);
  mia = await hub.signIn('mia');
});
afterAll(() => hub.stop());

const get = (path: string, token: string | null = mia, headers: Record<string, string> = {}): Promise<Response> =>
  fetch(`${hub.url}${path}`, {
    headers: { ...headers, ...(token === null ? {} : { authorization: `Bearer ${token}` }) },
  });

/** Verifies with the organization's published keys, as an administrator would pin them. */
async function verified(jws: string, org: string): Promise<unknown> {
  const keys = (await hub.policyKeys()).keys
    .filter(({ organizations }) => organizations.includes(org))
    .map(({ kid, kty, crv, x }) => ({ kid, kty, crv, x }));
  const { payload } = await compactVerify(jws, createLocalJWKSet({ keys }), { algorithms: ['EdDSA'] });
  return JSON.parse(new TextDecoder().decode(payload));
}

describe('GET /v1/me', () => {
  it('names the user and the organizations with their roles', async () => {
    const me: unknown = await (await get('/v1/me', await hub.signIn('olivia'))).json();
    expect(me).toEqual({
      sub: expect.stringMatching(/^[0-9a-f]{32}$/),
      name: 'Olivia',
      email: 'olivia@acme.example',
      hasPassword: true,
      organizations: [{ name: 'acme', role: 'owner', access: 'owner' }],
    });
  });
});

describe('a policy', () => {
  it('is signed by the organization’s own key, is valid for 72 hours, and carries the settings', async () => {
    const response = await get('/v1/orgs/acme/registry-access');
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toBe('application/jose');
    const jws = await response.text();
    expect(decodeProtectedHeader(jws)).toEqual({ alg: 'EdDSA', kid: expect.any(String), typ: 'registry-policy+jwt' });
    const claims = PolicyClaims.parse(await verified(jws, 'acme'));
    expect(claims).toMatchObject({
      iss: hub.url,
      org: 'acme',
      revision: 1,
      enabled: true,
      mode: 'enforce',
      registries: [{ address: 'docker.io', nickname: 'Docker Hub' }],
    });
    expect(claims.exp - claims.iat).toBe(72 * 3600);
    await expect(verified(jws, 'globex')).rejects.toThrow();
  });

  it('has a strong entity tag: the same bytes have the same tag, and a client that has them gets 304', async () => {
    const [first, second] = [await get('/v1/orgs/acme/registry-access'), await get('/v1/orgs/acme/registry-access')];
    const etag = first.headers.get('etag') ?? '';
    expect(etag).toMatch(/^"[\w-]{43}"$/);
    expect(second.headers.get('etag')).toBe(etag);
    expect(await second.text()).toBe(await first.text());

    for (const tags of [etag, `"other", ${etag}`, `W/${etag}`]) {
      const unchanged = await get('/v1/orgs/acme/registry-access', mia, { 'if-none-match': tags });
      expect(unchanged.status).toBe(304);
      expect(unchanged.headers.get('etag')).toBe(etag);
      expect(await unchanged.text()).toBe('');
    }
    expect((await get('/v1/orgs/acme/registry-access', mia, { 'if-none-match': '"other"' })).status).toBe(200);
  });
});

describe('a membership', () => {
  it('proves for 72 hours that the user belongs to the organization', async () => {
    const response = await get('/v1/orgs/acme/membership');
    expect(response.headers.get('content-type')).toBe('application/jose');
    const jws = await response.text();
    expect(decodeProtectedHeader(jws).typ).toBe('registry-membership+jwt');
    const claims = MembershipClaims.parse(await verified(jws, 'acme'));
    const me: unknown = await (await get('/v1/me')).json();
    expect(claims).toMatchObject({ iss: hub.url, org: 'acme', sub: (me as { sub: string }).sub });
    expect(claims.exp - claims.iat).toBe(72 * 3600);
  });
});

it('signs documents that clients accept with the published keys', async () => {
  const expected = { keys: await hub.policyKeys(), org: 'acme', iss: hub.url, now: Math.floor(Date.now() / 1000) };
  const document = async (path: string): Promise<string> => (await get(`/v1/orgs/acme/${path}`)).text();
  expect(await verifyPolicy(await document('registry-access'), expected)).toMatchObject({ ok: true });
  expect(await verifyMembership(await document('membership'), expected)).toMatchObject({ ok: true });
});

describe('access is denied to', () => {
  const paths = ['registry-access', 'membership', 'registry-access/events', 'registry-access/settings', 'activity'];

  it.each(paths)('a user of another organization, from %s: 403 names the organization', async (path) => {
    const gus = await hub.signIn('gus');
    const response = await get(`/v1/orgs/acme/${path}`, gus);
    expect(response.status).toBe(403);
    expect(response.headers.get('content-type')).toBe('application/problem+json');
    const problem = HubError.parse(await response.json());
    expect(problem).toMatchObject({
      code: 'not-a-member',
      organization: 'acme',
      title: 'You are not a member of acme.',
    });
  });

  it('a stranger without revealing which organizations exist', async () => {
    const gus = await hub.signIn('gus');
    const texts = await Promise.all(
      ['acme', 'nope'].map(async (org) => (await get(`/v1/orgs/${org}/registry-access`, gus)).text()),
    );
    expect(texts[1]?.replaceAll('nope', 'acme')).toBe(texts[0]);
  });

  it.each(paths)('a request without a valid token, from %s: 401 asks for one', async (path) => {
    for (const [token, code, challenge] of [
      [null, 'token-missing', 'Bearer realm="portcullis"'],
      ['made-up', 'token-invalid', 'Bearer realm="portcullis", error="invalid_token"'],
    ] as const) {
      const response = await get(`/v1/orgs/acme/${path}`, token);
      expect(response.status).toBe(401);
      expect(response.headers.get('www-authenticate')).toBe(challenge);
      expect(HubError.parse(await response.json())).toMatchObject({ code });
    }
  });

  it('a member, from what only owners may see', async () => {
    for (const path of ['registry-access/settings', 'activity']) {
      const response = await get(`/v1/orgs/acme/${path}`);
      expect(response.status).toBe(403);
      expect(HubError.parse(await response.json())).toMatchObject({
        code: 'not-allowed-for-role',
        organization: 'acme',
      });
    }
  });
});

describe('every response', () => {
  it.each([
    '/',
    '/v1/me',
    '/v1/policy-keys',
    '/v1/nothing',
    '/nothing',
    '/.well-known/openid-configuration',
    '/oidc/nothing',
  ])('of %s has headers that keep browsers from using it', async (path) => {
    const { headers } = await get(path);
    expect(headers.get('content-security-policy')).toContain("default-src 'none'");
    expect(headers.get('x-content-type-options')).toBe('nosniff');
    expect(headers.get('referrer-policy')).toBe('no-referrer');
    expect(headers.get('cross-origin-resource-policy')).toBe('same-origin');
    // Only the provider's metadata is for pages of other sites, as its specification requires.
    expect(headers.get('access-control-allow-origin')).toBe(path.startsWith('/.well-known/') ? '*' : null);
  });

  it('to an unknown path or method is problem details', async () => {
    const nothing = await get('/v1/nothing');
    expect(nothing.status).toBe(404);
    expect(HubError.parse(await nothing.json())).toMatchObject({ code: 'not-found', status: 404 });
    const method = await fetch(`${hub.url}/v1/me`, { method: 'DELETE' });
    expect(method.status).toBe(405);
    expect(method.headers.get('allow')).toBe('GET');
  });

  it('requires the right host name, against DNS rebinding', async () => {
    const { request } = await import('node:http');
    const { promise, resolve, reject } = Promise.withResolvers<number | undefined>();
    const asked = request(`${hub.url}/v1/policy-keys`, { headers: { host: 'evil.example' } }, (response) => {
      response.resume();
      resolve(response.statusCode);
    });
    asked.on('error', reject).end();
    expect(await promise).toBe(421);
  });
});
