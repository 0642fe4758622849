import { problem } from '../../../shared/problems/catalogue.ts';
import type { Problem } from '../../../shared/problems/problem.ts';

/** Which organizations an administrator allows to sign in here; empty where nobody requires sign-in, and where the list cannot be read. */
export type AllowedOrganizations = readonly string[];

/**
 * Whose policy applies. With a list: the first of the administrator's order that the user belongs to, case-sensitively. Without one: the
 * previous organization as long as the user belongs to it, else the user's first. A list that cannot be read signs nobody out: the gateway
 * reads it itself and decides what is blocked meanwhile.
 *
 * @returns null: the user belongs to no allowed organization.
 */
export function chooseOrganization(
  organizations: readonly string[],
  allowed: AllowedOrganizations,
  previous: string | null = null,
): string | null {
  if (allowed.length > 0) return allowed.find((org) => organizations.includes(org)) ?? null;
  return previous !== null && organizations.includes(previous) ? previous : (organizations[0] ?? null);
}

/** What a person is told who belongs to no allowed organization. */
export function wrongOrganization(
  user: string,
  organizations: readonly string[],
  allowed: AllowedOrganizations,
): Problem {
  if (allowed.length === 0) return problem('no-organization', { user });
  const [nearMiss] = allowed.flatMap((required) =>
    organizations
      .filter((organization) => organization.toLowerCase() === required.toLowerCase())
      .map((organization) => ({ organization, required })),
  );
  if (nearMiss !== undefined) return problem('organization-case', { user, ...nearMiss });
  return problem('wrong-organization', {
    user,
    organizations: firstFive(organizations),
    allowed: firstFive(allowed),
  });
}

/** As many names as a sentence can hold. */
function firstFive(names: readonly string[]): string[] {
  return names.length > 5 ? [...names.slice(0, 5), '…'] : [...names];
}
