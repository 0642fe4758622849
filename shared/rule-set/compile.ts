import { companionsOf, mayBeKnown } from '../catalogue/look-up.ts';
import { type Address, DEFAULT_PORT, parseAddress } from '../hosts/address.ts';
import { withPort } from '../hosts/host-name.ts';
import type { PolicyClaims, PolicyMode } from '../policy/schema.ts';
import { PROBE_SUFFIX } from '../schemas/control-schema.ts';
import { packLines, type RegistryLines } from './lines.ts';
import { BASELINE, COMPANION, EXPLICIT_PORT, type NameTable, NameTableBuilder, SUFFIX } from './name-table.ts';
import { writeWireName } from './wire-name.ts';

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
}

/** Always allowed: the machine itself, and names that ICANN reserved for private use. */
const BASELINE_ADDRESSES = ['localhost', '*.internal'] as const;

/** In place of a line, for what is always allowed. */
export const NO_LINE = 0xffff_ffff;

/**
 * Compiles a policy. A line that is not an address is counted and skipped: one typo must not lock out a company. If several
 * lines cover a name, the first is reported; a line's own address comes before any line's companion.
 *
 * `seed`: 32 random bits for the hash, fresh for each call if untrusted clients choose what is looked up; a fixed one gives the
 * same table every time. A million lines take a few seconds, so keep it off the threads that answer.
 */
export function compilePolicy(claims: PolicyClaims, seed: number): PolicyRules {
  const table = new NameTableBuilder(seed, claims.registries.length + 16);
  const wire = new Uint8Array(256);
  const known: number[] = [];
  const skipped = new Uint8Array(claims.registries.length);

  const grant = (address: Address, kind: number, port: number, line: number): number => {
    const of = address.kind === 'ip' ? 'ip' : 'name';
    writeWireName({ kind: of, host: address.host }, wire);
    return table.add(wire, port, kind | (address.kind === 'suffix' ? SUFFIX : 0), line);
  };

  claims.registries.forEach((entry, line) => {
    const address = read(entry.address);
    const explicit = address?.port === undefined ? 0 : EXPLICIT_PORT;
    const granted = address ? grant(address, explicit, address.port ?? DEFAULT_PORT, line) : -1;
    if (granted < 0) skipped[line] = 1;
    else if (address && mayBeKnown(address.host)) known.push(line);
  });
  const brought = new Set<string>();
  for (const line of known) {
    const address = read(claims.registries[line]?.address ?? '');
    for (const companion of address ? companionsOf(address) : []) {
      // Thousands of lines bring the same few hosts.
      const key = withPort(companion.host, companion.port);
      if (companion.optIn || brought.has(key)) continue;
      if (brought.size < 10_000) brought.add(key);
      const host = read(companion.host);
      const explicit = companion.port === undefined ? 0 : EXPLICIT_PORT;
      if (host) grant(host, COMPANION | explicit, companion.port ?? DEFAULT_PORT, line);
    }
  }
  const { hosts } = table;
  for (const text of BASELINE_ADDRESSES) {
    const address = read(text);
    if (address) grant(address, BASELINE, 0, NO_LINE);
  }

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
  };
}

/** null for what is not an address, and for the names that probes use. */
function read(text: string): Address | null {
  const parsed = parseAddress(text);
  if (!parsed.ok) return null;
  const { host } = parsed.value;
  return host.endsWith(PROBE_SUFFIX) && `.${host}`.endsWith(`.${PROBE_SUFFIX}`) ? null : parsed.value;
}
