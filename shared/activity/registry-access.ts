import { row } from './row.ts';

const OF_REQUEST = { host: 'ghcr.io', people: 3 };
const asked = (people: number): string =>
  people === 0 ? 'asked for by nobody' : `asked for by ${people === 1 ? '1 person' : `${people} people`}`;
const angefragt = (people: number): string =>
  people === 0 ? 'von niemandem angefragt' : `angefragt von ${people === 1 ? '1 Person' : `${people} Personen`}`;
const joined = (before: string, names: readonly string[]): string =>
  names.length === 0 ? '' : `${before}${names.join(', ')}`;

/** Of the list, its keys, and requests. */
export const registryAccessDetails = {
  'organization-created': row({
    example: { organization: 'acme', registries: 2 },
    en: ({ organization, registries }) =>
      `created ${organization} with ${registries === 1 ? '1 registry' : `${registries} registries`}`,
    de: ({ organization, registries }) =>
      `${organization} mit ${registries === 1 ? '1 Registry' : `${registries} Registries`} angelegt`,
  }),
  'upgrade-added': row({
    example: { host: 'storage.googleapis.com', registry: 'gcr.io' },
    en: ({ host, registry }) =>
      `upgrade: added ${host}, which ${registry} allowed without showing it; anyone can publish there, remove it if pulls work without`,
    de: ({ host, registry }) =>
      `Upgrade: ${host} hinzugefügt, das mit ${registry} zugelassen war, ohne dass es zu sehen war; dort kann jeder veröffentlichen. Entfernen Sie es, wenn Pulls auch ohne gelingen`,
  }),
  'upgrade-still-allowed': row({
    example: { host: 'storage.googleapis.com', registry: 'gcr.io' },
    en: ({ host, registry }) => `upgrade: ${registry} still allows ${host}, where anyone can publish`,
    de: ({ host, registry }) => `Upgrade: mit ${registry} bleibt ${host} zugelassen, wo jeder veröffentlichen kann`,
  }),
  'policy-renewed': row({
    example: { revision: 8, until: '2026-08-01T12:00:00.000Z' },
    en: ({ revision, until }) => `renewed revision ${revision}, valid until ${until}`,
    de: ({ revision, until }) => `Revision ${revision} erneuert, gültig bis ${until}`,
  }),
  'key-announced': row({
    example: { key: 'q3v9Lw2kx81mPz0a' },
    en: ({ key }) => `announced key ${key}`,
    de: ({ key }) => `Schlüssel ${key} angekündigt`,
  }),
  'key-replaced': row({
    example: { before: 'q3v9Lw2kx81mPz0a', after: 'b7TdR5nEu2Yc4HsA' },
    en: ({ before, after }) => `replaced signing key ${before} with ${after}`,
    de: ({ before, after }) => `Signaturschlüssel ${before} durch ${after} ersetzt`,
  }),
  'request-allowed': row({
    example: {
      ...OF_REQUEST,
      teams: ['platform'] as readonly string[],
      until: '2026-08-01T12:00:00.000Z',
      others: ['pkg-containers.githubusercontent.com'] as readonly string[],
    },
    en: ({ host, people, teams, until, others }) =>
      `allowed ${host}${joined(' for ', teams)}${until === '' ? '' : ` until ${until}`}${joined(' with ', others)}, ${asked(people)}`,
    de: ({ host, people, teams, until, others }) =>
      `${host}${joined(' mit ', others)}${joined(' für ', teams)}${until === '' ? '' : ` bis ${until}`} zugelassen, ${angefragt(people)}`,
  }),
  'request-mirror': row({
    example: { ...OF_REQUEST, use: 'mirror.acme.example' },
    en: ({ host, people, use }) => `suggested ${use} instead of ${host}, ${asked(people)}`,
    de: ({ host, people, use }) => `${use} statt ${host} vorgeschlagen, ${angefragt(people)}`,
  }),
  'request-declined': row({
    example: { ...OF_REQUEST, reason: 'not checked yet' },
    en: ({ host, people, reason }) => `declined ${host}, ${asked(people)}: ${reason}`,
    de: ({ host, people, reason }) => `${host} abgelehnt, ${angefragt(people)}: ${reason}`,
  }),
};
