import type { SettingsGrant } from '../schemas/hub/grants.ts';

/** Two grants with the same key would be one: the same address for the same teams. */
export function grantKey({ address, teams = [] }: Pick<SettingsGrant, 'address' | 'teams'>): string {
  return [address, ...[...new Set(teams)].sort()].join('\n');
}

/** Whether a grant has expired. @param now milliseconds since 1970 */
export function isOver({ until }: Pick<SettingsGrant, 'until'>, now: number): boolean {
  return until !== undefined && Date.parse(until) <= now;
}

/** The grants with another one, which takes the place of the one for the same address and teams. */
export function withGrant(grants: readonly SettingsGrant[], grant: SettingsGrant): SettingsGrant[] {
  const key = grantKey(grant);
  const isThere = grants.some((other) => grantKey(other) === key);
  return isThere ? grants.map((other) => (grantKey(other) === key ? grant : other)) : [...grants, grant];
}
