import { type RegistryLines, registryLine } from './lines.ts';
import type { NameTable } from './name-table.ts';

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
