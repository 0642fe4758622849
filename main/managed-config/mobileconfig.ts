import { isDeepStrictEqual } from 'node:util';
import { printable } from '../../shared/printable.ts';
import { problem } from '../../shared/problems/catalogue.ts';
import type { FileProblem, PortcullisSettings } from '../../shared/schemas/managed-config.ts';
import { type Position, problemAt } from '../platform/fs/file-problem.ts';
import { parseProfileDict } from './macos-profile.ts';
import { problemOfSpelling } from './organizations.ts';
import { type PropertyListValue, parsePropertyList, plainOf } from './property-list.ts';
import { absent, malformed, type SourceContent } from './source.ts';
import { parseSettingsDict } from './store-settings.ts';

export const DOCKER_PAYLOAD = 'com.docker.config';
export const PORTCULLIS_PAYLOAD = 'com.portcullis.config';
/** Apple, "Managed Preferences": wraps the settings of any domain, as many device management tools write them. */
const MANAGED_PREFERENCES = 'com.apple.ManagedClient.preferences';

/** What a configuration profile would enforce once deployed. */
export interface Profile {
  organizations: SourceContent<string[]>;
  settings: SourceContent<PortcullisSettings>;
}

type Dict = Extract<PropertyListValue, { type: 'dict' }>;

/** Settings for one domain: macOS writes those that are forced to `/Library/Managed Preferences/DOMAIN.plist`. */
interface DomainSettings {
  domain: string;
  settings: PropertyListValue;
  isForced: boolean;
}

/** Parses a `.mobileconfig` before it is signed. All payloads count, whether they name a domain themselves or wrap it. */
export function parseMobileconfig(bytes: Uint8Array): Profile {
  const invalid = (found: FileProblem): Profile => ({ organizations: malformed(found), settings: absent });
  // DER begins with a SEQUENCE: the Cryptographic Message around a signed profile (RFC 5652 section 3); PEM with its name.
  if (bytes[0] === 0x30 || Buffer.from(bytes.subarray(0, 10)).toString('latin1') === '-----BEGIN') {
    return invalid(problem('profile-signed'));
  }
  const parsed = parsePropertyList(bytes);
  if (!parsed.ok) return invalid(parsed.problem);
  const top = parsed.value;
  const list = top.type === 'dict' ? top.entries.get('PayloadContent')?.value : undefined;
  const scope = memberOf(top, 'PayloadScope');
  if (scope?.type === 'string' && scope.text === 'User') {
    return invalid(problemAt(scope.position, problem('profile-for-user')));
  }
  const payloads = list?.type === 'array' ? list.items : [];
  const all = payloads.flatMap(settingsIn);
  const docker = all.filter(({ domain }) => domain === DOCKER_PAYLOAD);
  const ours = all.filter(({ domain }) => domain === PORTCULLIS_PAYLOAD);
  const stray = docker.length === 0 ? all.find(({ settings }) => namesOrganizations(settings)) : undefined;
  if (docker.length + ours.length === 0 || stray !== undefined) {
    const types = stray === undefined ? [DOCKER_PAYLOAD, PORTCULLIS_PAYLOAD] : [DOCKER_PAYLOAD];
    const seen = [...new Set(all.map(({ domain }) => printable(domain)))];
    const cause = seen.length === 0 ? 'it has none' : `it has ${seen.slice(0, 5).join(', ')}`;
    const position = (stray?.settings ?? list ?? top).position;
    return invalid(problemAt(position, problem('payload-missing', { types }, { cause })));
  }
  return {
    organizations: applied(docker, parseProfileDict),
    settings: applied(ours, parseSettingsDict),
  };
}

/** The settings of each domain in a payload. */
function settingsIn(payload: PropertyListValue): DomainSettings[] {
  const type = memberOf(payload, 'PayloadType');
  if (type?.type !== 'string') return [];
  if (type.text !== MANAGED_PREFERENCES) {
    return [{ domain: type.text, settings: withoutPayloadKeys(payload), isForced: true }];
  }
  const content = memberOf(payload, 'PayloadContent');
  if (content?.type !== 'dict') return [];
  return [...content.entries].flatMap(([domain, { value }]) => wrappedIn(domain, value));
}

/** `Forced` is managed always; `Set-Once` and `Often` only give a value that the user can change. */
function wrappedIn(domain: string, value: PropertyListValue): DomainSettings[] {
  if (value.type !== 'dict') return [];
  return [...value.entries].flatMap(([how, { value: entries }]) => {
    const items = entries.type === 'array' ? entries.items : [];
    return items.flatMap((item) => {
      const settings = memberOf(item, 'mcx_preference_settings');
      return settings === undefined ? [] : [{ domain, settings, isForced: how === 'Forced' }];
    });
  });
}

/** What macOS makes of several payloads for one domain: one dictionary. Which of two values wins is undefined, so they must be equal. */
function applied<T>(all: DomainSettings[], parse: (value: PropertyListValue) => SourceContent<T>): SourceContent<T> {
  const [first] = all;
  if (first === undefined) return absent;
  const merged: Dict = { type: 'dict', entries: new Map(), ...positionOf(first.settings) };
  for (const { domain, settings, isForced } of all) {
    if (!isForced) continue;
    // What is no dictionary has a problem of its own.
    if (settings.type !== 'dict') return parse(settings);
    for (const [key, entry] of settings.entries) {
      const other = merged.entries.get(key);
      if (other !== undefined && !isDeepStrictEqual(plainOf(other.value), plainOf(entry.value))) {
        const conflict = problem('payload-conflict', { key: printable(key), domain });
        return malformed(problemAt(entry.keyPosition, conflict));
      }
      merged.entries.set(key, other ?? entry);
    }
  }
  for (const { domain, settings, isForced } of all) {
    if (isForced || settings.type !== 'dict') continue;
    const loose = new Map([...settings.entries].filter(([key]) => !merged.entries.has(key)));
    if (parse({ ...settings, entries: loose }).verdict !== 'absent') {
      return malformed(problemAt(settings.position, problem('payload-not-forced', { domain })));
    }
  }
  return parse(merged);
}

function positionOf({ position }: PropertyListValue): { position?: Position } {
  return position === undefined ? {} : { position };
}

function memberOf(value: PropertyListValue, key: string): PropertyListValue | undefined {
  return value.type === 'dict' ? value.entries.get(key)?.value : undefined;
}

/** In a domain that is not Docker Desktop's, where it would be ignored without a word. */
function namesOrganizations(settings: PropertyListValue): boolean {
  if (settings.type !== 'dict') return false;
  return [...settings.entries.keys()].some(
    (key) => key === 'allowedOrgs' || problemOfSpelling(key, undefined) !== null,
  );
}

/** `PayloadUUID` and its like describe the payload; macOS keeps them out of Managed Preferences. */
function withoutPayloadKeys(payload: PropertyListValue): PropertyListValue {
  if (payload.type !== 'dict') return payload;
  return { ...payload, entries: new Map([...payload.entries].filter(([key]) => !key.startsWith('Payload'))) };
}
