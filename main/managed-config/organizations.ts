import { OrganizationName } from '../../shared/policy/schema.ts';
import type { FileProblem } from '../../shared/schemas/managed-config.ts';
import { type Content, malformed } from './reading.ts';
import type { Spot } from './strict-json.ts';

/** A list with a fault in every line says enough with its first ones. */
export const MAX_PROBLEMS = 20;

/** A name as it stands in a source, with its place where the source has lines. */
export interface WrittenName {
  name: string;
  spot?: Spot;
}

/** What makes a name unusable, in the words of the person who has to mend it; null if nothing does. */
export function flawOfName({ name, spot }: WrittenName): FileProblem | null {
  const flaw = (code: string, message: string): FileProblem => ({ code, message, ...spot });
  if (name === '')
    return flaw('organization-empty', 'An organization name is empty. Write the name, or take the entry away.');
  if (name.includes(',')) {
    return flaw(
      'organization-comma',
      `"${shown(name)}" holds a comma. Write each organization as an entry of its own.`,
    );
  }
  if (name !== name.trim()) {
    return flaw(
      'organization-white-space',
      `"${shown(name)}" has white space around it. Names match exactly: write "${shown(name.trim())}".`,
    );
  }
  if (/\s/u.test(name)) {
    return flaw('organization-white-space', `"${shown(name)}" holds white space. Names match exactly: take it out.`);
  }
  if (!name.isWellFormed()) {
    return flaw('organization-control-character', 'An organization name holds half a character. Write it anew.');
  }
  if (name.length > 255) return flaw('organization-too-long', 'An organization name is longer than 255 characters.');
  if (!OrganizationName.safeParse(name).success) {
    return flaw('organization-control-character', `"${shown(name)}" holds a control character. Take it out.`);
  }
  return null;
}

/** A key that was meant to be `allowedOrgs` and would go unread: null if this one was not. */
export function flawOfSpelling(key: string, spot: Spot | undefined): FileProblem | null {
  const letters = key.toLowerCase().replace(/[^a-z]/g, '');
  if (key === 'allowedOrgs' || !letters.startsWith('allowedorg')) return null;
  const message = `The key "${shown(key)}" is not read. Spell it "allowedOrgs".`;
  return { code: 'allowed-orgs-spelling', message, ...spot };
}

/** What is allowed but may surprise: the list still counts. */
export function surprisesIn(names: WrittenName[]): FileProblem[] {
  const surprises: FileProblem[] = [];
  const seen = new Map<string, string>();
  for (const { name, spot } of names) {
    const lower = name.toLowerCase();
    const other = seen.get(lower);
    if (other === name) {
      surprises.push({
        code: 'organization-twice',
        message: `"${name}" stands in the list twice. Once is enough.`,
        ...spot,
      });
    } else if (other !== undefined) {
      surprises.push({
        code: 'organization-case',
        message: `"${name}" and "${other}" differ in upper and lower case only. Names match exactly: keep the one that your server uses.`,
        ...spot,
      });
    } else {
      seen.set(lower, name);
    }
    if (name.includes(';')) {
      surprises.push({
        code: 'organization-semicolon',
        message: `"${name}" holds a semicolon and counts as one name. If these are several, write each as an entry of its own.`,
        ...spot,
      });
    }
    if (/\p{Cf}/u.test(name)) {
      surprises.push({
        code: 'organization-invisible-character',
        message: `"${shown(name)}" holds a character that cannot be seen, which will match no organization. Type the name anew.`,
        ...spot,
      });
    }
  }
  if (seen.size > 1) {
    surprises.push({
      code: 'several-organizations',
      message:
        `${seen.size} organizations are listed: a member of any of them may sign in, ` +
        'so the loosest of their policies that a person belongs to is within reach.',
      ...names[1]?.spot,
    });
  }
  return surprises;
}

/** The names in their order, each once. */
export function namesOf(names: WrittenName[]): string[] {
  return [...new Set(names.map(({ name }) => name))];
}

/** Long and unprintable input is quoted so that it neither floods nor steers a terminal. */
export function shown(text: string): string {
  const short = text.length > 80 ? `${text.slice(0, 80)}…` : text;
  return JSON.stringify(short)
    .slice(1, -1)
    .replace(/[\p{Cf}\u007f-\u009f]|(?! )\p{Z}/gu, (c) => `\\u{${(c.codePointAt(0) ?? 0).toString(16)}}`);
}

/** All names of a source without a grammar of its own, such as the registry or a property list. */
export function parseNames(names: WrittenName[]): Content<string[]> {
  const flaws = names.map(flawOfName).filter((flaw) => flaw !== null);
  if (flaws.length > 0) return malformed(...flaws.slice(0, MAX_PROBLEMS));
  return { verdict: 'present', value: namesOf(names), problems: surprisesIn(names).slice(0, MAX_PROBLEMS) };
}
