import { expect, it } from 'vitest';
import { newlyDecided } from '../../../../main/hub/registry-access/newly-decided.ts';
import type { RegistryAccessSettings } from '../../../../shared/schemas/hub-schema.ts';

const settings = (addresses: string[], change: Partial<RegistryAccessSettings> = {}): RegistryAccessSettings => ({
  ...{ enabled: true, mode: 'enforce', registries: addresses.map((address) => ({ address })) },
  ...change,
});
const used = (host: string, wasBlocked = false) => ({ host, wasBlocked });
const USED = [used('ghcr.io'), used('gcr.io', true), used('quay.io', true), used('registry.example:5000')];
const until = '2030-01-01T00:00:00Z';

it.each<[string, RegistryAccessSettings, RegistryAccessSettings, string[], string[]]>([
  ['nothing changes', settings(['ghcr.io']), settings(['ghcr.io']), [], []],
  ['a line goes', settings(['ghcr.io']), settings([]), ['ghcr.io'], []],
  ['a line comes', settings([]), settings(['gcr.io', 'ghcr.io']), [], ['gcr.io']],
  [
    'a port is a port',
    settings(['registry.example:5000']),
    settings(['registry.example']),
    ['registry.example:5000'],
    [],
  ],
  [
    'enforcing begins',
    settings(['ghcr.io'], { mode: 'audit' }),
    settings(['ghcr.io']),
    ['gcr.io', 'quay.io', 'registry.example:5000'],
    [],
  ],
  ['enforcing ends', settings(['ghcr.io']), settings(['ghcr.io'], { enabled: false }), [], ['gcr.io', 'quay.io']],
  [
    'in audit mode a line that goes blocks nobody',
    settings(['ghcr.io'], { mode: 'audit' }),
    settings([], { mode: 'audit' }),
    [],
    [],
  ],
  ['a grant for a time allows', settings([]), settings([], { grants: [{ address: 'gcr.io', until }] }), [], ['gcr.io']],
  [
    'from everybody to a team is newly blocked, for some',
    settings(['ghcr.io']),
    settings([], { grants: [{ address: 'ghcr.io', teams: ['a'] }] }),
    ['ghcr.io'],
    [],
  ],
  [
    'for a team is newly allowed, for some',
    settings([]),
    settings([], { grants: [{ address: 'quay.io', teams: ['a'] }] }),
    [],
    ['quay.io'],
  ],
])('where %s', (_name, before, after, blocked, allowed) => {
  expect(newlyDecided(USED, before, after)).toEqual({ blocked, allowed });
});
