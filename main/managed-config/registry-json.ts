import type { Node } from 'jsonc-parser';
import type { FileProblem } from '../../shared/schemas/managed-config.ts';
import { flawOfName, flawOfSpelling, MAX_PROBLEMS, namesOf, surprisesIn, type WrittenName } from './organizations.ts';
import { type Content, malformed } from './reading.ts';
import { type JsonDocument, parseStrictJson } from './strict-json.ts';

/**
 * `{"allowedOrgs":["acme"]}`, Docker Desktop's file by which an administrator enforces sign-in. It is present only if it
 * is well-formed and says at least one organization; all else is malformed, which denies, because a reader that shrugs
 * at a typing mistake switches the enforcement off without telling anybody.
 */
export function parseRegistryJson(bytes: Uint8Array): Content<string[]> {
  const parsed = parseStrictJson(bytes);
  if (!parsed.ok) return malformed(parsed.problem);
  const { root, spotOf } = parsed.value;
  if (root.type !== 'object') {
    return malformed({
      code: 'not-an-object',
      message: 'The file must be one JSON object: {"allowedOrgs":["your-organization"]}.',
      ...spotOf(root.offset),
    });
  }
  const members = (root.children ?? []).flatMap(({ children }) => {
    const [key, value] = children ?? [];
    return key && value ? [{ name: String(key.value), value, spot: spotOf(key.offset) }] : [];
  });
  const value = members.find(({ name }) => name === 'allowedOrgs')?.value;
  const spelling = members.map(({ name, spot }) => flawOfSpelling(name, spot)).filter((flaw) => flaw !== null);
  if (value === undefined) {
    return malformed(
      spelling[0] ?? {
        code: 'allowed-orgs-missing',
        message:
          'The key "allowedOrgs" is missing. Write {"allowedOrgs":["your-organization"]}, or take the file away.',
        ...spotOf(root.offset),
      },
    );
  }
  if (value.type !== 'array') {
    return malformed({
      code: 'allowed-orgs-not-a-list',
      message: `"allowedOrgs" must be a list. Write ["your-organization"] in square brackets, not ${aOrAn(value)}.`,
      ...spotOf(value.offset),
    });
  }
  const elements = value.children ?? [];
  if (elements.length === 0) {
    return malformed({
      code: 'allowed-orgs-empty',
      message: '"allowedOrgs" is empty. Name at least one organization, or take the file away.',
      ...spotOf(value.offset),
    });
  }

  const names: WrittenName[] = [];
  const flaws: FileProblem[] = [];
  for (const element of elements) {
    const flaw = flawOfElement(element, spotOf);
    if (flaw !== null) flaws.push(flaw);
    else names.push({ name: element.value as string, spot: spotOf(element.offset) });
  }
  if (flaws.length > 0) return malformed(...flaws.slice(0, MAX_PROBLEMS));
  return {
    verdict: 'present',
    value: namesOf(names),
    problems: [...spelling, ...surprisesIn(names)].slice(0, MAX_PROBLEMS),
  };
}

function flawOfElement(element: Node, spotOf: JsonDocument['spotOf']): FileProblem | null {
  if (element.type !== 'string') {
    return {
      code: 'organization-not-a-string',
      message: `An organization name must be text in double quotes, not ${aOrAn(element)}.`,
      ...spotOf(element.offset),
    };
  }
  return flawOfName({ name: element.value as string, spot: spotOf(element.offset) });
}

function aOrAn(node: Node): string {
  switch (node.type) {
    case 'string':
      return 'a single text';
    case 'array':
      return 'a list';
    case 'object':
      return 'an object';
    case 'null':
      return 'null';
    default:
      return `a ${node.type}`;
  }
}
