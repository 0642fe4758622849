import { mayBeKnown } from '../catalogue/look-up.ts';
import { DEFAULT_PORT } from '../hosts/address.ts';
import type { PolicyClaims, PolicyMode } from '../policy/schema.ts';
import { add, addAddress, addCompanions, readAddress } from './add-address.ts';
import { compileGrants } from './compile-grants.ts';
import { compileHints } from './compile-hints.ts';
import type { GrantRules } from './grant-rules.ts';
import type { HintRules } from './hint-rules.ts';
import { KnownLines } from './known-lines.ts';
import { NO_LINE, packLines, type RegistryLines, registryAddress } from './lines.ts';
import { BASELINE, type NameTable, NameTableBuilder, TABLE_LIMITS } from './name-table.ts';
import { PlainNames } from './plain-names.ts';

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

/** `compileList`, of a list that is not packed yet. */
export function compilePolicy(claims: PolicyClaims, seed: number): PolicyRules {
  return compileList(claims, packLines(claims.registries), seed);
}

/**
 * Compiles a policy. A line that is not an address is counted and skipped: one typo must not lock out a company. If several
 * lines cover a name, the first is reported; a line's own address comes before any line's companion.
 *
 * `seed`: 32 random bits for the hash, fresh for each call if untrusted clients choose what is looked up; a fixed one gives the
 * same table every time. Grants for teams count only once a membership is known: `compileGrants`. A million lines take a second or two, so keep it off the threads that answer.
 *
 * @param lines the policy's list; which of them are skipped is noted there
 */
export function compileList(claims: Omit<PolicyClaims, 'registries'>, lines: RegistryLines, seed: number): PolicyRules {
  const { count, texts, starts, addressLengths } = lines;
  // On the wire a name is two bytes longer.
  const table = new NameTableBuilder(seed, count + 16, TABLE_LIMITS, texts.length + 2 * count + 64);
  const known: number[] = [];
  const plain = new PlainNames();
  const knownLines = new KnownLines(texts);
  let skipped = 0;

  for (let line = 0; line < count; line++) {
    const start = starts[line] ?? 0;
    const end = start + (addressLengths[line] ?? 0);
    const isPlain = plain.read(texts, start, end);
    const address = isPlain ? null : readAddress(registryAddress(lines, line) ?? '');
    let granted = -1;
    if (isPlain) granted = table.add(plain.wire, DEFAULT_PORT, 0, line);
    else if (address !== null) granted = addAddress(table, address, 0, line);
    if (granted < 0) {
      lines.skipped[line] = 1;
      skipped++;
    } else if (address === null ? knownLines.mayBringMore(plain, start, end) : mayBeKnown(address.host))
      known.push(line);
  }
  const brought = new Set<string>();
  for (const line of known) {
    const address = readAddress(registryAddress(lines, line) ?? '');
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
    counts: { registries: count, hosts, skipped },
    table: table.build(),
    lines,
    ...(grants === null ? {} : { grants }),
    ...(hints === null ? {} : { hints }),
  };
}
