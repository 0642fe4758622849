import { OrganizationName } from '../../../shared/policy/schema.ts';
import type { Problem } from '../../../shared/problems/problem.ts';

/**
 * The organizations named by a claim. A provider says them as one string or as a list; what is no organization's name
 * is left out, since no administrator can have listed it.
 *
 * @param pointer JSON pointer, RFC 6901: `/groups`, `/realm_access/roles`, `/https:~1~1example.com~1orgs`.
 * @returns null where the claim is absent, which is not the same as an empty list.
 */
export function organizationsFromClaim(claims: unknown, pointer: string): string[] | null {
  const value = resolvePointer(claims, pointer);
  if (value === undefined || value === null) return null;
  const names = (Array.isArray(value) ? value : [value]).filter((name) => OrganizationName.safeParse(name).success);
  return [...new Set(names as string[])];
}

/** RFC 6901 section 4. Own members only: `/__proto__` and `/constructor` lead nowhere. */
function resolvePointer(document: unknown, pointer: string): unknown {
  let value = document;
  for (const token of pointer.split('/').slice(1)) {
    const key = token.replaceAll('~1', '/').replaceAll('~0', '~');
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return undefined;
    value = (value as Record<string, unknown>)[key];
  }
  return value;
}

/** Which organizations an administrator lets sign in here; empty where nobody requires it, or where the list cannot be read. */
export type AllowedOrganizations = readonly string[];

/**
 * Whose policy applies. With a list: the first of the administrator's order that the user belongs to, letter case included.
 * Without one: the organization of before, as long as the user belongs to it, else the user's first. A list that cannot be
 * read signs nobody out; what is refused meanwhile is the gateway's matter, which reads it itself.
 *
 * @returns null: the user belongs to none that would do.
 */
export function chooseOrganization(
  has: readonly string[],
  allowed: AllowedOrganizations,
  before: string | null = null,
): string | null {
  if (allowed.length > 0) return allowed.find((org) => has.includes(org)) ?? null;
  return before !== null && has.includes(before) ? before : (has[0] ?? null);
}

/** What a person is told who belongs to none of the organizations that would do. */
export function wrongOrganization(name: string, has: readonly string[], allowed: AllowedOrganizations): Problem {
  const belongs = has.length === 0 ? 'no organization' : listed(has);
  if (allowed.length === 0) {
    return {
      code: 'no-organization',
      message: short(`${name} belongs to ${belongs}.`),
      next: 'Ask the owner of your organization to add you, then sign in again.',
    };
  }
  const nearMiss = allowed
    .flatMap((wanted) => has.filter((org) => org.toLowerCase() === wanted.toLowerCase()).map((org) => [org, wanted]))
    .map(([org, wanted]) => `"${org}" is not "${wanted}": upper and lower case count.`)
    .at(0);
  return {
    code: 'wrong-organization',
    message: short(`${name} belongs to ${belongs}, but this machine needs a member of ${listed(allowed)}.`),
    ...(nearMiss === undefined ? {} : { cause: short(nearMiss) }),
    next:
      nearMiss === undefined
        ? 'Sign in with another account, or ask your administrator.'
        : 'Ask your administrator to correct the spelling in the file that requires sign-in.',
  };
}

function listed(names: readonly string[]): string {
  const shown = names.slice(0, 5).join(', ');
  return names.length > 5 ? `${shown} and ${names.length - 5} more` : shown;
}

function short(text: string): string {
  return text.length <= 500 ? text : `${text.slice(0, 498)}….`;
}
