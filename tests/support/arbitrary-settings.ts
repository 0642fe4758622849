import fc from 'fast-check';
import type { PortcullisSettings } from '../../shared/schemas/managed-config.ts';

const word = fc.string({ unit: fc.constantFrom(...'abcXYZ019-_'), minLength: 1, maxLength: 20 });
const url = fc
  .tuple(fc.constantFrom('https', 'http'), word)
  .map(([scheme, host]) => `${scheme}://h${host.replaceAll(/[_-]/g, '')}.example/${host}?a=1&b=%20`);

export const organizationNames = fc.uniqueArray(word, { minLength: 1, maxLength: 4 });

/** A valid value for each setting, by its own rules and not by what any store makes of it. */
export const settingValues: {
  [Name in keyof PortcullisSettings]-?: fc.Arbitrary<NonNullable<PortcullisSettings[Name]>>;
} = {
  hub: url,
  policyKeys: organizationNames.map((organizations) => ({
    keys: [
      { kid: 'a "b" <c>', kty: 'OKP', crv: 'Ed25519', x: '11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo', organizations },
    ],
  })),
  policyIssuer: url,
  policyUrl: url,
  // What `id-token` needs beside it is tested by name.
  membership: fc.constant('hub'),
  membershipHours: fc.integer({ min: 1, max: 168 }),
  issuer: url,
  clientId: word,
  organizationsClaim: word.map((claim) => `/${claim}`),
  organizationsForm: fc.constantFrom('names', 'keys', 'name', 'alias'),
  organizationNames: fc.dictionary(word, word, { minKeys: 1, maxKeys: 3 }),
  scopes: fc.array(word, { minLength: 1, maxLength: 32 }),
  redirectPorts: fc.array(fc.integer({ min: 1024, max: 65_535 }), { minLength: 1, maxLength: 16 }),
  refreshMinutes: fc.integer({ min: 1, max: 1440 }),
  engine: fc.constantFrom('unix:///run/docker.sock', 'npipe:////./pipe/docker_engine'),
  signInStorage: fc.constantFrom('keyring', 'file'),
  startAtLogin: fc.boolean(),
  reporting: fc.constantFrom('off', 'state', 'hosts'),
  supportContact: fc.constantFrom('it@acme.example', '#help & "hope" <on> Slack', 'https://help.example/?a=b'),
  locked: fc.array(word, { minLength: 1, maxLength: 5 }),
  breakGlass: fc.constant({ from: '2026-11-21T14:00:00Z', until: '2026-11-22T08:00:00Z', reason: 'server lost' }),
};
