import { PortcullisSettings } from '../../shared/schemas/managed-config.ts';
import { parseNames } from './organizations.ts';
import {
  asOrganizations,
  asSettings,
  type Content,
  emptyReading,
  malformed,
  type PartOf,
  type Reading,
  readingOf,
  type Source,
  saysNothing,
} from './reading.ts';
import { type QueryRegistry, type RegistryValue, same } from './reg-query.ts';
import { parseStoreSettings } from './store-settings.ts';

export const DOCKER_KEY = 'HKEY_LOCAL_MACHINE\\SOFTWARE\\Policies\\Docker\\Docker Desktop';
export const PORTCULLIS_KEY = 'HKEY_LOCAL_MACHINE\\SOFTWARE\\Policies\\Portcullis';

/** Docker Desktop's policy key: the value `allowedOrgs`, a REG_MULTI_SZ with one organization a line. */
export function organizationsInRegistry(query: QueryRegistry): Source {
  return {
    says: 'organizations',
    watch: null,
    read: () => readKey(query, DOCKER_KEY, parseDockerKey, asOrganizations),
  };
}

/** Our own policy key, with the names of `portcullis.json`. */
export function settingsInRegistry(query: QueryRegistry): Source {
  return {
    says: 'settings',
    watch: null,
    read: () => readKey(query, PORTCULLIS_KEY, parsePortcullisKey, asSettings),
  };
}

async function readKey<T>(
  query: QueryRegistry,
  key: string,
  judge: (values: RegistryValue[]) => Content<T>,
  partOf: PartOf<T>,
): Promise<Reading> {
  const place = { file: key, kind: 'windows-registry' } as const;
  // The policies' part of the registry can be written by administrators only, as Windows sets it up.
  const found = await query(key);
  switch (found.kind) {
    case 'absent':
      return emptyReading(place, 'absent');
    case 'failed': {
      const problem = {
        code: 'registry-unreadable',
        message: `${key} cannot be read (${found.cause}). Run reg.exe query with this key to see why.`,
      };
      return emptyReading(place, 'unreadable', [problem], found.failure);
    }
    case 'present':
      return readingOf(place, judge(found.values), partOf);
  }
}

export function parseDockerKey(values: RegistryValue[]): Content<string[]> {
  const value = values.find(({ name }) => same(name, 'allowedOrgs'));
  if (value === undefined) return saysNothing;
  if (value.type !== 'REG_MULTI_SZ') {
    return malformed({
      code: 'registry-type',
      message: `The value "allowedOrgs" is a ${value.type}. Make it a REG_MULTI_SZ with one organization a line.`,
    });
  }
  const strings = stringsOf(value);
  if (strings.length === 0) {
    return malformed({
      code: 'allowed-orgs-empty',
      message: 'The value "allowedOrgs" is empty. Name at least one organization, or delete the value.',
    });
  }
  // reg.exe prints "?" for a letter that its code page lacks; no name holds a real one.
  if (!value.exact || strings.some((name) => name.includes('?'))) {
    return malformed({
      code: 'registry-letters',
      message:
        'The value "allowedOrgs" holds letters that cannot be read exactly. Use a registry.json for these names.',
    });
  }
  return parseNames(strings.map((name) => ({ name })));
}

export function parsePortcullisKey(values: RegistryValue[]): Content<PortcullisSettings> {
  const settings: Record<string, unknown> = {};
  for (const value of values) {
    // The key's default value has no name; reg.exe prints it in brackets and in the system's language.
    if (value.name.startsWith('(')) continue;
    if (!value.exact) {
      return malformed({
        code: 'registry-letters',
        message: `The value "${value.name}" holds letters that cannot be read exactly. Use portcullis.json for it.`,
      });
    }
    settings[spelled(value.name)] = plain(value);
  }
  return parseStoreSettings(settings);
}

const NAMES = Object.keys(PortcullisSettings.shape);

function spelled(name: string): string {
  return NAMES.find((known) => same(known, name)) ?? name;
}

function plain(value: RegistryValue): unknown {
  const { name, type, data } = value;
  switch (type) {
    case 'REG_SZ':
      return data;
    case 'REG_MULTI_SZ':
      return stringsOf(value);
    case 'REG_DWORD':
    case 'REG_QWORD': {
      const number = Number(data);
      return same(name, 'startAtLogin') ? ({ 0: false, 1: true }[number] ?? number) : number;
    }
    default:
      return null;
  }
}

/** `acme\0globex`; whether the last string is closed with a separator differs between versions. */
function stringsOf({ data }: RegistryValue): string[] {
  const strings = data.split('\\0');
  if (strings.at(-1) === '') strings.pop();
  return strings;
}
