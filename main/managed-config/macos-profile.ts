import { problem } from '../../shared/problems/catalogue.ts';
import { type Position, problemAt } from '../platform/fs/file-problem.ts';
import { allowedOrgsOf } from './macos-plist.ts';
import { parseNames } from './organizations.ts';
import { type PropertyListValue, parsePropertyList } from './property-list.ts';
import { malformed, type SourceContent } from './source.ts';

/**
 * Docker Desktop's configuration profile, payload `com.docker.config`, as macOS stores it in Managed Preferences: `allowedOrgs` is
 * one string, the names separated by semicolons. An array is what other files use and Docker Desktop ignores here; ignoring it
 * would leave the machine unmanaged, so it is malformed.
 */
export function parseProfile(bytes: Uint8Array): SourceContent<string[]> {
  const parsed = parsePropertyList(bytes);
  return parsed.ok ? parseProfileDict(parsed.value) : malformed(parsed.problem);
}

export function parseProfileDict(payload: PropertyListValue): SourceContent<string[]> {
  const member = allowedOrgsOf(payload);
  if (member.verdict !== 'present') return member;
  const { value } = member;
  if (value.type !== 'string') return malformed(problemAt(value.position, problem('allowed-orgs-not-a-string')));
  return parseSemicolons(value.text, value.position);
}

function parseSemicolons(text: string, position: Position | undefined): SourceContent<string[]> {
  if (text === '') return malformed(problemAt(position, problem('allowed-orgs-empty')));
  // One semicolon at the end separates nothing, and cannot be misread.
  const parts = text.replace(/;$/, '').split(';');
  return parseNames(parts.map((name) => ({ name, position })));
}
