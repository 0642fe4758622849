import { catalogueFor } from '../../../shared/catalogue/look-up.ts';
import { parseAddress } from '../../../shared/hosts/address.ts';
import type { PolicyGrant } from '../../../shared/policy/grants.ts';
import type { GrantRow } from '../../../shared/schemas/ipc-schema.ts';

/**
 * The grants of a policy as a person looks for them: those that count here first, and of these the one that ends first. What has ended is
 * left out.
 *
 * @param teams those that count at the gateway
 * @param now milliseconds since 1970
 */
export function grantRows(grants: readonly PolicyGrant[], teams: readonly string[], now: number): GrantRow[] {
  const mine = new Set(teams);
  return grants
    .filter(({ until }) => until === undefined || until * 1000 > now)
    .map((grant) => {
      const address = parseAddress(grant.address);
      return {
        address: grant.address,
        nickname: grant.nickname ?? null,
        known: address.ok ? (catalogueFor(address.value)?.row.name ?? null) : null,
        until: grant.until === undefined ? null : grant.until * 1000,
        teams: grant.teams ?? null,
        counts: address.ok && (grant.teams === undefined || grant.teams.some((team) => mine.has(team))),
        problem: address.ok ? null : address.problem,
      };
    })
    .sort((a, b) => Number(b.counts) - Number(a.counts) || (a.until ?? Infinity) - (b.until ?? Infinity));
}
