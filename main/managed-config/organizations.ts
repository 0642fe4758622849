import { OrganizationName } from '../../shared/policy/schema.ts';
import { printable } from '../../shared/printable.ts';
import { problem } from '../../shared/problems/catalogue.ts';
import type { Problem } from '../../shared/problems/problem.ts';
import type { FileProblem } from '../../shared/schemas/managed-config.ts';
import { type Position, problemAt } from '../platform/fs/file-problem.ts';
import { malformed, type SourceContent } from './source.ts';

/** A list with a fault in every line is explained well enough by its first ones. */
export const MAX_PROBLEMS = 20;
const MAX_NAME_LENGTH = 255;

/** A name as written in a source, with its position where the source has lines. */
export interface WrittenName {
  name: string;
  position?: Position | undefined;
}

/** Why a name cannot be used; null if it can. */
export function problemOfName(name: string): Problem | null {
  const shown = { name: printable(name) };
  if (name === '') return problem('organization-empty');
  if (name.includes(',')) return problem('organization-comma', shown);
  // Around a name it is a slip; between two it is taken for a separator, and without it they would be one other name.
  if (/\S\s+\S/u.test(name)) return problem('organization-words', shown);
  if (/\s/u.test(name)) return problem('organization-white-space', shown);
  if (!name.isWellFormed()) return problem('organization-incomplete-character', shown);
  if (name.length > MAX_NAME_LENGTH) return problem('organization-too-long', { maximum: MAX_NAME_LENGTH });
  if (!OrganizationName.safeParse(name).success) return problem('organization-control-character', shown);
  return null;
}

/** A key that was meant to be `allowedOrgs` and would be ignored; null if this one was not. */
export function problemOfSpelling(key: string, position: Position | undefined): FileProblem | null {
  const letters = key.toLowerCase().replace(/[^a-z]/g, '');
  if (key === 'allowedOrgs' || !letters.startsWith('allowedorg')) return null;
  return problemAt(position, problem('allowed-orgs-spelling', { key: printable(key) }));
}

/** What is allowed but may surprise; the list still applies. */
function warningsAbout(names: WrittenName[]): FileProblem[] {
  const warnings: FileProblem[] = [];
  const seen = new Map<string, string>();
  for (const { name, position } of names) {
    const shown = printable(name);
    const warn = (warning: Problem) => warnings.push(problemAt(position, warning));
    const lower = name.toLowerCase();
    const other = seen.get(lower);
    if (other === undefined) seen.set(lower, name);
    else if (other === name) warn(problem('organization-twice', { name: shown }));
    else warn(problem('organizations-alike', { name: shown, other: printable(other) }));
    if (name.includes(';')) warn(problem('organization-semicolon', { name: shown }));
    if (/\p{Cf}/u.test(name)) warn(problem('organization-invisible-character', { name: shown }));
  }
  if (seen.size > 1) {
    warnings.push(problemAt(names[1]?.position, problem('several-organizations', { count: seen.size })));
  }
  return warnings;
}

/** Names that `problemOfName` accepts, each once and in their order. */
export function organizationList(names: WrittenName[], warnings: FileProblem[] = []): SourceContent<string[]> {
  return {
    verdict: 'present',
    value: [...new Set(names.map(({ name }) => name))],
    problems: [...warnings, ...warningsAbout(names)].slice(0, MAX_PROBLEMS),
  };
}

/** All names of a source without a grammar of its own, such as the registry or a property list. */
export function parseNames(names: WrittenName[]): SourceContent<string[]> {
  const problems = names.flatMap(({ name, position }) => {
    const found = problemOfName(name);
    return found === null ? [] : [problemAt(position, found)];
  });
  return problems.length > 0 ? malformed(...problems.slice(0, MAX_PROBLEMS)) : organizationList(names);
}
