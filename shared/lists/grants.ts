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

/** The grants after a team got another name. */
export function withTeamRenamed(grants: readonly SettingsGrant[], team: string, name: string): SettingsGrant[] {
  return merged(
    grants.map((grant) =>
      grant.teams?.includes(team) ? { ...grant, teams: grant.teams.map((one) => (one === team ? name : one)) } : grant,
    ),
  );
}

/** The grants after a team is gone. What was for it alone goes with it: without teams it would be for everybody. */
export function withoutTeam(grants: readonly SettingsGrant[], team: string): SettingsGrant[] {
  return merged(
    grants.flatMap((grant) => {
      if (!grant.teams?.includes(team)) return [grant];
      const teams = grant.teams.filter((one) => one !== team);
      return teams.length === 0 ? [] : [{ ...grant, teams }];
    }),
  );
}

/** Those that have become the same are one, which lasts as long as the longest of them. */
function merged(grants: readonly SettingsGrant[]): SettingsGrant[] {
  const byKey = new Map<string, SettingsGrant>();
  for (const grant of grants) {
    const other = byKey.get(grantKey(grant));
    if (other === undefined || endOf(grant) > endOf(other)) byKey.set(grantKey(grant), grant);
  }
  return [...byKey.values()];
}

function endOf({ until }: SettingsGrant): number {
  return until === undefined ? Number.POSITIVE_INFINITY : Date.parse(until);
}
