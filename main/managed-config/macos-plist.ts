import { problem } from '../../shared/problems/catalogue.ts';
import { problemAt } from '../platform/fs/file-problem.ts';
import { parseNames, problemOfSpelling, type WrittenName } from './organizations.ts';
import { type PropertyListValue, parsePropertyList } from './property-list.ts';
import { absent, malformed, type SourceContent } from './source.ts';

/**
 * Docker Desktop's `desktop.plist`: `allowedOrgs` is an array of strings. Without that key the file enforces nothing: it holds other
 * settings too.
 */
export function parseDesktopPlist(bytes: Uint8Array): SourceContent<string[]> {
  const parsed = parsePropertyList(bytes);
  if (!parsed.ok) return malformed(parsed.problem);
  const member = allowedOrgsOf(parsed.value);
  if (member.verdict !== 'present') return member;
  const list = member.value;
  if (list.type !== 'array') {
    const example = '<array><string>your-organization</string></array>';
    return malformed(problemAt(list.position, problem('allowed-orgs-not-a-list', { example })));
  }
  if (list.items.length === 0) return malformed(problemAt(list.position, problem('allowed-orgs-empty')));
  const names: WrittenName[] = [];
  for (const item of list.items) {
    if (item.type !== 'string') {
      const wrongType = problem('organization-not-a-string', { example: '<string>acme</string>' });
      return malformed(problemAt(item.position, wrongType));
    }
    names.push({ name: item.text, position: item.position });
  }
  return parseNames(names);
}

/** The value of `allowedOrgs` in the dictionary at the top, for both of Docker Desktop's property lists. */
export function allowedOrgsOf(value: PropertyListValue): SourceContent<PropertyListValue> {
  if (value.type !== 'dict') return malformed(problemAt(value.position, problem('plist-not-a-dict')));
  const entry = value.entries.get('allowedOrgs');
  if (entry !== undefined) return { verdict: 'present', value: entry.value, problems: [] };
  for (const [key, { keyPosition }] of value.entries) {
    const misspelt = problemOfSpelling(key, keyPosition);
    if (misspelt !== null) return malformed(misspelt);
  }
  return absent;
}
