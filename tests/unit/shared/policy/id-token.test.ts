import { generateKeyPairSync } from 'node:crypto';
import { CompactSign } from 'jose';
import { describe, expect, it } from 'vitest';
import { type IdTokenTerms, openIdToken, readIdToken } from '../../../../shared/policy/id-token.ts';
import { type ProviderKey, publishedKeys } from '../../../../shared/policy/provider-keys.ts';
import { CLIENT, createIdTokenSigner, PROVIDER } from '../../../support/id-token-signer.ts';

const NOW = 1_800_000_000;
const HOUR = 3600;
const at = () => NOW;
const TERMS: IdTokenTerms = {
  issuer: PROVIDER,
  clientId: CLIENT,
  organizationsClaim: '/groups',
  organizationsForm: 'names',
  organizationNames: undefined,
  membershipHours: 72,
};
const CLAIMS = { iss: PROVIDER, sub: 'mia', aud: CLIENT, iat: NOW, exp: NOW + HOUR, groups: ['acme'] };

function keysOf(...jwks: object[]): ProviderKey[] {
  return publishedKeys({ keys: jwks }) ?? [];
}

/** The code it is refused with, or `accepted`. */
async function opened(token: string, keys: readonly ProviderKey[]): Promise<string> {
  const outcome = await openIdToken(token, keys);
  return outcome.ok ? 'accepted' : outcome.problem.code;
}

/** The same for its claims. */
function read(claims: object, terms: Partial<IdTokenTerms> = {}, org = 'acme', now = NOW): string {
  const outcome = readIdToken({ ...CLAIMS, ...claims }, { ...TERMS, ...terms }, org, now);
  return outcome.ok ? 'accepted' : outcome.problem.code;
}

describe('the signature of an ID token', () => {
  it.each(['RS256', 'PS256', 'ES256', 'EdDSA'] as const)('is accepted with %s', async (alg) => {
    const signer = await createIdTokenSigner(alg, { at });
    expect(await opened(await signer.token(), keysOf(signer.jwk))).toBe('accepted');
    // RFC 7517 section 4.4: the key need not name it.
    expect(await opened(await signer.token(), keysOf({ ...signer.jwk, alg: undefined }))).toBe('accepted');
  });

  it('is accepted without a kid, by whichever key has made it', async () => {
    const [one, other] = [await createIdTokenSigner('RS256', { at }), await createIdTokenSigner('ES256', { at })];
    const token = await other.token({}, { kid: undefined });
    expect(await opened(token, keysOf(one.jwk, other.jwk))).toBe('accepted');
    expect(await opened(token, keysOf(one.jwk))).toBe('id-token-key-unknown');
  });

  it('is refused by a key that is not known, and by another one of the same name', async () => {
    const signer = await createIdTokenSigner('RS256', { at });
    const impostor = await createIdTokenSigner('RS256', { at });
    expect(await opened(await signer.token(), [])).toBe('id-token-key-unknown');
    expect(await opened(await signer.token({}, { kid: 'other' }), keysOf(signer.jwk))).toBe('id-token-key-unknown');
    expect(await opened(await impostor.token(), keysOf(signer.jwk))).toBe('id-token-key-unknown');
  });

  it('is refused where the key is for another algorithm than the token says', async () => {
    const signer = await createIdTokenSigner('RS256', { at });
    expect(await opened(await signer.token(), keysOf({ ...signer.jwk, alg: 'PS256' }))).toBe('id-token-key-unknown');
  });

  it.each(['none', 'HS256', 'RS384', 'RS512', 'ES384'])('is refused with %s', async (alg) => {
    const signer = await createIdTokenSigner('RS256', { at });
    const [, body, tail] = (await signer.token()).split('.');
    const head = Buffer.from(JSON.stringify({ alg, kid: signer.jwk.kid })).toString('base64url');
    expect(await opened(`${head}.${body}.${tail}`, keysOf(signer.jwk))).toBe('id-token-unusable');
    expect(await opened(`${head}.${body}.`, keysOf(signer.jwk))).toBe('id-token-unusable');
  });

  it('is refused where the public key is used as a secret', async () => {
    const signer = await createIdTokenSigner('RS256', { at });
    const secret = new TextEncoder().encode(String(signer.jwk.n));
    const token = await new CompactSign(new TextEncoder().encode(JSON.stringify(CLAIMS)))
      .setProtectedHeader({ alg: 'HS256', kid: String(signer.jwk.kid) })
      .sign(secret);
    expect(await opened(token, keysOf(signer.jwk))).toBe('id-token-unusable');
  });

  it.each([
    ['an access token', { typ: 'at+jwt' }],
    ['a logout token', { typ: 'logout+jwt' }],
    ['an event', { typ: 'secevent+jwt' }],
    ['a policy', { typ: 'registry-policy+jwt' }],
  ])('is refused where the type is that of %s', async (_kind, header) => {
    const signer = await createIdTokenSigner('RS256', { at });
    expect(await opened(await signer.token({}, header), keysOf(signer.jwk))).toBe('id-token-unusable');
  });

  it('is accepted without a type, and with its usual one in any case', async () => {
    const signer = await createIdTokenSigner('RS256', { at });
    for (const typ of [undefined, 'JWT', 'jwt']) {
      expect(await opened(await signer.token({}, { typ }), keysOf(signer.jwk))).toBe('accepted');
    }
  });

  it.each(['jwk', 'jku', 'x5u', 'x5c', 'crit'])('is refused where the header has %s', async (member) => {
    const signer = await createIdTokenSigner('RS256', { at });
    const [, body, tail] = (await signer.token()).split('.');
    const head = Buffer.from(JSON.stringify({ alg: 'RS256', kid: signer.jwk.kid, [member]: ['x'] })).toString(
      'base64url',
    );
    expect(await opened(`${head}.${body}.${tail}`, keysOf(signer.jwk))).toBe('id-token-unusable');
  });

  it('is refused for what is no token at all, and for one that is too long', async () => {
    for (const text of ['', 'a.b', '<html>', 'a.b.c.d', 'é.é.é', `${'a'.repeat(70_000)}.b.c`]) {
      expect(await opened(text, [])).toBe('id-token-unusable');
    }
  });

  it('counts no key for encryption, none too short, and none that is not whole', () => {
    const { publicKey } = generateKeyPairSync('rsa', { modulusLength: 1024 });
    const short = publicKey.export({ format: 'jwk' });
    const { publicKey: long } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    const good = long.export({ format: 'jwk' });
    expect(keysOf(short, { ...good, use: 'enc' }, { ...good, key_ops: ['encrypt'] }, { ...good, alg: 'RS1' })).toEqual(
      [],
    );
    expect(
      keysOf({ kty: 'EC', crv: 'P-384', x: 'a', y: 'b' }, { kty: 'EC', crv: 'P-256', x: 'a' }, { kty: 'oct' }),
    ).toEqual([]);
    expect(keysOf(good, { ...good, use: 'sig', x5c: ['…'], unknown: 1 })).toHaveLength(2);
    expect(publishedKeys([])).toBe(null);
  });
});

describe('what an ID token proves', () => {
  it('is membership for the hours that the administrator names, from when it was issued, whenever it ends itself', () => {
    expect(readIdToken(CLAIMS, TERMS, 'acme', NOW + 71 * HOUR)).toMatchObject({
      value: { iss: PROVIDER, org: 'acme', sub: 'mia', iat: NOW, exp: NOW + 72 * HOUR },
    });
    expect(read({}, {}, 'acme', NOW + 72 * HOUR)).toBe('id-token-expired');
    expect(read({}, { membershipHours: 1 }, 'acme', NOW + HOUR)).toBe('id-token-expired');
    expect(read({ exp: NOW + 9999 * HOUR }, {}, 'acme', NOW + 72 * HOUR)).toBe('id-token-expired');
  });

  it.each([
    ['another issuer', { iss: 'https://login.globex.example' }],
    ['the issuer as a prefix only', { iss: `${PROVIDER}/tenant` }],
    ['another client', { aud: 'other' }],
    ['another client besides ours', { aud: [CLIENT, 'other'] }],
    ['no client', { aud: [] }],
    ['another authorized party', { azp: 'other' }],
    ['no subject', { sub: undefined }],
    ['an empty subject', { sub: '' }],
    ['no time of issue', { iat: undefined }],
    ['an end before its beginning', { exp: NOW }],
    ['events, as a logout token has', { events: {} }],
    ['a scope, as an access token has', { scope: 'openid' }],
    ['a scope, as an access token of Entra ID or Okta has', { scp: ['openid'] }],
    ['the type of an access token of Keycloak', { typ: 'Bearer' }],
    ['the use of an access token of Cognito', { token_use: 'access' }],
  ])('is nothing with %s', (_what, claims) => {
    expect(read(claims)).toBe('id-token-unusable');
  });

  it.each([
    ['our client as the only one of a list', { aud: [CLIENT] }],
    ['our client as the authorized party', { azp: CLIENT }],
    ['the issuer with the slash that makes no difference', { iss: `${PROVIDER}/` }],
    ['the type that Keycloak gives ID tokens', { typ: 'ID' }],
    ['the use that Cognito gives ID tokens', { token_use: 'id' }],
  ])('is membership with %s', (_what, claims) => {
    expect(read(claims)).toBe('accepted');
  });

  it('is nothing yet where it is from the future, by more than clocks differ', () => {
    expect(read({ iat: NOW + 601, exp: NOW + HOUR })).toBe('id-token-not-yet');
    expect(read({ nbf: NOW + 601 })).toBe('id-token-not-yet');
    expect(read({ iat: NOW + 600, exp: NOW + HOUR })).toBe('accepted');
  });

  it.each([
    ['false', false],
    ['null', null],
    ['empty text', ''],
    ['an empty list', []],
    ['an empty object', {}],
    ['absent', undefined],
    ['true', true],
    ['another organization', ['globex']],
    ['the name in another case', ['Acme']],
    ['a number', 7],
    ['the name as a key, where names are expected', { acme: {} }],
    ['objects, where names are expected', [{ name: 'acme' }]],
    ['a list as text', '["acme"]'],
  ])('is no membership where the claim is %s', (_what, groups) => {
    expect(read({ groups })).toBe('id-token-no-member');
  });

  it.each([
    ['names', ['globex', 'acme']],
    ['names', 'acme'],
    ['keys', { acme: { id: '42' } }],
    ['keys', { acme: {} }],
    ['name', [{ id: '42', name: 'acme' }]],
    ['alias', [{ alias: 'acme', name: 'Acme Corporation' }]],
  ] as const)('is read as %s where the administrator says so', (organizationsForm, groups) => {
    expect(read({ groups }, { organizationsForm })).toBe('accepted');
  });

  it('is no membership by a key whose value denies it', () => {
    expect(read({ groups: { acme: false } }, { organizationsForm: 'keys' })).toBe('id-token-no-member');
  });

  it('is read where the pointer leads, and nowhere else', () => {
    const claims = { groups: undefined, 'https://acme.example/orgs': ['acme'], realm_access: { roles: ['acme'] } };
    expect(read(claims)).toBe('id-token-no-member');
    expect(read(claims, { organizationsClaim: '/https:~1~1acme.example~1orgs' })).toBe('accepted');
    expect(read(claims, { organizationsClaim: '/realm_access/roles' })).toBe('accepted');
  });

  it('is what the provider’s name for an organization is mapped to, and no other name then', () => {
    const organizationNames = { '5b1c-42': 'acme', 'cn=acme,ou=groups': 'acme' };
    expect(read({ groups: ['5b1c-42'] }, { organizationNames })).toBe('accepted');
    expect(read({ groups: ['cn=acme,ou=groups'] }, { organizationNames })).toBe('accepted');
    expect(read({ groups: ['acme'] }, { organizationNames })).toBe('id-token-no-member');
    expect(read({ groups: ['constructor'] }, { organizationNames })).toBe('id-token-no-member');
  });

  it('is no membership where there are more groups than the provider puts into a token (Entra ID)', () => {
    const claims = {
      groups: undefined,
      _claim_names: { groups: 'src1' },
      _claim_sources: { src1: { endpoint: 'https://graph' } },
    };
    expect(read(claims)).toBe('id-token-no-member');
  });
});
