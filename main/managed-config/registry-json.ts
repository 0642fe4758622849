import type { Node } from 'jsonc-parser';
import { problem } from '../../shared/problems/catalogue.ts';
import type { FileProblem } from '../../shared/schemas/managed-config.ts';
import { problemAt } from '../platform/fs/file-problem.ts';
import { type JsonDocument, parseStrictJson } from '../platform/fs/strict-json.ts';
import { MAX_PROBLEMS, organizationList, problemOfName, problemOfSpelling, type WrittenName } from './organizations.ts';
import { malformed, type SourceContent } from './source.ts';

/**
 * `{"allowedOrgs":["acme"]}`, Docker Desktop's file by which an administrator enforces sign-in. It is present only if it
 * is well-formed and names at least one organization. Anything else is malformed, which denies: a reader that ignores a typing
 * mistake switches the enforcement off without telling anybody.
 */
export function parseRegistryJson(bytes: Uint8Array): SourceContent<string[]> {
  const parsed = parseStrictJson(bytes);
  if (!parsed.ok) return malformed(parsed.problem);
  const { root, positionAt } = parsed.value;
  if (root.type !== 'object') {
    const example = '{"allowedOrgs":["your-organization"]}';
    return malformed(problemAt(positionAt(root.offset), problem('not-an-object', { example })));
  }
  const members = (root.children ?? []).flatMap(({ children }) => {
    const [key, value] = children ?? [];
    return key && value ? [{ name: String(key.value), value, position: positionAt(key.offset) }] : [];
  });
  const value = members.find(({ name }) => name === 'allowedOrgs')?.value;
  const misspelt = members
    .map(({ name, position }) => problemOfSpelling(name, position))
    .filter((found) => found !== null);
  if (value === undefined) {
    return malformed(misspelt[0] ?? problemAt(positionAt(root.offset), problem('allowed-orgs-missing')));
  }
  if (value.type !== 'array') {
    const wrongType = problem('allowed-orgs-not-a-list', { example: '["your-organization"]' });
    return malformed(problemAt(positionAt(value.offset), wrongType));
  }
  const elements = value.children ?? [];
  if (elements.length === 0) {
    return malformed(problemAt(positionAt(value.offset), problem('allowed-orgs-empty')));
  }

  const names: WrittenName[] = [];
  const problems: FileProblem[] = [];
  for (const element of elements) {
    const found = problemOfElement(element, positionAt);
    if (found !== null) problems.push(found);
    else names.push({ name: element.value as string, position: positionAt(element.offset) });
  }
  return problems.length > 0 ? malformed(...problems.slice(0, MAX_PROBLEMS)) : organizationList(names, misspelt);
}

function problemOfElement(element: Node, positionAt: JsonDocument['positionAt']): FileProblem | null {
  const found =
    element.type === 'string'
      ? problemOfName(element.value as string)
      : problem('organization-not-a-string', { example: '"acme"' });
  return found && problemAt(positionAt(element.offset), found);
}
