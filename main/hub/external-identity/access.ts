import { resolvePointer } from '../../../shared/policy/organizations-claim.ts';
import { type Access, mayAs } from '../../../shared/schemas/hub/people.ts';
import type { IdentityConfig } from './identity-config.ts';

/** What a person may do in one organization. */
export interface Membership {
  role: Access;
  /** Sorted. */
  teams: readonly string[];
}

/** By organization. */
export type Memberships = ReadonlyMap<string, Membership>;

type Mapping = Pick<IdentityConfig, 'rolesClaim' | 'rolesForm' | 'roles' | 'teamsClaim' | 'teamsForm' | 'teams'>;

/**
 * What the claims of a person give, by the administrator's mapping and nothing else: no value that is not listed, and no organization that
 * this hub does not have. Absent, unreadable or empty claims give nothing.
 */
export function membershipsFrom(
  claims: Record<string, unknown>,
  mapping: Mapping,
  organizations: readonly string[],
): Memberships {
  const roleValues = valuesIn(claims, mapping.rolesClaim, mapping.rolesForm);
  const teamValues = valuesIn(claims, mapping.teamsClaim ?? mapping.rolesClaim, mapping.teamsForm);
  const memberships = new Map<string, Membership>();
  for (const { value, organization, role } of mapping.roles) {
    if (!roleValues.has(value) || !organizations.includes(organization)) continue;
    const before = memberships.get(organization)?.role;
    if (before !== undefined && mayAs(before, role)) continue;
    const teams = mapping.teams
      .filter((team) => team.organization === organization && teamValues.has(team.value))
      .map(({ team }) => team);
    memberships.set(organization, { role, teams: [...new Set(teams)].sort() });
  }
  return memberships;
}

/** The texts of a claim in the form that the administrator named; another form gives none. */
function valuesIn(claims: unknown, pointer: string, form: IdentityConfig['rolesForm']): ReadonlySet<string> {
  const value = resolvePointer(claims, pointer);
  switch (form) {
    case 'names':
      return textsOf(Array.isArray(value) ? value : [value]);
    case 'keys':
      return textsOf(isObject(value) ? Object.keys(value).filter((key) => !isNothing(value[key])) : []);
    case 'name':
    case 'alias':
      return textsOf(
        (Array.isArray(value) ? value : [value]).map((one) =>
          isObject(one) && Object.hasOwn(one, form) ? one[form] : null,
        ),
      );
  }
}

function textsOf(values: readonly unknown[]): ReadonlySet<string> {
  return new Set(values.filter((value): value is string => typeof value === 'string' && value !== ''));
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isNothing(value: unknown): boolean {
  return value === null || value === false || value === '' || (Array.isArray(value) && value.length === 0);
}
