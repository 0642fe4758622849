import { mayBeKnown } from '../catalogue/look-up.ts';
import type { PolicyGrant } from '../policy/grants.ts';
import { addAddress, addCompanions, readAddress } from './add-address.ts';
import { packLines, type RegistryLines, registryLine } from './lines.ts';
import { type NameTable, NameTableBuilder } from './name-table.ts';
import { inOneBuffer } from './one-buffer.ts';

/**
 * The grants that count for one membership, in a small set of their own, so that when each ends is compared at each decision and never
 * waits for anything to be compiled. Plain data: posted to worker threads, its buffers are shared.
 */
export interface GrantRules {
  table: NameTable;
  /** When line i ends, in seconds since 1970: at its own `until`, or with the proof of membership that it takes. */
  ends: Uint32Array;
  /** Its own `until`; `NO_END` where it has none. */
  untils: Uint32Array;
  /** Address and teams of each line; the teams stand in place of the nickname, one a line. */
  lines: RegistryLines;
}

/** The teams that count at this gateway, by a proof that ends at `exp` (seconds since 1970). */
export interface TeamProof {
  teams: readonly string[];
  exp: number;
}

/** Later than any `until` that is compared. */
export const NO_END = 0xffff_ffff;

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
  return {
    table: table.build(),
    ...inOneBuffer({
      ends: Uint32Array.from(counting, ({ end }) => end),
      untils: Uint32Array.from(counting, ({ until }) => until),
    }),
    lines: packLines(
      counting.map(({ written, teams }) => ({ address: written, nickname: teams.join('\n') })),
      new Uint8Array(counting.length),
    ),
  };
}

/** Grants whose address is none: they allow nothing. */
export function grantsWithoutAddress(grants: readonly PolicyGrant[]): number {
  return grants.filter(({ address }) => readAddress(address) === null).length;
}

/** What a line says: its address as written, its own end in seconds since 1970 (null: none), and the teams by which it counts. */
export function grantLine(
  { lines, untils }: GrantRules,
  line: number,
): { address: string; until: number | null; teams: string[] } {
  const { address = '', nickname } = registryLine(lines, line) ?? {};
  const until = untils[line] ?? NO_END;
  return { address, until: until === NO_END ? null : until, teams: nickname === undefined ? [] : nickname.split('\n') };
}

/** Whether a grant has ended in (`since`, `now`], in seconds since 1970. */
export function hasEnded(grants: GrantRules, since: number, now: number): boolean {
  return grants.ends.some((end) => since < end && end <= now);
}
