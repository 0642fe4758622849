import type { ContentCase } from './content-case.ts';

const key = {
  kid: 'acme-2026',
  kty: 'OKP',
  crv: 'Ed25519',
  x: '11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo',
  organizations: ['acme'],
};
const text = (value: unknown) => JSON.stringify(value);

/** Except break-glass, which has cases of its own. */
const everySetting = {
  hub: 'https://portcullis.example.com',
  policyKeys: { keys: [key] },
  policyIssuer: 'https://portcullis.example.com',
  policyUrl: 'https://files.example.com/acme.jws',
  membership: 'hub',
  membershipHours: 72,
  issuer: 'https://login.example.com',
  clientId: 'portcullis',
  organizationsClaim: '/organizations',
  organizationsForm: 'names',
  organizationNames: { '5b1c-42': 'acme' },
  scopes: ['profile', 'groups'],
  redirectPorts: [48_400, 48_401],
  refreshMinutes: 15,
  engine: 'unix:///run/docker.sock',
  signInStorage: 'file',
  startAtLogin: true,
  reporting: 'state',
  supportContact: 'it@acme.example',
  locked: ['hub', 'startAtLogin'],
};

const withoutHub = {
  membership: 'id-token',
  issuer: 'https://login.example.com',
  clientId: 'portcullis',
  organizationsClaim: '/groups',
  policyUrl: 'https://files.example.com/acme.jws',
  policyIssuer: 'https://acme.example',
};

export const portcullisJsonCases: ContentCase[] = [
  {
    title: 'a server and a pinned key',
    shown: '{"hub":"https://portcullis.example.com","policyKeys":{"keys":[{"kid":"acme-2026",…}]}}',
    content: text({ hub: 'https://portcullis.example.com', policyKeys: { keys: [key] } }),
    verdict: 'present',
    value: { hub: 'https://portcullis.example.com', policyKeys: { keys: [key] } },
  },
  { title: 'an empty object', content: '{}', verdict: 'present', value: {} },
  {
    title: 'every setting',
    shown: 'each setting of the table above except breakGlass',
    content: text(everySetting),
    verdict: 'present',
    value: everySetting,
  },
  {
    title: 'an ID token as proof of membership',
    content: text(withoutHub),
    verdict: 'present',
    value: withoutHub,
  },
  {
    title: 'an ID token as proof, and no client ID',
    content:
      '{"membership":"id-token","issuer":"https://login.example.com","organizationsClaim":"/groups",' +
      '"policyUrl":"https://files.example.com/acme.jws","policyIssuer":"https://acme.example"}',
    verdict: 'malformed',
    problems: ['setting-needs@1:2'],
  },
  {
    title: 'a break-glass period',
    content: text({ breakGlass: { from: '2026-11-21T14:00:00Z', until: '2026-11-24T14:00:00Z', reason: 'fire' } }),
    verdict: 'present',
    value: { breakGlass: { from: '2026-11-21T14:00:00Z', until: '2026-11-24T14:00:00Z', reason: 'fire' } },
  },
  {
    title: 'a break-glass period of more than three days',
    content: '{"breakGlass":{"from":"2026-11-21T14:00:00Z","until":"2026-11-24T14:00:01Z","reason":"fire"}}',
    verdict: 'malformed',
    problems: ['break-glass-too-long@1:54'],
  },
  {
    title: 'a break-glass period without end',
    content: '{"breakGlass":{"reason":"fire"}}',
    verdict: 'malformed',
    problems: ['setting-missing@1:15', 'setting-missing@1:15'],
  },
  {
    title: 'a setting of another version, or misspelt',
    content: '{\n  "Hub": "https://portcullis.example.com"\n}',
    shown: '{"Hub":"https://portcullis.example.com"}',
    verdict: 'present',
    value: {},
    problems: ['setting-unknown@2:3'],
  },
  { title: 'an empty file', shown: '(empty)', content: '', verdict: 'malformed', problems: ['empty-file@1:1'] },
  { title: 'a list', content: '[]', verdict: 'malformed', problems: ['not-an-object@1:1'] },
  {
    title: 'a server that is not a URL',
    content: '{"hub":"portcullis.example.com"}',
    verdict: 'malformed',
    problems: ['setting-not-a-url@1:8'],
  },
  {
    title: 'a setting of the wrong type',
    content: '{"refreshMinutes":"15"}',
    verdict: 'malformed',
    problems: ['setting-type@1:19'],
  },
  {
    title: 'a refresh every 0 minutes',
    content: '{"refreshMinutes":0}',
    verdict: 'malformed',
    problems: ['setting-too-small@1:19'],
  },
  {
    title: 'an engine that is not a socket',
    content: '{"engine":"docker"}',
    verdict: 'malformed',
    problems: ['setting-not-a-socket@1:11'],
  },
  {
    title: 'a list of keys without `keys` around it',
    content: '{"policyKeys":[]}',
    verdict: 'malformed',
    problems: ['setting-type@1:15'],
  },
  {
    title: 'no key at all',
    content: '{"policyKeys":{"keys":[]}}',
    verdict: 'malformed',
    problems: ['setting-empty@1:23'],
  },
  {
    title: 'a key that names no organization',
    shown: '{"policyKeys":{"keys":[{"kid":"acme-2026",…}]}} without `organizations`',
    content: `{"policyKeys":{"keys":[${text({ ...key, organizations: undefined })}]}}`,
    verdict: 'malformed',
    problems: ['setting-missing@1:24'],
  },
  {
    title: 'a private key',
    shown: '{"policyKeys":{"keys":[{"d":"…",…}]}}',
    content: `{"policyKeys":{"keys":[${text({ d: 'secret', ...key })}]}}`,
    verdict: 'malformed',
    problems: ['private-key-pinned@1:29'],
  },
  {
    title: 'a setting twice',
    content: '{"hub":"https://a.example","hub":"https://b.example"}',
    verdict: 'malformed',
    problems: ['key-twice@1:28'],
  },
  {
    title: 'settings under `__proto__`',
    content: '{"__proto__":{"hub":"https://a.example"}}',
    verdict: 'present',
    value: {},
    problems: ['setting-unknown@1:2'],
  },
  {
    title: 'a trailing comma',
    content: '{"refreshMinutes":15,}',
    verdict: 'malformed',
    problems: ['json-trailing-comma@1:21'],
  },
];
