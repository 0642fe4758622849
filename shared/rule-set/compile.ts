import { mayBeKnown } from '../catalogue/look-up.ts';
import type { PolicyClaims, PolicyMode } from '../policy/schema.ts';
import { add, addAddress, addCompanions, readAddress } from './add-address.ts';
import { compileGrants } from './compile-grants.ts';
import { compileHints } from './compile-hints.ts';
import type { GrantRules } from './grant-rules.ts';
import type { HintRules } from './hint-rules.ts';
import { NO_LINE, packLines, type RegistryLines } from './lines.ts';
import { BASELINE, type NameTable, NameTableBuilder } from './name-table.ts';

/** A policy compiled for look-ups by host. */
export interface PolicyRules {
  kind: 'policy';
  org: string;
  revision: number;
  enabled: boolean;
  mode: PolicyMode;
  contact?: string;
  counts: {
    /** Lines of the organization's list. */
    registries: number;
    /** Distinct hosts and suffixes they come to, with the catalogue's companions. */
    hosts: number;
    /** Lines that are not addresses, skipped. */
    skipped: number;
  };
  table: NameTable;
  lines: RegistryLines;
  /** What is allowed beside the list, for a time or for a team; left out where nothing is. */
  grants?: GrantRules;
  /** What to use in place of a registry; decides nothing. */
  hints?: HintRules;
}

/** Always allowed: the machine itself, and names that ICANN reserved for private use. */
const BASELINE_ADDRESSES = ['localhost', '*.internal'] as const;

/**
 * Compiles a policy. A line that is not an address is counted and skipped: one typo must not lock out a company. If several
 * lines cover a name, the first is reported; a line's own address comes before any line's companion.
 *
 * `seed`: 32 random bits for the hash, fresh for each call if untrusted clients choose what is looked up; a fixed one gives the
 * same table every time. Grants for teams count only once a membership is known: `compileGrants`. A million lines take a few seconds, so keep it off the threads that answer.
 */
export function compilePolicy(claims: PolicyClaims, seed: number): PolicyRules {
  const table = new NameTableBuilder(seed, claims.registries.length + 16);
  const known: number[] = [];
  const skipped = new Uint8Array(claims.registries.length);

  claims.registries.forEach((entry, line) => {
    const address = readAddress(entry.address);
    const granted = address ? addAddress(table, address, 0, line) : -1;
    if (granted < 0) skipped[line] = 1;
    else if (address && mayBeKnown(address.host)) known.push(line);
  });
  const brought = new Set<string>();
  for (const line of known) {
    const address = readAddress(claims.registries[line]?.address ?? '');
    if (address) addCompanions(table, address, line, brought);
  }
  const { hosts } = table;
  for (const text of BASELINE_ADDRESSES) {
    const address = readAddress(text);
    if (address) add(table, address, BASELINE, 0, NO_LINE);
  }

  const grants = compileGrants(claims.grants ?? [], null, seed);
  const hints = compileHints(claims.hints ?? [], seed);
  return {
    kind: 'policy',
    org: claims.org,
    revision: claims.revision,
    enabled: claims.enabled,
    mode: claims.mode,
    ...(claims.contact === undefined ? {} : { contact: claims.contact }),
    counts: { registries: claims.registries.length, hosts, skipped: skipped.reduce((sum, one) => sum + one, 0) },
    table: table.build(),
    lines: packLines(claims.registries, skipped),
    ...(grants === null ? {} : { grants }),
    ...(hints === null ? {} : { hints }),
  };
}
