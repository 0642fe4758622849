import { flawOfSpelling, parseNames, type WrittenName } from './organizations.ts';
import { type PropertyListValue, readPropertyList } from './property-list.ts';
import { type Content, malformed, saysNothing } from './reading.ts';

/**
 * Docker Desktop's `desktop.plist`: `allowedOrgs` is an array of strings. The file may hold other settings and no
 * `allowedOrgs`, and then says nothing on the matter.
 */
export function parseDesktopPlist(bytes: Uint8Array): Content<string[]> {
  const read = readPropertyList(bytes);
  if (!read.ok) return malformed(read.problem);
  const member = allowedOrgsOf(read.value);
  if (member.verdict !== 'present') return member;
  const list = member.value;
  if (list.type !== 'array') {
    return malformed({
      code: 'allowed-orgs-not-a-list',
      message: '"allowedOrgs" must be an <array> of <string>s in this file.',
      ...list.spot,
    });
  }
  if (list.items.length === 0) {
    return malformed({
      code: 'allowed-orgs-empty',
      message: '"allowedOrgs" is empty. Name at least one organization, or take the key away.',
      ...list.spot,
    });
  }
  const names: WrittenName[] = [];
  for (const item of list.items) {
    if (item.type !== 'string') {
      return malformed({
        code: 'organization-not-a-string',
        message: 'An organization name must be a <string>.',
        ...item.spot,
      });
    }
    names.push({ name: item.text, ...(item.spot && { spot: item.spot }) });
  }
  return parseNames(names);
}

/** The value of `allowedOrgs` in the dictionary at the top, for both of Docker Desktop's property lists. */
export function allowedOrgsOf(value: PropertyListValue): Content<PropertyListValue> {
  if (value.type !== 'dict') {
    return malformed({ code: 'not-an-object', message: 'The property list must be one <dict>.', ...value.spot });
  }
  const entry = value.entries.get('allowedOrgs');
  if (entry !== undefined) return { verdict: 'present', value: entry.value, problems: [] };
  for (const [key, { key: written }] of value.entries) {
    const flaw = flawOfSpelling(key, written.spot);
    if (flaw !== null) return malformed(flaw);
  }
  return saysNothing;
}
