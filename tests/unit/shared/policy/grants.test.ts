import { describe, expect, test } from 'vitest';
import { MAX_GRANTS, PolicyGrant, readableEntries } from '../../../../shared/policy/grants.ts';
import { MembershipClaims, PolicyClaims } from '../../../../shared/policy/schema.ts';

const UNTIL = 1_900_000_000;
const BASE = {
  iss: 'https://hub.acme.example',
  org: 'acme',
  revision: 1,
  iat: 1,
  exp: 2,
  enabled: true,
  mode: 'enforce',
  registries: [],
};

describe('a grant', () => {
  test.each([
    ['until a time', { address: 'gcr.io', until: UNTIL }],
    ['for a team', { address: 'gcr.io', teams: ['platform'] }],
    ['for a team until a time', { address: '*.gcr.io', nickname: 'Google', teams: ['a', 'b'], until: UNTIL }],
  ])('%s is read', (_what, grant) => {
    expect(PolicyClaims.parse({ ...BASE, grants: [grant] }).grants).toEqual([grant]);
  });

  // Parsed from text, as a document is: `__proto__` is a member like any other there.
  test.each([
    ['without a condition', '{"address":"gcr.io"}'],
    ['without an address', '{"until":1900000000}'],
    ['with an empty address', '{"address":"","until":1900000000}'],
    ['with an address that is no text', '{"address":["gcr.io"],"until":1900000000}'],
    ['with an unknown member', '{"address":"gcr.io","until":1900000000,"days":["mon"]}'],
    ['with a member called __proto__', '{"address":"gcr.io","until":1900000000,"__proto__":{"until":1}}'],
    ['with a member that differs in case', '{"address":"gcr.io","until":1900000000,"Until":1}'],
    ['with an until of null', '{"address":"gcr.io","until":null,"teams":["platform"]}'],
    ['with an until that is text', '{"address":"gcr.io","until":"1900000000"}'],
    ['with an until of RFC 3339', '{"address":"gcr.io","until":"2030-01-01T00:00:00Z"}'],
    ['with an until in fractions', '{"address":"gcr.io","until":1900000000.5}'],
    ['with a negative until', '{"address":"gcr.io","until":-1}'],
    ['with an until beyond all numbers', '{"address":"gcr.io","until":1e400}'],
    ['with an until in milliseconds of the year 300000', '{"address":"gcr.io","until":9999999999999}'],
    ['with an until of true', '{"address":"gcr.io","until":true}'],
    ['with empty teams', '{"address":"gcr.io","teams":[]}'],
    ['with empty teams and a time', '{"address":"gcr.io","teams":[],"until":1900000000}'],
    ['with teams of null', '{"address":"gcr.io","teams":null,"until":1900000000}'],
    ['with a team that is no text', '{"address":"gcr.io","teams":["platform",1]}'],
    ['with an empty team', '{"address":"gcr.io","teams":[""]}'],
    ['with teams in one text', '{"address":"gcr.io","teams":"platform"}'],
    ['with teams in an object', '{"address":"gcr.io","teams":{"0":"platform","length":1}}'],
    ['with a team that reverses text', '{"address":"gcr.io","teams":["\\u202eplatform"]}'],
    ['with a nickname of two lines', '{"address":"gcr.io","until":1900000000,"nickname":"a\\nb"}'],
    ['that is text', '"gcr.io"'],
    ['that is null', 'null'],
    ['that is a list', '["gcr.io",1900000000]'],
  ])('%s is void, and harms neither the others nor the policy', (_what, json) => {
    const good = { address: 'quay.io', until: UNTIL };
    const claims = PolicyClaims.parse({ ...BASE, grants: [JSON.parse(json), good] });
    expect(claims.grants).toEqual([good]);
    expect(readableEntries([JSON.parse(json), good], PolicyGrant, MAX_GRANTS).unreadable).toBe(1);
  });

  test.each([['text'], [1], [null], [{ 0: { address: 'gcr.io', until: UNTIL } }]])(
    'grants that are no list (%j) are void as a whole',
    (grants) => {
      expect(PolicyClaims.parse({ ...BASE, grants }).grants).toBeUndefined();
      expect(readableEntries(grants, PolicyGrant, MAX_GRANTS).unreadable).toBe(1);
    },
  );

  test('beyond the ten thousandth is void', () => {
    const grants = Array.from({ length: MAX_GRANTS + 2 }, (_, i) => ({ address: `r${i}.example`, until: UNTIL }));
    expect(PolicyClaims.parse({ ...BASE, grants }).grants).toHaveLength(MAX_GRANTS);
    expect(readableEntries(grants, PolicyGrant, MAX_GRANTS).unreadable).toBe(2);
  });
});

describe('what decides nothing rejects nothing', () => {
  test.each([
    ['hints', 'none', undefined],
    ['hints', [{ address: 'gcr.io' }, { address: 'gcr.io', use: 'm', new: 1 }], [{ address: 'gcr.io', use: 'm' }]],
    ['hints', [{ address: 'gcr.io', use: 'a\nb' }], undefined],
    ['hints', [{ address: 'gcr.io', use: '' }], undefined],
    ['requests', 'yes', undefined],
    ['requests', true, true],
    ['support', 'ask Pat', undefined],
    ['support', { text: 'a\u0007', url: 'https://help.acme.example/' }, { url: 'https://help.acme.example/' }],
    ['support', { text: 'Ask Pat', url: 'http://help.acme.example/' }, { text: 'Ask Pat' }],
    ['support', { text: 'Ask Pat', url: 'javascript:alert(1)' }, { text: 'Ask Pat' }],
  ])('%s: %j is read as %j', (name, written, read) => {
    const claims: Record<string, unknown> = PolicyClaims.parse({ ...BASE, [name]: written });
    expect(claims[name]).toEqual(read);
  });
});

describe('teams of a membership proof', () => {
  const PROOF = { iss: 'https://hub.acme.example', org: 'acme', sub: 'mia', iat: 1, exp: 2 };
  const jkt = 'NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs';

  test('and the key that they are bound to', () => {
    expect(MembershipClaims.parse({ ...PROOF, teams: ['platform'], cnf: { jkt } })).toMatchObject({
      teams: ['platform'],
      cnf: { jkt },
    });
  });

  test.each([
    [{ teams: 'platform' }],
    [{ teams: ['platform', 7] }],
    [{ teams: null }],
    [{ cnf: { jkt: 'short' } }],
    [{ cnf: { jwk: {} } }],
    [{ cnf: null }],
    [{ cnf: jkt }],
  ])('that cannot be read (%j) count as none, and membership stays', (written) => {
    const claims = MembershipClaims.parse({ ...PROOF, ...written });
    expect(claims.sub).toBe('mia');
    expect(claims.teams ?? null).toBeNull();
    expect(claims.cnf ?? null).toBeNull();
  });
});
