import { describe, expect, it } from 'vitest';
import { parseSettings } from '../../../main/managed-config/portcullis-json.ts';

const key = {
  kid: 'acme-2026',
  kty: 'OKP',
  crv: 'Ed25519',
  x: '11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo',
  organizations: ['acme'],
};
const breakGlass = { from: '2026-11-21T14:00:00Z', until: '2026-11-22T14:00:00Z', reason: 'fire' };

describe('a setting that is not valid', () => {
  it.each([
    [{ hub: 'portcullis.example.com' }, 'setting-not-a-url', { setting: 'hub' }],
    [{ hub: 7 }, 'setting-type', { setting: 'hub', type: 'string' }],
    [{ refreshMinutes: 0 }, 'setting-too-small', { setting: 'refreshMinutes', minimum: 1 }],
    [{ refreshMinutes: 1441 }, 'setting-too-large', { setting: 'refreshMinutes', maximum: 1440 }],
    [{ clientId: '' }, 'setting-empty', { setting: 'clientId' }],
    [{ clientId: 'x'.repeat(256) }, 'setting-too-long', { setting: 'clientId', maximum: 255 }],
    [{ scopes: Array(33).fill('email') }, 'setting-too-many', { setting: 'scopes', maximum: 32 }],
    [{ scopes: ['two words'] }, 'setting-format', { setting: 'scopes[0]' }],
    [{ organizationsClaim: 'groups' }, 'setting-format', { setting: 'organizationsClaim' }],
    [{ engine: '/run/docker.sock' }, 'setting-not-a-socket', { setting: 'engine' }],
    [
      { policyKeys: { keys: [{ ...key, kty: 'RSA' }] } },
      'setting-not-an-option',
      { setting: 'policyKeys.keys[0].kty', options: ['OKP', 'EC'] },
    ],
    [
      { policyKeys: { keys: [{ ...key, organizations: ['a b'] }] } },
      'setting-format',
      { setting: 'policyKeys.keys[0].organizations[0]' },
    ],
    [{ policyKeys: { keys: [{ ...key, crv: 'P-256' }] } }, 'setting-format', { setting: 'policyKeys.keys[0]' }],
    [{ policyKeys: { keys: [{ ...key, d: 'x' }] } }, 'private-key-pinned', { setting: 'policyKeys.keys[0].d' }],
    [{ policyKeys: null }, 'setting-type', { setting: 'policyKeys', type: 'object' }],
    [{ policyKeys: {} }, 'setting-missing', { setting: 'policyKeys.keys' }],
    [{ breakGlass: { ...breakGlass, from: 'today' } }, 'setting-not-a-time', { setting: 'breakGlass.from' }],
    [{ breakGlass: { ...breakGlass, until: breakGlass.from } }, 'break-glass-too-long', { maximum: 72 }],
    [
      { breakGlass: { ...breakGlass, forever: 1 } },
      'setting-not-allowed',
      { setting: 'breakGlass', keys: ['forever'] },
    ],
  ])('%j is reported as %s', (settings, code, args) => {
    const content = parseSettings(settings);
    expect(content.verdict).toBe('malformed');
    expect(content.problems[0]).toMatchObject({ code, args });
  });

  const withoutHub = {
    ...{ membership: 'id-token', issuer: 'https://login.acme.example', clientId: 'x', organizationsClaim: '/groups' },
    ...{ policyUrl: 'https://files.acme.example/policy.jws', policyIssuer: 'https://acme.example' },
  };

  it.each(
    [['issuer', 'clientId', 'organizationsClaim', 'policyUrl', 'policyIssuer'].map((each) => [each] as const)].flat(),
  )('is an ID token as proof without %s', (needed) => {
    const problem = { code: 'setting-needs', args: { needed } };
    expect(parseSettings(withoutHub)).toMatchObject({ verdict: 'present' });
    expect(parseSettings({ ...withoutHub, [needed]: undefined }).problems).toMatchObject([problem]);
  });

  it.each([
    ['https://login.microsoftonline.com/common/v2.0', 'issuer-multi-tenant'],
    ['https://login.microsoftonline.com/Organizations/v2.0', 'issuer-multi-tenant'],
    ['https://login.microsoftonline.com/consumers/v2.0', 'issuer-multi-tenant'],
    ['https://login.microsoftonline.com/9188040d-6c67-4c5b-b112-36a304b66dad/v2.0', 'issuer-multi-tenant'],
    ['https://login.microsoftonline.us/common/v2.0', 'issuer-multi-tenant'],
    ['https://sts.windows.net/{tenantid}/', 'issuer-multi-tenant'],
    ['http://login.acme.example', 'issuer-not-secure'],
  ])('is an ID token of %s', (issuer, code) => {
    expect(parseSettings({ ...withoutHub, issuer }).problems).toMatchObject([{ code }]);
  });

  it.each([
    'https://login.microsoftonline.com/5f1c3f9e-6f0a-4d0e-8f33-8a1c7f0f0b11/v2.0',
    'https://accounts.google.com',
    'https://acme.eu.auth0.com/',
    'http://127.0.0.1:8080/realms/common',
  ])('is not an ID token of %s', (issuer) => {
    expect(parseSettings({ ...withoutHub, issuer })).toMatchObject({ verdict: 'present' });
  });

  it('is a hub beside an ID token as proof', () => {
    const hub = 'https://hub.acme.example';
    const { policyUrl } = withoutHub;
    expect(parseSettings({ ...withoutHub, hub }).problems).toMatchObject([{ code: 'hub-beside-id-token' }]);
    expect(parseSettings({ policyUrl, hub })).toMatchObject({ verdict: 'present' });
    expect(parseSettings({ membershipHours: 169 }).problems).toMatchObject([{ code: 'setting-too-large' }]);
  });

  it.each([[[]], ['text'], [null], [7]])('is the whole file where it is %j', (settings) => {
    expect(parseSettings(settings)).toMatchObject({ verdict: 'malformed', problems: [{ code: 'not-an-object' }] });
  });
});
