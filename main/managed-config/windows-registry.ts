import { printable } from '../../shared/printable.ts';
import { problem } from '../../shared/problems/catalogue.ts';
import type { PortcullisSettings } from '../../shared/schemas/managed-config.ts';
import { parseNames, problemOfSpelling } from './organizations.ts';
import { equalIgnoringCase, type QueryRegistry, type RegistryValue } from './reg-query.ts';
import {
  absent,
  emptyReading,
  malformed,
  organizationsPart,
  type Reading,
  type ReadingPart,
  readingOf,
  type Source,
  type SourceContent,
  settingsPart,
} from './source.ts';
import { parseStoreSettings } from './store-settings.ts';
import { type SettingName, settingNames, storedAs } from './stored-as.ts';

export const DOCKER_KEY = 'HKEY_LOCAL_MACHINE\\SOFTWARE\\Policies\\Docker\\Docker Desktop';
/** What a list of an administrative template writes instead of a value: a key with a value for each entry. Docker Desktop ignores it. */
export const ORGANIZATIONS_BELOW = `${DOCKER_KEY}\\allowedOrgs`;
export const PORTCULLIS_KEY = 'HKEY_LOCAL_MACHINE\\SOFTWARE\\Policies\\Portcullis';

/** Docker Desktop's policy key: the value `allowedOrgs`, a REG_MULTI_SZ with one organization a line. */
export function organizationsInRegistry(query: QueryRegistry): Source {
  return {
    provides: 'organizations',
    watch: null,
    read: () => readKey(query, DOCKER_KEY, parseDockerKey, organizationsPart),
  };
}

/** Our own policy key, with the names of `portcullis.json`. */
export function settingsInRegistry(query: QueryRegistry): Source {
  return {
    provides: 'settings',
    watch: null,
    read: () => readKey(query, PORTCULLIS_KEY, parsePortcullisKey, settingsPart),
  };
}

async function readKey<T>(
  query: QueryRegistry,
  key: string,
  parseValues: (values: RegistryValue[], subkeys: string[]) => SourceContent<T>,
  part: ReadingPart<T>,
): Promise<Reading> {
  const location = { file: key, kind: 'windows-registry' } as const;
  // Windows lets only administrators write below Policies, so no owner is checked.
  const found = await query(key);
  switch (found.kind) {
    case 'absent':
      return emptyReading(location, 'absent');
    case 'failed': {
      const unreadable = problem('registry-unreadable', { key }, { cause: found.cause });
      return emptyReading(location, 'unreadable', [unreadable], found.failure);
    }
    case 'present':
      return readingOf(location, parseValues(found.values, found.subkeys), part);
  }
}

/** @param subkeys their full paths. */
export function parseDockerKey(values: RegistryValue[], subkeys: string[] = []): SourceContent<string[]> {
  const value = values.find(({ name }) => equalIgnoringCase(name, 'allowedOrgs'));
  if (value === undefined) {
    const isKey = subkeys.some((subkey) => equalIgnoringCase(subkey, ORGANIZATIONS_BELOW));
    if (isKey) return malformed(problem('registry-type', { type: 'key' }));
    const misspelt = values.map(({ name }) => problemOfSpelling(name, undefined)).find((found) => found !== null);
    return misspelt === undefined ? absent : malformed(misspelt);
  }
  if (value.type !== 'REG_MULTI_SZ') return malformed(problem('registry-type', { type: value.type }));
  const strings = stringsOf(value);
  if (strings.length === 0) return malformed(problem('allowed-orgs-empty'));
  // reg.exe prints "?" for a character that its code page lacks; no name contains a real one.
  if (!value.exact || strings.some((name) => name.includes('?'))) {
    return malformed(problem('registry-letters', { value: 'allowedOrgs', file: 'registry.json' }));
  }
  return parseNames(strings.map((name) => ({ name })));
}

export function parsePortcullisKey(values: RegistryValue[]): SourceContent<PortcullisSettings> {
  const settings: Record<string, unknown> = {};
  for (const value of values) {
    // The key's default value has no name; reg.exe prints a translated placeholder in brackets.
    if (value.name.startsWith('(')) continue;
    if (!value.exact) {
      return malformed(problem('registry-letters', { value: printable(value.name), file: 'portcullis.json' }));
    }
    const name = settingNamed(value.name);
    settings[name ?? value.name] = plain(value, name);
  }
  return parseStoreSettings(settings);
}

function settingNamed(name: string): SettingName | null {
  return settingNames.find((known) => equalIgnoringCase(known, name)) ?? null;
}

function plain(value: RegistryValue, name: SettingName | null): unknown {
  const { type, data } = value;
  switch (type) {
    case 'REG_SZ':
      return data;
    case 'REG_EXPAND_SZ':
      // Templates write it for texts. What stands for a variable is not looked up: the user can set variables.
      return data.includes('%') ? null : data;
    case 'REG_MULTI_SZ':
      return stringsOf(value);
    case 'REG_DWORD':
    case 'REG_QWORD': {
      const number = Number(data);
      return name !== null && storedAs(name).kind === 'switch' ? ({ 0: false, 1: true }[number] ?? number) : number;
    }
    default:
      return null;
  }
}

/** `acme\0globex`; whether a separator follows the last string differs between versions. */
function stringsOf({ data }: RegistryValue): string[] {
  const strings = data.split('\\0');
  if (strings.at(-1) === '') strings.pop();
  return strings;
}
