import { OrganizationName } from '../../shared/policy/schema.ts';
import type { Problem } from '../../shared/problem.ts';

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

/**
 * Whose policy applies. Managed: the first of the administrator's list that the user belongs to, letter case included.
 * Unmanaged: the user's first.
 *
 * @returns null: the user belongs to none that would do.
 */
export function chooseOrganization(
  has: readonly string[],
  { managed, allowedOrgs }: { managed: boolean; allowedOrgs: readonly string[] },
): string | null {
  return (managed ? allowedOrgs.find((org) => has.includes(org)) : has[0]) ?? null;
}

/** What a person is told who belongs to none of the organizations that would do. */
export function wrongOrganization(
  name: string,
  has: readonly string[],
  { managed, allowedOrgs }: { managed: boolean; allowedOrgs: readonly string[] },
): Problem {
  const belongs = has.length === 0 ? 'no organization' : listed(has);
  if (!managed) {
    return {
      code: 'no-organization',
      message: short(`${name} belongs to ${belongs}.`),
      next: 'Ask the owner of your organization to add you, then sign in again.',
    };
  }
  const nearMiss = allowedOrgs
    .flatMap((allowed) => has.filter((org) => org.toLowerCase() === allowed.toLowerCase()).map((org) => [org, allowed]))
    .map(([org, allowed]) => `"${org}" is not "${allowed}": upper and lower case count`)
    .at(0);
  return {
    code: 'wrong-organization',
    message: short(`${name} belongs to ${belongs}, but this machine needs a member of ${listed(allowedOrgs)}.`),
    ...(nearMiss === undefined ? {} : { cause: short(nearMiss) }),
    next:
      nearMiss === undefined
        ? 'Sign in as a member of one of these, or ask your administrator.'
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
