import { mayBeKnown } from '../catalogue/look-up.ts';
import type { PolicyGrant } from '../policy/grants.ts';
import { addAddress, addCompanions, readAddress } from './add-address.ts';
import { type GrantRules, NO_END, type TeamProof } from './grant-rules.ts';
import { packLines } from './lines.ts';
import { NameTableBuilder } from './name-table.ts';
import { sharedMemory } from './shared-memory.ts';

/**
 * Compiles the grants that count for a membership; those for teams count for nobody without one. Those that last longest come first, so that
 * of several on one name none hides a longer one.
 *
 * @param proof null: no proof of membership, or one that is not bound to this gateway's key.
 * @returns null where none counts.
 */
export function compileGrants(
  grants: readonly PolicyGrant[],
  proof: TeamProof | null,
  seed: number,
): GrantRules | null {
  const mine = new Set(proof?.teams);
  const counting = grants
    .flatMap((grant) => {
      const teams = grant.teams?.filter((team) => mine.has(team));
      const address = teams?.length === 0 ? null : readAddress(grant.address);
      if (address === null) return [];
      const until = Math.min(grant.until ?? NO_END, NO_END);
      const end = teams === undefined ? until : Math.min(until, proof?.exp ?? 0);
      return [{ written: grant.address, address, teams: teams ?? [], until, end }];
    })
    .sort((a, b) => b.end - a.end);
  if (counting.length === 0) return null;

  const table = new NameTableBuilder(seed, counting.length * 2);
  const brought = new Set<string>();
  counting.forEach(({ address }, line) => {
    addAddress(table, address, 0, line);
    if (mayBeKnown(address.host)) addCompanions(table, address, line, brought);
  });
  const ends = new Uint32Array(sharedMemory(counting.length * 4));
  const untils = new Uint32Array(sharedMemory(counting.length * 4));
  ends.set(counting.map(({ end }) => end));
  untils.set(counting.map(({ until }) => until));
  return {
    table: table.build(),
    ends,
    untils,
    lines: packLines(counting.map(({ written, teams }) => ({ address: written, nickname: teams.join('\n') }))),
  };
}

/** Grants whose address is none: they allow nothing. */
export function grantsWithoutAddress(grants: readonly PolicyGrant[]): number {
  return grants.filter(({ address }) => readAddress(address) === null).length;
}
