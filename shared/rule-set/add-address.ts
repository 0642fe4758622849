import { companionsOf } from '../catalogue/look-up.ts';
import { type Address, DEFAULT_PORT, parseAddress } from '../hosts/address.ts';
import { withPort } from '../hosts/host-name.ts';
import { PROBE_SUFFIX } from '../probe-names.ts';
import { COMPANION, EXPLICIT_PORT, type NameTableBuilder, SUFFIX } from './name-table.ts';
import { MAX_WIRE_NAME, writeWireName } from './wire-name.ts';

const wire = new Uint8Array(MAX_WIRE_NAME + 1);

/** null for what is not an address, and for the names that probes use. */
export function readAddress(text: string): Address | null {
  const parsed = parseAddress(text);
  if (!parsed.ok) return null;
  const { host } = parsed.value;
  return host.endsWith(PROBE_SUFFIX) && `.${host}`.endsWith(`.${PROBE_SUFFIX}`) ? null : parsed.value;
}

/** @returns what `NameTableBuilder.add` does: -1 where it was refused. @param port 0: any */
export function add(table: NameTableBuilder, address: Address, kind: number, port: number, line: number): number {
  writeWireName({ kind: address.kind === 'ip' ? 'ip' : 'name', host: address.host }, wire);
  return table.add(wire, port, kind | (address.kind === 'suffix' ? SUFFIX : 0), line);
}

/** The address itself, at its port or the usual one. */
export function addAddress(table: NameTableBuilder, address: Address, kind: number, line: number): number {
  const explicit = address.port === undefined ? 0 : EXPLICIT_PORT;
  return add(table, address, kind | explicit, address.port ?? DEFAULT_PORT, line);
}

/** What a well-known registry needs beside its own name. @param brought what was added before: thousands of lines bring the same few hosts */
export function addCompanions(table: NameTableBuilder, address: Address, line: number, brought: Set<string>): void {
  for (const companion of companionsOf(address)) {
    const key = withPort(companion.host, companion.port);
    if (companion.optIn || brought.has(key)) continue;
    if (brought.size < 10_000) brought.add(key);
    const host = readAddress(companion.host);
    const explicit = companion.port === undefined ? 0 : EXPLICIT_PORT;
    if (host) add(table, host, COMPANION | explicit, companion.port ?? DEFAULT_PORT, line);
  }
}
