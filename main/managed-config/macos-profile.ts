import { allowedOrgsOf } from './macos-plist.ts';
import { parseNames, type WrittenName } from './organizations.ts';
import { type PropertyListValue, readPropertyList } from './property-list.ts';
import { type Content, malformed } from './reading.ts';

/**
 * Docker Desktop's configuration profile, payload `com.docker.config`, as macOS lays it down in Managed Preferences:
 * `allowedOrgs` is one string, the names separated by semicolons. An array is what other files use and Docker Desktop
 * ignores here; to ignore it would leave the machine unmanaged, so it is malformed.
 */
export function parseProfile(bytes: Uint8Array): Content<string[]> {
  const read = readPropertyList(bytes);
  return read.ok ? parseProfileDict(read.value) : malformed(read.problem);
}

export function parseProfileDict(payload: PropertyListValue): Content<string[]> {
  const member = allowedOrgsOf(payload);
  if (member.verdict !== 'present') return member;
  const { value } = member;
  if (value.type !== 'string') {
    return malformed({
      code: 'allowed-orgs-not-a-string',
      message:
        '"allowedOrgs" must be one <string> in a configuration profile, the names separated by semicolons: acme;globex.',
      ...value.spot,
    });
  }
  return parseSemicolons(value.text, value.spot);
}

function parseSemicolons(text: string, spot: WrittenName['spot']): Content<string[]> {
  if (text === '') {
    return malformed({
      code: 'allowed-orgs-empty',
      message: '"allowedOrgs" is empty. Name at least one organization, or take the key away.',
      ...spot,
    });
  }
  // One semicolon at the end separates nothing, and cannot be misread.
  const parts = text.replace(/;$/, '').split(';');
  return parseNames(parts.map((name) => ({ name, ...(spot && { spot }) })));
}
